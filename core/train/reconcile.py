"""Was it created? A job whose answer was lost is looked for on the server, and only certainty changes its record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from core.base.errors import N_, AnswerLost, BadSetting, ServerProblem, TunesmithError, WorkspaceError
from core.base.remote import Job
from core.io.openai_calls import Client, list_jobs
from core.io.workspace import JobRecord, Workspace
from core.io.workspace.records import error_to_json
from core.train.method import material
from core.train.owner import is_gone

METADATA_RECORD: Final = "tunesmith_record"
PAGE: Final = 20  # what every server gives: one that silently gives less than asked would look as if it had no more
MOST_PAGES: Final = 100
LOOK_BACK: Final = timedelta(days=1)  # before the record was made: clocks differ, and an earlier try may have been carried out late
CLOCKS_DIFFER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long nothing is concluded from silence.

    For `settle_s` after the request was last under way a server may still be busy with it, or not list it yet. `creating_s` is for a
    record whose owner can neither be seen working nor be known dead: longer than an upload and a call with all its time-outs.
    """

    settle_s: float
    creating_s: float


REMOTE: Final = Patience(settle_s=120, creating_s=900)
HERE: Final = Patience(settle_s=5, creating_s=900)  # nothing between us and the engine holds a request back


def reconcile(ws: Workspace, client: Client, record: JobRecord, now: datetime, *, patience: Patience | None = None) -> JobRecord:
    """Find out what became of a job whose record says "creating" or "uncertain"; any other record comes back as it is.

    Found by the metadata that we sent: "created". Certainly absent (the server answered, its list was read back to before the record,
    and it had the time to settle): "absent". Anything else stays blocked: "uncertain", or "creating" while somebody is at work on it.
    Raises BadSetting for another server's client.
    """
    if record.state not in ("creating", "uncertain"):
        return record
    check_server(client, record.origin)
    patience = patience or (HERE if client.connection.local else REMOTE)
    at_work = record.state == "creating" and not _is_left(ws, record, now, patience)
    if record.state == "creating" and record.looked_at is None and not at_work:
        # its owner stamps the record before it calls: this one never did, and whoever is not the owner any more will not
        return ws.update_job(record.id, expect="creating", state="absent", looked_at=now)
    try:
        jobs, complete = _look_back(client, record.created_at - LOOK_BACK)
    except ServerProblem as error:
        return record if at_work else _blocked(ws, record, now, error)
    found = find_jobs(ws, record, jobs)
    if len(found) == 1:
        return take(ws, record, found[0], now)
    if at_work:
        return record
    settled = (now - _under_way(record)).total_seconds() >= patience.settle_s
    if found or not complete or not settled:
        return _blocked(ws, record, now, None)
    if ws.job(record.id) != record:  # somebody moved it while we looked
        return ws.job(record.id)
    return ws.update_job(record.id, expect=record.state, state="absent", looked_at=now, error=None)


def find_jobs(ws: Workspace, record: JobRecord, jobs: Sequence[Job]) -> list[Job]:
    """The jobs that can be the record's: the one with its name in the metadata, else those that it cannot be told from.

    A server that drops metadata leaves another trace: nobody else trains the base model on the file that we uploaded.
    """
    named = [job for job in jobs if job.metadata.get(METADATA_RECORD) == record.id]
    if named:
        # more than one would be a try carried out after all; the first is the one that has been paid for longest
        return [min(named, key=lambda job: (job.created_at is None, job.created_at or record.created_at))]
    if record.plan_id is None:
        return []
    plan = ws.plan(record.plan_id)
    file_id = ws.uploaded(record.origin, material(ws.dataset(plan.dataset_id), plan.method).train_sha)
    taken = {other.remote_id for other in ws.jobs(record.project_id) if other.remote_id}
    return [
        job
        for job in jobs
        if file_id is not None
        and not job.metadata
        and job.training_file == file_id
        and job.base_model == plan.base_model
        and job.id not in taken
        and (job.created_at is None or job.created_at >= record.created_at - CLOCKS_DIFFER)
    ]


def look_for(ws: Workspace, client: Client, record: JobRecord) -> Job | None:
    """Read the server's list and give the record's job, or None; raises ServerProblem."""
    found = find_jobs(ws, record, _look_back(client, record.created_at - LOOK_BACK)[0])
    return found[0] if len(found) == 1 else None


def check_server(client: Client, origin: str) -> None:
    """Refuse to look for a job, or to make one, on another server than its own; raises BadSetting."""
    if client.connection.origin != origin:
        raise BadSetting(
            N_("This training belongs to {planned}, and the connection chosen now is {given}."),
            N_("Choose its connection in the sidebar."),
            planned=origin,
            given=client.connection.origin,
        )


def take(ws: Workspace, record: JobRecord, job: Job, now: datetime) -> JobRecord:
    """Write down that the record's job is this one."""
    try:
        return ws.update_job(record.id, state="created", remote_id=job.id, job=job, error=None, looked_at=now)
    except WorkspaceError:
        # another record has this job: then it cannot be this one's, and nothing may be concluded
        return _blocked(ws, record, now, None)


def blocked_error(under_way: datetime, host: str, cause: TunesmithError | None = None) -> dict[str, Any]:
    """The error of an uncertain record: what happened, and when the request was last under way."""
    return error_to_json(cause or AnswerLost(host=host)) | {"under_way": under_way.isoformat()}


def _blocked(ws: Workspace, record: JobRecord, now: datetime, problem: ServerProblem | None) -> JobRecord:
    error: Mapping[str, Any] = record.error or blocked_error(_under_way(record), record.origin.partition("://")[2] or record.origin)
    look = {"look": error_to_json(problem)} if problem is not None else {}
    known = {key: value for key, value in error.items() if key != "look"}
    return ws.update_job(record.id, expect=record.state, state="uncertain", looked_at=now, error=known | look)


def _is_left(ws: Workspace, record: JobRecord, now: datetime, patience: Patience) -> bool:
    """Whether nobody is at work on a "creating" record any more."""
    return is_gone(ws, record.id) or (now - _under_way(record)).total_seconds() >= patience.creating_s


def _under_way(record: JobRecord) -> datetime:
    stamp = (record.error or {}).get("under_way")
    return datetime.fromisoformat(stamp) if stamp else record.looked_at or record.created_at


def _look_back(client: Client, since: datetime) -> tuple[list[Job], bool]:
    """The server's jobs, newest first, back to `since`; and whether everything from then on was certainly seen."""
    jobs: list[Job] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        page = list_jobs(client, limit=PAGE, after=after)
        jobs.extend(page)
        if not page.has_more:
            return jobs, True
        first, last = (page[0].created_at, page[-1].created_at) if page else (None, None)
        # a list that runs the other way, or without times, has to be read to its end
        if first is not None and last is not None and first > last and last < since:
            return jobs, True
        after = page.after
    return jobs, False
