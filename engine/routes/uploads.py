"""/v1/uploads: a file too large for one request comes in parts, and becomes a file when they are put together."""

import time
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from engine.body import display_name, read_json, read_upload
from engine.routes.files import check_kind, look
from engine.services import MAX_IN_PARTS, MAX_PART, Services, services
from engine.store.rows import StoredUpload
from engine.wire import ApiError, Json, invalid, upload_object

# expires_after is the file's, and a file of this engine stays until it is deleted: it is taken only to be refused
_CREATE = {"bytes", "filename", "mime_type", "purpose"}
_COMPLETE = {"part_ids", "md5"}


async def create(request: Request) -> Json:
    """Announce a file: its name, its size, its purpose."""
    asked = await read_json(request)
    _known(asked, _CREATE)
    filename, size = _text(asked, "filename"), asked.get("bytes")
    _text(asked, "mime_type")
    if size is None:
        raise invalid("Missing required parameter: 'bytes'.", "bytes", "missing_required_parameter")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MAX_IN_PARTS:
        raise invalid(f"Invalid 'bytes': expected an integer between 1 and {MAX_IN_PARTS}.", "bytes")
    purpose = check_kind(asked.get("purpose") if asked.get("purpose") is None else _text(asked, "purpose"), filename, "filename")
    uploads = services(request).store.uploads
    made = await run_in_threadpool(uploads.begin, filename=display_name(filename), size=size, purpose=purpose, now=int(time.time()))
    return Json(upload_object(made))


async def add_part(request: Request) -> Json:
    """Receive one part."""
    parts = services(request)
    upload = _pending(request)
    received = await read_upload(request, MAX_PART, parts.store.temporary, "data")
    try:
        part = await run_in_threadpool(_keep_part, parts, upload, received.path)
    finally:
        received.path.unlink(missing_ok=True)
    return Json({"object": "upload.part", "id": part, "created_at": int(time.time()), "upload_id": upload.id})


def _keep_part(parts: Services, upload: StoredUpload, path: Path) -> str:
    uploads = parts.store.uploads
    if not path.stat().st_size:
        raise invalid("Invalid 'data': the part is empty.", "data")
    try:
        part, received = uploads.add_part(upload.id, path)
    except KeyError:
        raise _ended(uploads.get(upload.id, now=int(time.time())) or upload) from None
    # a part whose answer was lost is sent again, so more than the announced bytes may come, but never without bound
    if received > 2 * upload.bytes + MAX_PART:
        uploads.drop_part(upload.id, part)
        raise invalid(f"The parts of {upload.id} have more bytes than the {upload.bytes} that were announced.", "data")
    return part


async def complete(request: Request) -> Json:
    """Put the parts together in the order given."""
    parts = services(request)
    asked = await read_json(request)
    _known(asked, _COMPLETE)
    wanted, md5 = asked.get("part_ids"), asked.get("md5")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(part, str) for part in wanted):
        raise invalid("Invalid 'part_ids': expected a list of the ids of parts, in their order.", "part_ids")
    if md5 is not None and not isinstance(md5, str):
        raise invalid("Invalid 'md5': expected a string.", "md5")
    return Json(await run_in_threadpool(_complete, parts, _pending(request), wanted, md5))


def _complete(parts: Services, upload: StoredUpload, wanted: list[str], md5: str | None) -> dict[str, Any]:
    uploads, now = parts.store.uploads, int(time.time())
    sizes = uploads.parts(upload.id)
    strange = next((part for part in wanted if part not in sizes), None)
    if strange is not None or len(set(wanted)) != len(wanted):
        raise invalid(f"Invalid 'part_ids': {(strange or 'a part named twice')[:80]!r} is no part of {upload.id}.", "part_ids")
    total = sum(sizes[part] for part in wanted)
    if total != upload.bytes:
        raise invalid(f"The parts have {total} bytes together, and {upload.bytes} were announced.", "part_ids", "upload_size_mismatch")
    whole = parts.store.temporary / f"{upload.id}.{time.monotonic_ns()}.upload"
    try:
        found = uploads.join(upload.id, wanted, whole)
        if md5 is not None and md5.lower() != found:
            raise invalid(f"The md5 of the parts is {found}, and {md5[:40]} was given.", "md5", "md5_mismatch")
        if upload.purpose == "fine-tune":
            look(whole)
        with parts.store.database.transaction():  # two calls at once make one file
            file = parts.store.files.keep(whole, filename=upload.filename, purpose=upload.purpose, now=now)
            if not uploads.complete(upload.id, file.id):
                raise _ended(uploads.get(upload.id, now=now) or upload)
    except FileNotFoundError:  # it was cancelled, or completed, while its parts were being read
        raise _ended(uploads.get(upload.id, now=now) or upload) from None
    finally:
        whole.unlink(missing_ok=True)
    done = uploads.get(upload.id, now=now)
    assert done is not None
    return upload_object(done, file)


def cancel(request: Request) -> Json:
    """No more parts; what came is thrown away."""
    upload, uploads = _pending(request), services(request).store.uploads
    uploads.cancel(upload.id)
    return Json(upload_object(uploads.get(upload.id, now=int(time.time())) or upload))


def _pending(request: Request) -> StoredUpload:
    upload_id = request.path_params["upload"]
    upload = services(request).store.uploads.get(upload_id, now=int(time.time()))
    if upload is None:
        raise ApiError(404, f"No such Upload object: {upload_id[:80]}", param="upload_id")
    if upload.status != "pending":
        raise _ended(upload)
    return upload


def _ended(upload: StoredUpload) -> ApiError:
    return invalid(f"Upload {upload.id} is {upload.status}.", "upload_id", f"upload_{upload.status}")


def _known(asked: dict[str, Any], names: set[str]) -> None:
    unknown = sorted(set(asked) - names)
    if unknown:
        raise invalid(f"Unrecognized request argument supplied: {unknown[0][:80]}", None, "unknown_parameter")


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is None:
        raise invalid(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    if not isinstance(value, str) or not value:
        raise invalid(f"Invalid '{name}': expected a string.", name)
    return value


ROUTES = [
    Route("/v1/uploads", create, methods=["POST"]),
    Route("/v1/uploads/{upload}/parts", add_part, methods=["POST"]),
    Route("/v1/uploads/{upload}/complete", complete, methods=["POST"]),
    Route("/v1/uploads/{upload}/cancel", cancel, methods=["POST"]),
]
