"""The training files that lie on a connection's server: whose they are, what still needs them, and how they go."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.base.errors import N_, BadSetting, NotOnServer
from core.base.remote import RemoteFile
from core.io.openai_calls import Client, delete_file, list_files, list_jobs
from core.io.workspace import Workspace

PAGE = 100
PAGES_MAX = 100


@dataclass(frozen=True)
class FileThere:
    """A file on the server; `in_use` is whether a training that is not over reads it."""

    file: RemoteFile
    ours: bool
    in_use: bool


def files_there(ws: Workspace, client: Client, project_id: str) -> list[FileThere]:
    """Every training file of the connection in the server's order; `ours` are those of this project. Raises ServerProblem."""
    mine = {upload.remote_id for upload in ws.uploads_of(project_id) if upload.origin == client.origin}
    needed = _needed(ws, client)
    return [FileThere(file, file.id in mine, file.id in needed) for file in _all(client)]


def remove_file(ws: Workspace, client: Client, file_id: str) -> bool:
    """Delete a file there; False where it is gone already. Raises BadSetting for one that a training reads, and ServerProblem."""
    if file_id in _needed(ws, client):
        raise BadSetting(
            N_("A training that is not over reads this file."), N_("Wait for its end, or cancel it in Monitor."), details=file_id
        )
    found = delete_file(client, file_id)
    ws.forget_remote_file(client.origin, file_id)
    return found


def _all(client: Client) -> Iterator[RemoteFile]:
    after: str | None = None
    for _ in range(PAGES_MAX):
        page = list_files(client, purpose="fine-tune", limit=PAGE, after=after)
        yield from page
        after = page.after
        if after is None:
            return


def _needed(ws: Workspace, client: Client) -> set[str]:
    """The files of trainings that are not over, by our records (one being started is not on the server's list yet) and by its list."""
    needed: set[str | None] = set()
    for record in ws.jobs_at(client.origin):
        if record.state in ("creating", "uncertain"):
            needed |= {upload.remote_id for upload in ws.uploads_of(record.project_id) if upload.origin == client.origin}
        elif record.snapshot is not None and not record.snapshot.status.is_terminal:
            needed |= {record.snapshot.training_file, record.snapshot.validation_file}
    after: str | None = None
    for _ in range(PAGES_MAX):
        try:
            page = list_jobs(client, limit=PAGE, after=after)
        except NotOnServer:  # a server without a list of its jobs
            break
        for job in page:
            if not job.status.is_terminal:
                needed |= {job.training_file, job.validation_file}
        after = page.after
        if after is None:
            break
    return {file_id for file_id in needed if file_id}
