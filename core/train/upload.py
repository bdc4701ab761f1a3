"""A file goes to a connection's server once: its content, not its name, decides whether it is there already."""

import hashlib
import time
from collections.abc import Callable
from datetime import datetime

from filelock import FileLock, Timeout

from core.base.errors import N_, AnswerLost, NotOnServer, RequestRefused, ServerProblem, WorkspaceBusy
from core.base.remote import RemoteFile
from core.io.openai_calls import Client, get_file, upload_file
from core.io.workspace import Workspace
from core.train import lost_upload
from core.train.parts import send_in_parts

Sent = Callable[[int, int], None]  # bytes that have left, bytes in all
LOCK_S = 3600.0  # a file of some GB takes long, and the second who wants to send it had better wait
LOOKS = 15
LOOK_EVERY_S = 2.0


def ensure_uploaded(
    ws: Workspace,
    client: Client,
    sha: str,
    name: str,
    *,
    now: Callable[[], datetime],
    on_sent: Sent = lambda sent, total: None,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Give the id that a file of the workspace has on the server; uploads it only where it is not there (any more).

    Two that want the same file sent at once send it once, and one whose answer was lost is looked for before it is sent again. Raises
    NotInWorkspace, or the ServerProblem that stood in the way, among them RequestRefused with the server's words for a file that it could
    not process: nothing has been charged then.
    """
    origin = client.connection.origin
    lock = ws.home / "tmp" / f"upload-{_id(origin, sha)}.lock"
    try:
        with FileLock(lock, timeout=LOCK_S):
            remote = _known(ws, client, sha) or _send(ws, client, sha, name, now, on_sent)
    except Timeout as error:
        raise WorkspaceBusy(details=str(error)) from error
    return _processed(ws, client, sha, remote, sleep)


def _known(ws: Workspace, client: Client, sha: str) -> RemoteFile | None:
    known = ws.uploaded(client.connection.origin, sha)
    if known is None:
        return None
    try:
        return get_file(client, known)
    except NotOnServer:  # deleted there, or expired
        ws.forget_upload(client.connection.origin, sha)
        return None


def _send(ws: Workspace, client: Client, sha: str, name: str, now: Callable[[], datetime], on_sent: Sent) -> RemoteFile:
    path, where = ws.file_path(sha), client.connection
    size = path.stat().st_size
    if where.part_bytes and where.whole_file_bytes < size <= where.max_file_bytes:
        remote = send_in_parts(ws, client, sha, name, now=now, on_sent=on_sent)
    else:
        remote = _send_whole(ws, client, sha, name, now, lambda sent: on_sent(sent, size))
    ws.remember_upload(where.origin, sha, remote.id, now())
    ws.forget_part_upload(where.origin, sha)
    return remote


def _send_whole(
    ws: Workspace, client: Client, sha: str, name: str, now: Callable[[], datetime], on_sent: Callable[[int], None]
) -> RemoteFile:
    """Send a file in one request, unless it came there by an earlier try that was not heard to its end (or whose app was killed)."""
    path, mark = ws.file_path(sha), _id(client.connection.origin, sha)
    size, since = path.stat().st_size, lost_upload.begun(ws, mark)
    remote = None if since is None else lost_upload.arrived(client, name, size, since)
    if remote is None:
        began = now()
        lost_upload.note(ws, mark, began)
        try:
            remote = upload_file(client, name, path, on_sent=on_sent)
        except AnswerLost:
            remote = lost_upload.arrived(client, name, size, began)
            if remote is None:
                raise
        except ServerProblem:  # the server has said no, or nothing has left
            lost_upload.note(ws, mark, None)
            raise
    lost_upload.note(ws, mark, None)
    return remote


def _id(origin: str, sha: str) -> str:
    return hashlib.sha256(f"{origin} {sha}".encode()).hexdigest()[:24]


def _processed(ws: Workspace, client: Client, sha: str, remote: RemoteFile, sleep: Callable[[float], None]) -> str:
    """The file's id once the server has looked at it, or has taken so long that the job's own validation may tell."""
    for _ in range(LOOKS):
        if remote.status not in ("uploaded", "pending", "running"):  # the last two are Azure's; a word not known stops nothing
            break
        sleep(LOOK_EVERY_S)
        remote = get_file(client, remote.id)
    if remote.status != "error":
        return remote.id
    ws.forget_upload(client.connection.origin, sha)
    raise RequestRefused(
        N_("{host} could not process the file."),
        N_("The server's own words are below. Nothing was started and nothing is charged."),
        details=client.scrub(remote.status_details),
        host=client.host,
    )
