"""What the store's tables hold, as frozen dataclasses, and how ids are made."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")

# lower case only: ids name files, and some file systems do not tell A from a
_ALPHABET = string.ascii_lowercase + string.digits

OPEN = ("validating_files", "queued", "running", "pausing")
FINAL = ("succeeded", "failed", "cancelled")


def new_id(prefix: str) -> str:
    """A fresh id such as ftjob-7k2..., which nobody can guess or collide with (124 bits)."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(24))


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a longer list, and whether there are more."""

    rows: list[Row]
    has_more: bool


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that was uploaded, or that a job wrote."""

    id: str
    filename: str
    bytes: int
    purpose: str
    created_at: int


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A file that comes in parts; `status` is pending, completed, cancelled or expired, and `bytes` what was announced."""

    id: str
    filename: str
    bytes: int
    purpose: str
    created_at: int
    expires_at: int
    status: str
    file_id: str | None


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch of chat requests; `times` are the seconds since 1970 at which it became what ("in_progress_at" ...), by the API's names."""

    id: str
    input_file: str
    endpoint: str
    status: str
    metadata: Mapping[str, str] | None
    created_at: int
    expires_at: int
    times: Mapping[str, int]
    total: int
    completed: int
    failed: int
    output_file: str | None
    error_file: str | None
    errors: tuple[Mapping[str, Any], ...]

    @property
    def is_final(self) -> bool:
        """Nothing will change this batch any more."""
        return self.status in ("failed", "completed", "expired", "cancelled")


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a job is asked to do."""

    model: str
    training_file: str
    validation_file: str | None
    suffix: str | None
    seed: int
    asked: Mapping[str, Any]
    metadata: Mapping[str, str] | None
    method: str = "supervised"


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as it stands: `asked` are the hyperparameters as given, `hyperparameters` what the learner made of them, once it has.

    `tokens` are those of its training file, if they were counted ahead; `deaths` counts lost workers, `interruptions` lost engines.
    """

    id: str
    status: str
    model: str
    method: str
    training_file: str
    validation_file: str | None
    suffix: str | None
    seed: int
    asked: Mapping[str, Any]
    hyperparameters: Mapping[str, Any] | None
    metadata: Mapping[str, str] | None
    created_at: int
    finished_at: int | None
    estimated_finish: int | None
    trained_tokens: int | None
    fine_tuned_model: str | None
    result_file: str | None
    error: Mapping[str, Any] | None
    validated: bool
    tokens: int | None
    deaths: int
    interruptions: int
    worker_pid: int | None
    worker_started: float | None

    @property
    def is_final(self) -> bool:
        """Nothing will change this job any more."""
        return self.status in FINAL

    def model_name(self, step: int | None = None) -> str:
        """The id of its fine-tuned model, or of the checkpoint at `step`."""
        name = f"ft:{self.model}:local:{self.suffix or ''}:{self.id.rpartition('-')[2][:12]}"
        return name if step is None else f"{name}:ckpt-step-{step}"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One line of a job's diary."""

    id: str
    created_at: int
    level: str
    type: str
    message: str
    data: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """One of the last three checkpoints of a job."""

    id: str
    job_id: str
    step: int
    model: str
    metrics: Mapping[str, Any]
    created_at: int


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A saved model; `kind` is final, checkpoint, or before (what the base answers before it was taught this data)."""

    id: str
    job_id: str
    base_model: str
    kind: str
    folder: str
    created_at: int
