"""A file goes to a connection's server once: its content, not its name, decides whether it is there already."""

from collections.abc import Callable
from datetime import datetime

from core.base.errors import NotOnServer
from core.io.openai_calls import Client, get_file, upload_file
from core.io.workspace import Workspace


def ensure_uploaded(ws: Workspace, client: Client, sha: str, name: str, *, now: Callable[[], datetime]) -> str:
    """Give the id that a file of the workspace has on the server; uploads it only where it is not there (any more).

    Raises NotInWorkspace, or the ServerProblem that stood in the way: nothing has been charged then.
    """
    origin = client.connection.origin
    known = ws.uploaded(origin, sha)
    if known is not None:
        try:
            get_file(client, known)
        except NotOnServer:  # deleted there, or expired
            ws.forget_upload(origin, sha)
        else:
            return known
    remote = upload_file(client, name, ws.file_path(sha))
    ws.remember_upload(origin, sha, remote.id, now())
    return remote.id
