"""OpenAI's shapes: the objects as they travel, and the errors."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from engine.store.rows import StoredBatch, StoredCheckpoint, StoredEvent, StoredFile, StoredJob, StoredModel, StoredUpload

ORGANIZATION = "local"
_SHOWN = 200  # characters of what a client sent that are said back to it


class ApiError(Exception):
    """A refusal in OpenAI's words: status, message, and the machine-readable param and code.

    `told` holds what else stands in the error object: the parts of the message, for a client that says it in another language.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: str = "",
        told: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.told = dict(told or {})
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.kind = kind or ("server_error" if status >= 500 else "invalid_request_error")


class Json(Response):
    """A JSON reply in ASCII: text from users may hold lone surrogates, which UTF-8 cannot carry."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def error_body(error: ApiError) -> dict[str, Any]:
    """An error as it travels."""
    return {"error": {"message": error.message, "type": error.kind, "param": error.param, "code": error.code, **error.told}}


def error_reply(error: ApiError) -> Json:
    """The reply that the `openai` client turns into its typed exceptions."""
    return Json(error_body(error), status_code=error.status)


def invalid(message: str, param: str | None, code: str | None = "invalid_value") -> ApiError:
    """400: something is wrong with one parameter."""
    return ApiError(400, message, param=param, code=code)


def no_such_job(job_id: str) -> ApiError:
    """404 for a job."""
    return ApiError(404, f"Could not find fine tune: {job_id[:_SHOWN]}", param="fine_tune_id", code="fine_tune_not_found")


def no_such_file(file_id: str) -> ApiError:
    """404 for a file; OpenAI gives it no code."""
    return ApiError(404, f"No such File object: {file_id[:_SHOWN]}", param="id")


def no_such_model(model_id: str) -> ApiError:
    """404 for a model."""
    message = f"The model `{model_id[:_SHOWN]}` does not exist or you do not have access to it."
    return ApiError(404, message, param="model", code="model_not_found")


def page(objects: Sequence[Mapping[str, Any]], has_more: bool) -> dict[str, Any]:
    """A list as the client's cursors expect it."""
    first, last = (objects[0]["id"], objects[-1]["id"]) if objects else (None, None)
    return {"object": "list", "data": list(objects), "has_more": has_more, "first_id": first, "last_id": last}


def file_object(file: StoredFile) -> dict[str, Any]:
    """A file."""
    return {
        "object": "file",
        "id": file.id,
        "bytes": file.bytes,
        "created_at": file.created_at,
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
        "expires_at": None,
    }


def upload_object(upload: StoredUpload, file: StoredFile | None = None) -> dict[str, Any]:
    """An upload in parts, with the file that it has become."""
    return {
        "object": "upload",
        "id": upload.id,
        "bytes": upload.bytes,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
        "filename": upload.filename,
        "purpose": upload.purpose,
        "status": upload.status,
        "file": None if file is None else file_object(file),
    }


def batch_object(batch: StoredBatch) -> dict[str, Any]:
    """A batch of requests."""
    moments = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
    return {
        "object": "batch",
        "id": batch.id,
        "endpoint": batch.endpoint,
        "errors": {"object": "list", "data": [dict(error) for error in batch.errors]} if batch.errors else None,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        "status": batch.status,
        "output_file_id": batch.output_file,
        "error_file_id": batch.error_file,
        "created_at": batch.created_at,
        "expires_at": batch.expires_at,
        **{f"{name}_at": batch.times.get(f"{name}_at") for name in moments},
        "request_counts": {"total": batch.total, "completed": batch.completed, "failed": batch.failed},
        "metadata": None if batch.metadata is None else dict(batch.metadata),
    }


def job_object(job: StoredJob) -> dict[str, Any]:
    """A fine-tuning job; its hyperparameters are the asked ones until the learner has resolved "auto"."""
    hyperparameters = dict(job.asked if job.hyperparameters is None else job.hyperparameters)
    return {
        "object": "fine_tuning.job",
        "id": job.id,
        "model": job.model,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "estimated_finish": job.estimated_finish if job.status == "running" else None,
        "fine_tuned_model": job.fine_tuned_model,
        "organization_id": ORGANIZATION,
        "result_files": [job.result_file] if job.result_file else [],
        "status": job.status,
        "validation_file": job.validation_file,
        "training_file": job.training_file,
        "hyperparameters": hyperparameters,
        "method": {"type": job.method, job.method: {"hyperparameters": hyperparameters}},
        "trained_tokens": job.trained_tokens,
        "error": dict(job.error) if job.error else None,
        "user_provided_suffix": job.suffix,
        "seed": job.seed,
        "integrations": None,
        "metadata": dict(job.metadata) if job.metadata is not None else None,
    }


def event_object(event: StoredEvent) -> dict[str, Any]:
    """One line of a job's diary."""
    return {
        "object": "fine_tuning.job.event",
        "id": event.id,
        "created_at": event.created_at,
        "level": event.level,
        "type": event.type,
        "message": event.message,
        "data": dict(event.data) if event.data is not None else {},
    }


def checkpoint_object(checkpoint: StoredCheckpoint) -> dict[str, Any]:
    """One checkpoint."""
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": checkpoint.id,
        "created_at": checkpoint.created_at,
        "fine_tuned_model_checkpoint": checkpoint.model,
        "fine_tuning_job_id": checkpoint.job_id,
        "metrics": dict(checkpoint.metrics),
        "step_number": checkpoint.step,
    }


def model_object(model: StoredModel) -> dict[str, Any]:
    """A fine-tuned model."""
    return {"object": "model", "id": model.id, "created": model.created_at, "owned_by": ORGANIZATION, "shutdown_date": None}


def base_model_object(name: str) -> dict[str, Any]:
    """A base model; it has no date of birth, so `created` is 0."""
    return {"object": "model", "id": name, "created": 0, "owned_by": "tunesmith", "shutdown_date": None}


def query_int(request: Request, name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from the query string; raises ApiError outside its range."""
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = int(text) if len(text) < 20 else None
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise invalid(f"Invalid '{name}': expected an integer between {low} and {high}, but got {text[:40]!r} instead.", name)
    return value


def unknown_cursor(after: str) -> ApiError:
    """400: `after` names nothing in this list."""
    return invalid(f"Invalid 'after': {after[:80]!r} is not in this list.", "after")
