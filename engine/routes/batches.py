"""/v1/batches: many chat requests in one file, answered in the background."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from engine.batching import ENDPOINT
from engine.body import read_json
from engine.job_params import metadata as read_metadata
from engine.services import Services, services
from engine.store.rows import StoredBatch
from engine.wire import ApiError, Json, batch_object, invalid, page, query_int, unknown_cursor

_FIELDS = {"input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"}


async def create(request: Request) -> Json:
    """Write the batch down and wake whoever answers it."""
    body, parts = await read_json(request), services(request)
    batch = await run_in_threadpool(_create, body, parts)
    parts.batching.wake()
    return Json(batch_object(batch))


def _create(body: dict[str, Any], parts: Services) -> StoredBatch:
    unknown = sorted(set(body) - _FIELDS)
    if unknown:
        raise invalid(f"Unrecognized request argument supplied: {unknown[0][:80]}", None, "unknown_parameter")
    for name in ("input_file_id", "endpoint", "completion_window"):
        if not isinstance(body.get(name), str):
            raise invalid(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    if body["endpoint"] != ENDPOINT:
        raise invalid(f"Invalid value: {body['endpoint'][:80]!r}. Supported values are: '{ENDPOINT}'.", "endpoint")
    if body["completion_window"] != "24h":
        raise invalid(f"Invalid value: {body['completion_window'][:40]!r}. Supported values are: '24h'.", "completion_window")
    file = parts.store.files.get(body["input_file_id"])
    if file is None or file.purpose != "batch":
        message = f"No file of purpose 'batch' has the id {body['input_file_id'][:80]!r}."
        raise invalid(message, "input_file_id", "invalid_input_file")
    path = parts.store.files.path(file.id)
    metadata = read_metadata(body.get("metadata"))
    return parts.store.batches.create(path, input_file=file.id, endpoint=ENDPOINT, metadata=metadata, now=parts.batching.now())


def _batch(request: Request) -> StoredBatch:
    batch_id = request.path_params["batch"]
    batch = services(request).store.batches.get(batch_id)
    if batch is None:
        raise ApiError(404, f"No batch found with id '{batch_id[:80]}'.", param="batch_id")
    return batch


def list_batches(request: Request) -> Json:
    """Newest first."""
    after, limit = request.query_params.get("after"), query_int(request, "limit", 20, low=1, high=100)
    try:
        found = services(request).store.batches.page(after=after, limit=limit)
    except KeyError:
        raise unknown_cursor(after or "") from None
    return Json(page([batch_object(batch) for batch in found.rows], found.has_more))


def retrieve(request: Request) -> Json:
    """One batch."""
    return Json(batch_object(_batch(request)))


def cancel(request: Request) -> Json:
    """Answer no more of it; what was answered stays."""
    batch, parts = _batch(request), services(request)
    moved = parts.store.batches.move(batch.id, "cancelling", only_from=("validating", "in_progress"), now=parts.batching.now())
    after = parts.store.batches.need(batch.id)
    if not moved and after.status not in ("cancelling", "cancelled"):
        raise ApiError(409, f"Cannot cancel a batch with status '{after.status}'.")
    parts.batching.wake()
    return Json(batch_object(after))


ROUTES = [
    Route("/v1/batches", create, methods=["POST"]),
    Route("/v1/batches", list_batches, methods=["GET"]),
    Route("/v1/batches/{batch}", retrieve, methods=["GET"]),
    Route("/v1/batches/{batch}/cancel", cancel, methods=["POST"]),
]
