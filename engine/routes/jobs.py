"""/v1/fine_tuning/jobs: create, watch, cancel, pause and resume."""

import re
import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from core.base.chat_format import parse_jsonl
from engine.body import read_json
from engine.counting import training_tokens
from engine.job_params import new_job
from engine.lifecycle import CANCEL, PAUSE, Wish, change, resume
from engine.services import Services, services
from engine.store import Store
from engine.store.rows import NewJob, StoredJob
from engine.wire import ApiError, Json, checkpoint_object, event_object, job_object, no_such_job, page, query_int, unknown_cursor

_COUNTED_AHEAD = 4 * 2**20  # bytes
_FILTER = re.compile(r"metadata\[(.{1,64})\]")


async def create(request: Request) -> Json:
    """Write the job down and wake the queue."""
    body, parts = await read_json(request), services(request)
    job = await run_in_threadpool(lambda: _create(new_job(body, parts.store, parts.registry), parts))
    parts.queue.wake()
    parts.background.submit(_count_ahead, parts.store, job)
    return Json(job_object(job))


def _create(wish: NewJob, parts: Services) -> StoredJob:
    store, now = parts.store, int(time.time())
    validation = None if wish.validation_file is None else store.files.path(wish.validation_file)
    job_id = store.jobs.prepare(store.files.path(wish.training_file), validation)
    with store.database.transaction():
        job = store.jobs.create(job_id, wish, now=now)
        store.events.add(job.id, f"Created fine-tuning job: {job.id}", key="created", now=now)
    return job


def _count_ahead(store: Store, job: StoredJob) -> None:
    """Count while the worker still imports its libraries: loading the vocabulary takes half a second, and here it stays loaded.

    A large file is left to the worker, which would be done with it sooner than it takes from the engine.
    """
    file = store.files.get(job.training_file)
    if file is not None and file.bytes <= _COUNTED_AHEAD:
        examples = parse_jsonl(store.files.path(file.id).read_bytes()).examples
        store.jobs.note_tokens(job.id, training_tokens(examples))


def list_jobs(request: Request) -> Json:
    """Newest first; `metadata[k]=v` keeps those that carry the pair, `metadata=null` those that carry none."""
    query = request.query_params
    wanted = {match[1]: value for name, value in query.items() if (match := _FILTER.fullmatch(name))}
    jobs, after = services(request).store.jobs, query.get("after")
    limit = query_int(request, "limit", 20, low=1, high=100)
    try:
        found = jobs.page(metadata=wanted, only_without_metadata=query.get("metadata") == "null", after=after, limit=limit)
    except KeyError:
        raise unknown_cursor(after or "") from None
    return Json(page([job_object(job) for job in found.rows], found.has_more))


def _job(request: Request) -> StoredJob:
    job = services(request).store.jobs.get(request.path_params["job"])
    if job is None:
        raise no_such_job(request.path_params["job"])
    return job


def retrieve(request: Request) -> Json:
    """One job."""
    return Json(job_object(_job(request)))


def _change(request: Request, wish: Wish, job: StoredJob) -> Json:
    parts = services(request)
    allowed = change(parts.store, job.id, wish, now=int(time.time()))
    after = parts.store.jobs.need(job.id)
    if not allowed:
        raise ApiError(400, f"Job {job.id} is {after.status}; it cannot be {wish.word}.", code="invalid_job_status")
    parts.queue.wake()
    return Json(job_object(after))


def cancel(request: Request) -> Json:
    """Cancel at once; the worker notices at its next step, or is ended."""
    return _change(request, CANCEL, _job(request))


def pause(request: Request) -> Json:
    """Stop at the next step; a job that has not begun waits."""
    return _change(request, PAUSE, _job(request))


def resume_job(request: Request) -> Json:
    """Go on; steps that were reported before the pause are not reported again."""
    job = _job(request)
    return _change(request, resume(job), job)


def events(request: Request) -> Json:
    """The job's diary, newest first."""
    job, after = _job(request), request.query_params.get("after")
    try:
        found = services(request).store.events.page(job.id, after=after, limit=query_int(request, "limit", 20, low=1, high=1000))
    except KeyError:
        raise unknown_cursor(after or "") from None
    return Json(page([event_object(event) for event in found.rows], found.has_more))


def checkpoints(request: Request) -> Json:
    """The last three checkpoints, latest step first."""
    job, after = _job(request), request.query_params.get("after")
    try:
        found = services(request).store.checkpoints.page(job.id, after=after, limit=query_int(request, "limit", 10, low=1, high=100))
    except KeyError:
        raise unknown_cursor(after or "") from None
    return Json(page([checkpoint_object(checkpoint) for checkpoint in found.rows], found.has_more))


_JOB = "/v1/fine_tuning/jobs/{job}"
ROUTES = [
    Route("/v1/fine_tuning/jobs", create, methods=["POST"]),
    Route("/v1/fine_tuning/jobs", list_jobs, methods=["GET"]),
    Route(_JOB, retrieve, methods=["GET"]),
    Route(f"{_JOB}/cancel", cancel, methods=["POST"]),
    Route(f"{_JOB}/pause", pause, methods=["POST"]),
    Route(f"{_JOB}/resume", resume_job, methods=["POST"]),
    Route(f"{_JOB}/events", events, methods=["GET"]),
    Route(f"{_JOB}/checkpoints", checkpoints, methods=["GET"]),
]
