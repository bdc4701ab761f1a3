"""Models, files and fine-tuning jobs of a server, through a client of openai_calls.py."""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.base.errors import N_, NotOnServer, TooLarge
from core.base.remote import Checkpoint, Job, JobEvent, RemoteFile, RemoteModel
from core.io.dialects import job_fields
from core.io.file_stretch import Stretch
from core.io.openai_shapes import Page, checkpoint_from, event_from, file_from, job_from, model_from

if TYPE_CHECKING:
    from core.io.openai_calls import Client

T = TypeVar("T")
Json = Mapping[str, Any]

UPLOAD_TIMEOUT_S = 600.0
RESULT_MAX_BYTES = 64 * 2**20
PAGES_MAX = 1_000  # against a server whose list never ends


def list_models(client: "Client") -> tuple[RemoteModel, ...]:
    """Every model that the server offers to this key."""
    return tuple(one_page(client, lambda: client.reads.models.with_raw_response.list(), model_from))


def get_model(client: "Client", model: str) -> RemoteModel:
    """One model; raises NotOnServer while a new one is not ready yet."""
    model = path_id(client, model)
    return model_from(client.answer(lambda: client.reads.models.with_raw_response.retrieve(model), need="id"))


def delete_model(client: "Client", model: str) -> bool:
    """Delete a fine-tuned model; False where the server does not have it (any more)."""
    model = path_id(client, model)
    try:
        client.answer(lambda: client.once.models.with_raw_response.delete(model), need="id", changes=True)
    except NotOnServer:
        return False
    return True


def upload_file(
    client: "Client", name: str, data: bytes | Path, *, purpose: str = "fine-tune", on_sent: Callable[[int], None] = lambda n: None
) -> RemoteFile:
    """Send a file, once: a repeated upload would leave a second copy of the user's data behind.

    `name` is what the server shows (its last part, never a path); `on_sent` hears how many bytes have left.
    Raises TooLarge before anything is sent.
    """
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    limit = client.connection.max_file_bytes
    if size > limit:
        raise TooLarge(N_("This file has {size} bytes, and {host} takes at most {limit}."), host=client.host, size=size, limit=limit)
    shown = re.split(r"[\\/]", name)[-1] or "data.jsonl"
    create: Any = client.once.files.with_raw_response.create

    def send(content: Any) -> RemoteFile:
        call = lambda: create(file=(shown, content), purpose=purpose, timeout=UPLOAD_TIMEOUT_S)  # noqa: E731
        return file_from(client.answer(call, need="id", changes=True))

    if isinstance(data, bytes):
        return send(data)
    with data.open("rb") as content:
        return send(Stretch(content, 0, size, on_sent))


def get_file(client: "Client", file_id: str) -> RemoteFile:
    """What the server knows about a file."""
    file_id = path_id(client, file_id)
    return file_from(client.answer(lambda: client.reads.files.with_raw_response.retrieve(file_id), need="id"))


def list_files(client: "Client", *, purpose: str | None = None, limit: int | None = None, after: str | None = None) -> Page[RemoteFile]:
    """One page of the files on the server."""
    asked = _given(purpose=purpose, limit=limit, after=after)
    return one_page(client, lambda: client.reads.files.with_raw_response.list(**asked), file_from, limit)


def file_content(client: "Client", file_id: str, *, max_bytes: int = RESULT_MAX_BYTES) -> bytes:
    """The bytes of a file, such as a job's result file; raises TooLarge rather than read more than `max_bytes`."""
    file_id = path_id(client, file_id)

    def read() -> bytes:
        content = bytearray()
        with client.reads.files.with_streaming_response.content(file_id) as response:
            for piece in response.iter_bytes():
                content += piece
                if len(content) > max_bytes:
                    raise TooLarge(N_("{host} sends more than {limit} bytes for this file."), host=client.host, limit=max_bytes)
        return bytes(content)

    return client.ask(read)


def delete_file(client: "Client", file_id: str) -> bool:
    """Delete a file; False where the server does not have it (any more)."""
    file_id = path_id(client, file_id)
    try:
        client.answer(lambda: client.once.files.with_raw_response.delete(file_id), need="id", changes=True)
    except NotOnServer:
        return False
    return True


def create_job(
    client: "Client",
    *,
    model: str,
    training_file: str,
    validation_file: str | None = None,
    hyperparameters: Mapping[str, Any] | None = None,
    seed: int | None = None,
    suffix: str | None = None,
    metadata: Mapping[str, str] | None = None,
    method: str = "supervised",
) -> Job:
    """Create a fine-tuning job, which may cost money: the request is sent exactly once, whatever happens.

    Raises Unreachable where nothing was sent, RequestRefused and its like where the server said no, and AnswerLost where the job may
    exist (no answer, a 5xx, an answer without an id): look for it with `list_jobs(metadata=...)` before asking again.
    """
    asked = _given(validation_file=validation_file, seed=seed, suffix=suffix or None, metadata=dict(metadata) if metadata else None)
    fields, further = job_fields(client.connection.dialect, method, hyperparameters or {})
    asked |= fields
    if further:
        asked["extra_body"] = further
    create: Any = client.once.fine_tuning.jobs.with_raw_response.create
    return job_from(client.answer(lambda: create(model=model, training_file=training_file, **asked), need="id", changes=True))


def get_job(client: "Client", job_id: str) -> Job:
    """A job as it stands now."""
    job_id = path_id(client, job_id)
    return job_from(client.answer(lambda: client.reads.fine_tuning.jobs.with_raw_response.retrieve(job_id), need="id"))


def list_jobs(client: "Client", *, limit: int = 20, after: str | None = None, metadata: Mapping[str, str] | None = None) -> Page[Job]:
    """One page of jobs, newest first; with `metadata`, those that carry all of it.

    A server may ignore the filter, so it is applied here once more: a filtered page can be empty and still have a next one.
    """
    asked = _given(limit=limit, after=after, metadata=dict(metadata) if metadata else None)
    page = one_page(client, lambda: client.reads.fine_tuning.jobs.with_raw_response.list(**asked), job_from, limit)
    if not metadata:
        return page
    return Page((job for job in page if metadata.items() <= job.metadata.items()), page.after)


def list_events(client: "Client", job_id: str, *, limit: int = 100, after: str | None = None) -> Page[JobEvent]:
    """One page of a job's events, newest first."""
    page = _event_page(client, job_id, limit, after)
    return Page(sorted(page, key=lambda event: event.created_at, reverse=True), page.after)


def all_events(client: "Client", job_id: str, known_ids: Collection[str] = frozenset(), *, limit: int = 100) -> tuple[JobEvent, ...]:
    """The events that are not yet known, oldest first (in which order they are to be stored); pages back until they are known.

    One request where the new ones stand before the known ones, as they should; a server that mixes them up is read to the end.
    """
    known = set(known_ids)
    found: dict[str, JobEvent] = {}
    after: str | None = None
    for _ in range(PAGES_MAX):
        page = _event_page(client, job_id, limit, after)
        fresh = [event for event in page if event.id not in found]
        found.update((event.id, event) for event in fresh)
        after = page.after
        seen_before = [event.id in known for event in page]
        if after is None or not fresh or (seen_before[-1] and seen_before == sorted(seen_before)):
            break
    new = [event for event in reversed(found.values()) if event.id not in known]
    return tuple(sorted(new, key=lambda event: event.created_at))


def list_checkpoints(client: "Client", job_id: str, *, limit: int = 100) -> tuple[Checkpoint, ...]:
    """A job's checkpoints by step, first to last."""
    job_id = path_id(client, job_id)
    listing = client.reads.fine_tuning.jobs.checkpoints.with_raw_response.list
    return tuple(sorted(one_page(client, lambda: listing(job_id, limit=limit), checkpoint_from), key=lambda checkpoint: checkpoint.step))


def cancel_job(client: "Client", job_id: str) -> Job:
    """Ask the server to stop a job; raises RequestRefused where it has already ended."""
    return _tell(client, client.once.fine_tuning.jobs.with_raw_response.cancel, job_id)


def pause_job(client: "Client", job_id: str) -> Job:
    """Ask the server to pause a running job."""
    return _tell(client, client.once.fine_tuning.jobs.with_raw_response.pause, job_id)


def resume_job(client: "Client", job_id: str) -> Job:
    """Ask the server to go on with a paused job."""
    return _tell(client, client.once.fine_tuning.jobs.with_raw_response.resume, job_id)


def _tell(client: "Client", order: Callable[[str], Any], job_id: str) -> Job:
    job_id = path_id(client, job_id)
    return job_from(client.answer(lambda: order(job_id), need="id", changes=True))


def _event_page(client: "Client", job_id: str, limit: int, after: str | None) -> Page[JobEvent]:
    job_id, asked = path_id(client, job_id), _given(limit=limit, after=after)
    return one_page(client, lambda: client.reads.fine_tuning.jobs.with_raw_response.list_events(job_id, **asked), event_from, limit)


def one_page(client: "Client", call: Callable[[], Any], shape: Callable[[Json], T], limit: int | None = None) -> Page[T]:
    """One page of any list of the server's."""
    data = client.answer(call, need="data")
    items = [item for item in data["data"] if isinstance(item, Mapping)] if isinstance(data["data"], list) else []
    more = data.get("has_more")
    if not isinstance(more, bool):  # not every server says so; a full page may have a next one
        more = limit is not None and len(items) >= limit
    last = items[-1].get("id") if items else None
    return Page(map(shape, items), last if more and isinstance(last, str) else None)


def path_id(client: "Client", value: str) -> str:
    """An id that can stand in a path; the library would complain about an empty one, or about dots, in its own words."""
    if not value or re.fullmatch(r"\.{1,2}", value):
        raise NotOnServer(host=client.host)
    return value


def _given(**settings: Any) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}
