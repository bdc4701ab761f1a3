"""The result file of a job that has ended: asked for once, and kept in the workspace, so that no refresh asks again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from core.base.errors import (
    N_,
    BadKey,
    InputError,
    NeedsKey,
    NotOnServer,
    RateLimited,
    RequestRefused,
    ServerFault,
    ServerProblem,
    TooLarge,
    TunesmithError,
    Unreachable,
    WorkspaceError,
)
from core.io.openai_calls import Client, file_content, get_file
from core.io.workspace import JobRecord, Workspace
from core.io.workspace.records import error_from_json, error_to_json
from core.monitor.result_file import MAX_BYTES, ResultFile, read
from core.monitor.turns import TURNS, Turns

MOST: Final = 3  # files of one job that are looked into: OpenAI and Azure give one, Nebius lists the weights of its checkpoints here
_PASSING: Final = (Unreachable, RateLimited, ServerFault, NeedsKey, BadKey)  # another look may well bring it


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for a job's result files: `sha` is the one that was read, "" where none can be had, and then `error` says why."""

    files: tuple[str, ...]
    sha: str = ""
    error: Mapping[str, Any] | None = None

    @property
    def problem(self) -> TunesmithError | None:
        """The typed error that it ended with."""
        return None if self.error is None else error_from_json(dict(self.error))


def asked(ws: Workspace, record: JobRecord) -> Asked | None:
    """What is known here; nobody is asked. None where its result files have not been asked for, or others have come since."""
    kept = ws.get_setting(_key(record))
    if kept is None or record.snapshot is None:
        return None
    found = Asked(tuple(kept["files"]), kept["sha"], kept["error"])
    return found if found.files == record.snapshot.result_files else None


def fetch(ws: Workspace, client: Client, record: JobRecord, now: datetime, *, again: bool = False, turns: Turns = TURNS) -> Asked | None:
    """Ask for the result file of a job that has ended, once for all tabs and for good; None where there is none, or it is not our turn.

    What cannot be had or read is known from then on, too; `again` asks even so. Raises ServerProblem where a later try may do better
    (no answer, a fault, no key): the next one waits ever longer.
    """
    job = record.snapshot
    if job is None or not job.status.is_terminal or not job.result_files:
        return None
    if not again and (known := asked(ws, record)) is not None:
        return known
    with turns.take(f"{record.id}/result", id(client), now, at_once=again) as turn:
        if not turn.mine:
            return None
        if not again and (known := asked(ws, record)) is not None:
            return known  # another tab was faster
        try:
            return _ask(ws, client, record, job.result_files, now)
        except ServerProblem:
            turn.failed = True
            raise


def kept_file(ws: Workspace, record_id: str) -> ResultFile | None:
    """The result file of a job as it lies in the workspace; None where it does not, or is damaged."""
    record = ws.job(record_id)
    found = asked(ws, record)
    if found is None or not found.sha:
        return None
    try:
        return read(ws.read_file(found.sha))
    except (WorkspaceError, InputError):
        return None


def _ask(ws: Workspace, client: Client, record: JobRecord, files: tuple[str, ...], now: datetime) -> Asked:
    problem: TunesmithError | None = None
    for file_id in files[:MOST]:
        try:
            data = _content(client, file_id)
            read(data)
        except _PASSING:
            raise
        except (ServerProblem, InputError) as error:
            problem = problem or error
            continue
        sha = ws.put_file(data, f"{record.remote_id}-results", now=now).sha256
        ws.hold_file(record.project_id, f"result/{record.id}", sha)
        return _keep(ws, record, Asked(files, sha))
    return _keep(ws, record, Asked(files, error=None if problem is None else error_to_json(problem)))


def _content(client: Client, file_id: str) -> bytes:
    """The bytes of a file, unless the server says beforehand that there are too many."""
    try:
        size = get_file(client, file_id).bytes
    except (NotOnServer, RequestRefused):
        size = 0  # not every server describes its files
    if size > MAX_BYTES:
        raise TooLarge(
            N_("The result file of this training has {size} bytes, and at most {limit} are read."),
            N_("The curve shows what the server told during the training."),
            size=size,
            limit=MAX_BYTES,
        )
    return file_content(client, file_id, max_bytes=MAX_BYTES)


def _keep(ws: Workspace, record: JobRecord, found: Asked) -> Asked:
    ws.set_setting(_key(record), asdict(found) | {"files": list(found.files)})
    return found


def _key(record: JobRecord) -> str:
    return f"result/{record.project_id}/{record.id}"
