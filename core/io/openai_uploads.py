"""The Uploads API: a file too large for one request goes in parts; a part that was sent twice does no harm, so its answer may be lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from core.base.remote import RemoteFile
from core.io.openai_jobs import UPLOAD_TIMEOUT_S
from core.io.openai_problems import Unreadable
from core.io.openai_shapes import file_from

if TYPE_CHECKING:
    from core.io.openai_calls import Client

MIME = "application/jsonl"


@dataclass(frozen=True)
class RemoteUpload:
    """An upload that waits for its parts; `expires_at` in seconds since 1970 by the server's clock, None where it has none."""

    id: str
    expires_at: int | None


def begin_upload(client: "Client", name: str, size: int, *, purpose: str = "fine-tune") -> RemoteUpload:
    """Announce a file of `size` bytes; raises NotOnServer or RequestRefused where the server has no such thing."""
    create: Any = client.once.uploads.with_raw_response.create
    data = client.answer(lambda: create(bytes=size, filename=name, mime_type=MIME, purpose=purpose), need="id")
    expires = data.get("expires_at")
    return RemoteUpload(str(data["id"]), int(expires) if isinstance(expires, (int, float)) else None)


def send_part(client: "Client", upload_id: str, content: BinaryIO) -> str:
    """Send one part; its id."""
    create: Any = client.once.uploads.parts.with_raw_response.create
    call = lambda: create(upload_id, data=("part", content), timeout=UPLOAD_TIMEOUT_S)  # noqa: E731
    return str(client.answer(call, need="id")["id"])


def complete_upload(client: "Client", upload_id: str, part_ids: Sequence[str], md5: str) -> RemoteFile:
    """Put the parts together; raises AnswerLost where that may have happened."""
    complete: Any = client.once.uploads.with_raw_response.complete
    call = lambda: complete(upload_id, part_ids=list(part_ids), md5=md5, timeout=UPLOAD_TIMEOUT_S)  # noqa: E731
    data = client.answer(call, need="file", changes=True)
    file = file_from(data["file"]) if isinstance(data["file"], dict) else None
    if file is None or not file.id:
        return client.ask(lambda: _unreadable(data), changes=True)
    return file


def _unreadable(data: dict[str, Any]) -> RemoteFile:
    raise Unreadable(200, str(data))


def cancel_upload(client: "Client", upload_id: str) -> None:
    """Give an upload up, so that its parts do not stay there."""
    cancel: Any = client.once.uploads.with_raw_response.cancel
    client.answer(lambda: cancel(upload_id), need="id")
