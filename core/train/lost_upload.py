"""A file whose upload was not heard to the end is looked for on the server before it is sent again.

Its name holds the first letters of its content's hash, so that one of the same name and size is the same file.
"""

from datetime import datetime, timedelta

from core.base.errors import NotOnServer, RequestRefused
from core.base.remote import RemoteFile
from core.io.openai_calls import Client, list_files
from core.io.workspace import Workspace

CLOCKS_DIFFER = timedelta(minutes=10)
PURPOSE = "fine-tune"
PAGES_MAX = 100


def begun(ws: Workspace, name: str) -> datetime | None:
    """When a try to send whose end nobody knows was begun; None where there was none. `name` is the upload's own, of any kind."""
    at = ws.get_setting(_key(name))
    return None if at is None else datetime.fromisoformat(at)


def note(ws: Workspace, name: str, at: datetime | None) -> None:
    """Note that a try begins, before anything leaves; None once its end is known."""
    ws.set_setting(_key(name), None if at is None else at.isoformat())


def young(client: Client, name: str, size: int, since: datetime) -> list[RemoteFile]:
    """The files of this name and size on the server that are not older than the try; raises ServerProblem."""
    found: list[RemoteFile] = []
    after: str | None = None
    for _ in range(PAGES_MAX):
        page = list_files(client, purpose=PURPOSE, limit=100, after=after)
        found += [file for file in page if (file.name, file.bytes, file.purpose or PURPOSE) == (name, size, PURPOSE)]
        after = page.after
        if after is None:
            break
    return [file for file in found if file.created_at is not None and file.created_at >= since - CLOCKS_DIFFER]


def arrived(client: Client, name: str, size: int, since: datetime) -> RemoteFile | None:
    """The file of a try whose answer was lost, if it has come to the server; None, too, where that keeps no list of its files.

    Of several, which are all the same, the first that the server names. Raises ServerProblem where it could not be asked.
    """
    try:
        there = young(client, name, size, since)
    except NotOnServer:
        return None
    except RequestRefused as error:
        if error.params.get("status") in (405, 501):
            return None
        raise
    return next((file for file in there if file.status != "error"), None)


def _key(name: str) -> str:
    return f"upload begun {name}"
