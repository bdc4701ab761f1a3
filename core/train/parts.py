"""A file too large for one request goes in parts, and after a break, or a kill of the app, with the missing ones."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.base.errors import N_, AnswerLost, NotOnServer, RequestRefused, ServerProblem
from core.base.remote import RemoteFile
from core.io.file_stretch import Stretch
from core.io.openai_calls import Client
from core.io.openai_uploads import begin_upload, cancel_upload, complete_upload, send_part
from core.io.workspace import PartUpload, Workspace
from core.train.lost_upload import young


def send_in_parts(
    ws: Workspace, client: Client, sha: str, name: str, *, now: Callable[[], datetime], on_sent: Callable[[int, int], None]
) -> RemoteFile:
    """Send the file, going on where an earlier try stopped; an upload that the server ended meanwhile is begun anew, once.

    Raises the ServerProblem that stood in the way; what has arrived until then is kept for the next try.
    """
    begun = ws.part_upload(client.origin, sha)
    if begun is not None:
        try:
            return _go_on(ws, client, name, begun, now, on_sent)
        except (NotOnServer, RequestRefused):
            _give_up(ws, client, begun)
    begun = _begin(ws, client, sha, name, now)
    try:
        return _go_on(ws, client, name, begun, now, on_sent)
    except (NotOnServer, RequestRefused):
        _give_up(ws, client, begun)
        raise


def _begin(ws: Workspace, client: Client, sha: str, name: str, now: Callable[[], datetime]) -> PartUpload:
    where, size = client.connection, ws.file_path(sha).stat().st_size
    try:
        upload = begin_upload(client, name, size)
    except (NotOnServer, RequestRefused) as error:
        if not isinstance(error, NotOnServer) and error.params.get("status") not in (405, 501):
            raise
        raise RequestRefused(
            N_("This file has {size} MB. {host} takes at most {limit} MB at once, and no larger files in parts."),
            N_("Prepare fewer or shorter examples, or choose another connection."),
            details=error.details,
            **error.params | {"size": -(-size // 10**6), "limit": where.whole_file_bytes // 10**6},
        ) from error
    return ws.keep_part_upload(where.origin, sha, upload.id, where.part_bytes, (), now(), upload.expires_at)


def _go_on(
    ws: Workspace, client: Client, name: str, begun: PartUpload, now: Callable[[], datetime], on_sent: Callable[[int, int], None]
) -> RemoteFile:
    path = ws.file_path(begun.sha256)
    size, ids = path.stat().st_size, list(begun.part_ids)
    with path.open("rb") as file:
        for start in range(len(ids) * begun.part_bytes, size, begun.part_bytes):
            length = min(begun.part_bytes, size - start)
            stretch = Stretch(file, start, length, lambda sent, start=start: on_sent(start + sent, size))  # type: ignore[misc]
            ids.append(send_part(client, begun.upload_id, stretch))  # type: ignore[arg-type]
            ws.keep_part_upload(begun.origin, begun.sha256, begun.upload_id, begun.part_bytes, ids, begun.created_at, begun.expires_at)
    try:
        return complete_upload(client, begun.upload_id, ids, _md5(path))
    except (AnswerLost, RequestRefused, NotOnServer):
        # an answer that was lost, now or before the app was killed: then the file is there, and the upload is over
        there = young(client, name, size, begun.created_at)
        if len(there) != 1:
            raise
        return there[0]


def _give_up(ws: Workspace, client: Client, begun: PartUpload) -> None:
    ws.forget_part_upload(begun.origin, begun.sha256)
    try:
        cancel_upload(client, begun.upload_id)
    except ServerProblem:
        return  # it has ended already, or ends by itself within the hour


def _md5(path: Path) -> str:
    """The checksum that the API compares; it guards against a mix-up, not against an attack."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()
