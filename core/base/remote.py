"""What lies on a server, as it last described it: fine-tuning jobs with their diary and checkpoints, models and files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class JobStatus(StrEnum):
    """Every state of a fine-tuning job that the API documents, and one for what it may add."""

    VALIDATING = "validating_files"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        return self in (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class ServerError:
    """The error object of a job, word for word as the server gave it."""

    code: str
    message: str
    param: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A fine-tuning job as the server last described it; `raw_status` and `method` are its own words, "" where it has none.

    `extra` is what else it says of the job, by its own names: text, or JSON as text, with keys and passwords masked.
    """

    id: str
    status: JobStatus
    raw_status: str
    base_model: str
    fine_tuned_model: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None
    estimated_finish: datetime | None = None
    training_file: str | None = None
    validation_file: str | None = None
    result_files: tuple[str, ...] = ()
    trained_tokens: int | None = None
    seed: int | None = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    error: ServerError | None = None
    method: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's diary; `data` holds the metrics of a step where `type` is "metrics"."""

    id: str
    created_at: datetime
    level: str
    type: str
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model as it was at one step of the training."""

    id: str
    model: str
    step: int
    created_at: datetime | None
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model that a connection offers; `shutdown_date` is the day on which its owner will switch it off."""

    id: str
    owned_by: str = ""
    created_at: datetime | None = None
    shutdown_date: date | None = None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that lies on a connection's server; `status` is the server's own word (uploaded, processed, error), "" where it has none."""

    id: str
    name: str
    bytes: int
    purpose: str
    created_at: datetime | None = None
    status: str = ""
    status_details: str = ""


class BatchStatus(StrEnum):
    """Every state of a batch that the API documents, and one for what it may add."""

    VALIDATING = "validating"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        return self in (BatchStatus.FAILED, BatchStatus.COMPLETED, BatchStatus.EXPIRED, BatchStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """A batch of requests as the server last described it; `raw_status` is its own word, `errors` why it took none of them."""

    id: str
    status: BatchStatus
    raw_status: str
    input_file: str
    output_file: str | None = None
    error_file: str | None = None
    done: int = 0
    failed: int = 0
    total: int = 0
    created_at: datetime | None = None
    expires_at: datetime | None = None
    errors: tuple[ServerError, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
