"""/v1/files: training files come in, result files go out."""

import time
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from engine import reading
from engine.body import Upload, read_upload
from engine.services import Services, services
from engine.store.rows import StoredFile
from engine.wire import ApiError, Json, file_object, invalid, no_such_file, page, query_int, unknown_cursor

# of a larger file only this much is looked at here: the job's own validation reads all of it, in a process of its own
_LOOKED_AT = 16 * 2**20
_FIELDS = {"purpose"}
PURPOSES = ("fine-tune", "batch")


async def create(request: Request) -> Json:
    """Receive a file, look whether it can be a training file at all, and keep it."""
    parts = services(request)
    upload = await read_upload(request, parts.max_upload, parts.store.temporary)
    try:
        return Json(file_object(await run_in_threadpool(_keep, upload, parts)))
    finally:
        upload.path.unlink(missing_ok=True)


def _keep(upload: Upload, parts: Services) -> StoredFile:
    unknown = sorted(set(upload.fields) - _FIELDS)
    if unknown:
        raise invalid(f"Unrecognized request argument supplied: {unknown[0][:80]}", None, "unknown_parameter")
    purpose = check_kind(upload.fields.get("purpose"), upload.filename, "file")
    if purpose == "fine-tune":  # a batch reads its file itself, and says then what is wrong with which line
        look(upload.path)
    return parts.store.files.keep(upload.path, filename=upload.filename, purpose=purpose, now=int(time.time()))


def check_kind(purpose: str | None, filename: str, param: str) -> str:
    """The purpose, where files of this one and with this ending are taken."""
    if purpose is None:
        raise invalid("Missing required parameter: 'purpose'.", "purpose", "missing_required_parameter")
    if purpose not in PURPOSES:
        raise invalid(f"'{purpose[:40]}' is not one of {list(PURPOSES)} - 'purpose'", "purpose")
    if not filename.lower().endswith(".jsonl"):
        raise invalid("Invalid file format for Fine-Tuning API. Must be .jsonl", param, "invalid_file_format")
    return purpose


def look(path: Path) -> None:
    """Refuse, in OpenAI's words, what is not UTF-8, or neither conversations nor preference pairs."""
    with path.open("rb") as file:
        data = file.read(_LOOKED_AT)
        if file.read(1):
            data = data[: data.rfind(b"\n") + 1]
            if not data:
                message = f"Invalid file format. Example 1 cannot be parsed. Error: line is longer than {_LOOKED_AT} bytes (line 1)"
                raise invalid(message, "file", "invalid_file_format")
    refused = reading.uploaded(data)
    if refused is not None:
        raise invalid(refused[1], "file", refused[0])


def list_files(request: Request) -> Json:
    """Files by age, newest first unless asked otherwise."""
    query = request.query_params
    order = query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise invalid(f"Invalid value: {order[:40]!r}. Supported values are: 'asc' and 'desc'.", "order")
    limit = query_int(request, "limit", 10_000, low=1, high=10_000)
    files, after = services(request).store.files, query.get("after")
    try:
        found = files.page(purpose=query.get("purpose"), after=after, limit=limit, newest_first=order == "desc")
    except KeyError:
        raise unknown_cursor(after or "") from None
    return Json(page([file_object(file) for file in found.rows], found.has_more))


def _file(request: Request) -> StoredFile:
    file_id = request.path_params["file"]
    file = services(request).store.files.get(file_id)
    if file is None:
        raise no_such_file(file_id)
    return file


def retrieve(request: Request) -> Json:
    """One file."""
    return Json(file_object(_file(request)))


def content(request: Request) -> FileResponse:
    """Its bytes."""
    file = _file(request)
    path = services(request).store.files.path(file.id)
    if not path.exists():
        raise ApiError(500, f"The bytes of {file.id} are missing from this engine's home.")
    return FileResponse(path, media_type="application/octet-stream", filename=file.filename)


def delete(request: Request) -> Json:
    """Delete a file; a job that is under way keeps its own hold on the data."""
    file_id = request.path_params["file"]
    if not services(request).store.files.delete(file_id):
        raise no_such_file(file_id)
    return Json({"id": file_id, "object": "file", "deleted": True})


ROUTES = [
    Route("/v1/files", list_files, methods=["GET"]),
    Route("/v1/files", create, methods=["POST"]),
    Route("/v1/files/{file}", retrieve, methods=["GET"]),
    Route("/v1/files/{file}", delete, methods=["DELETE"]),
    Route("/v1/files/{file}/content", content, methods=["GET"]),
]
