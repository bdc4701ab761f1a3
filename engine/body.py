"""Reading what a request carries, within bounds: JSON in memory, one uploaded file on disk."""

import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Message

from core.base.strict_json import StrictDecoder, WrongJSON
from engine.wire import ApiError, invalid

MAX_JSON = 16 * 2**20
_FORM_OVERHEAD = 64 * 2**10  # boundaries, part headers and the small fields around a file
_NOT_JSON = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. "
    "This API expects a JSON payload, but what was sent was not valid JSON.)"
)


@dataclass(frozen=True)
class Upload:
    """A received file, whole and on disk, with the form's other fields; `filename` is for showing, never a path."""

    path: Path
    filename: str
    fields: Mapping[str, str]


async def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object (cancel, pause and resume send none)."""
    raw = await bounded(request, MAX_JSON).body()
    return await run_in_threadpool(_json_object, raw) if raw.strip() else {}


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        decoded = StrictDecoder().decode(raw.decode("utf-8"))
    except (WrongJSON, UnicodeDecodeError):
        raise ApiError(400, _NOT_JSON) from None
    if not isinstance(decoded.value, dict) or decoded.bad_numbers:
        raise ApiError(400, _NOT_JSON)
    return decoded.value


def bounded(request: Request, limit: int) -> Request:
    """The same request, which raises 413 once more than `limit` bytes have come."""
    announced = int(request.headers.get("content-length", "0"))  # h11 lets nothing but digits through
    received = 0

    async def receive() -> Message:
        nonlocal received
        if announced > limit:
            raise _too_large(limit)
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(limit)
        return message

    return Request(request.scope, receive)


def _too_large(limit: int) -> ApiError:
    return ApiError(413, f"Maximum content size limit ({limit}) exceeded.", code="content_size_limit_exceeded")


async def read_upload(request: Request, limit: int, folder: Path, field: str = "file") -> Upload:
    """Stream a multipart upload of one file, called `field`, and text fields to `folder`; the caller removes what it does not keep."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise invalid("Invalid Content-Type header. Expected multipart/form-data.", field, "unsupported_content_type")
    # the parser spools to the process's temporary folder, which __main__ points into the home: same disk, not in memory
    async with bounded(request, limit + _FORM_OVERHEAD).form(max_files=1, max_fields=16, max_part_size=4096) as form:
        file = form.get(field)
        if not isinstance(file, UploadFile):
            raise invalid(f"Missing required parameter: '{field}'.", field, "missing_required_parameter")
        if (file.size or 0) > limit:
            raise _too_large(limit)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        path = await run_in_threadpool(_settle, file.file, folder)
        return Upload(path, display_name(file.filename or ""), fields)


def _settle(source: BinaryIO, folder: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, suffix=".upload")
    with os.fdopen(handle, "wb") as target:
        shutil.copyfileobj(source, target, 2**20)
    return Path(name)


def display_name(name: str) -> str:
    """The last part of a client's file name without control characters, at most 255 characters."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(c for c in last if c.isprintable()).strip()
    return clean[-255:] or "file"
