"""The records of a workspace: frozen dataclasses, each one row (or one row and its JSON) of the database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from core.base import errors
from core.base.errors import TunesmithError
from core.base.remote import Job
from core.io.workspace.plain import revive

JobState = Literal["creating", "created", "uncertain", "absent", "refused"]
RunState = Literal["running", "stopped", "finished"]
BatchState = Literal["creating", "created", "uncertain", "absent", "refused", "over", "lost"]
TaskState = Literal["waiting", "running", "done", "failed", "cancelled"]
RunRow = tuple[int, str, str, str]  # row as the spreadsheet shows it, question, expected answer, messages as JSON


@dataclass(frozen=True, slots=True)
class Project:
    """One piece of work, from a table to a score; `draft` holds the settings of Prepare that are not saved as a data set yet."""

    id: str
    name: str
    example: str | None
    connection_id: str
    base_url: str | None
    source: str | None
    source_name: str
    draft: dict[str, Any]
    dataset_id: str | None
    plan_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the workspace, known by the sha256 of its bytes; `name` is only for showing."""

    sha256: str
    name: str
    bytes: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Dataset:
    """A saved data set: what was read, how it was changed (`settings` is the change log) and the JSONL files that came of it.

    Of preference pairs the training files hold the better answers; `pairs_*_sha` are the files of the same rows with both answers, as
    training by preference reads them (`core.base.preference`). Line n of them is row `split["pairs"][side][n - 1]` of the user's table.
    """

    id: str
    project_id: str
    version: int
    created_at: datetime
    source_sha: str
    source_name: str
    settings: dict[str, Any]
    shape: dict[str, Any]
    counts: dict[str, Any]
    train_sha: str
    validation_sha: str | None
    test_sha: str | None
    split: dict[str, Any]
    findings: list[Any]
    system_prompt: str
    pairs_train_sha: str | None = None
    pairs_validation_sha: str | None = None
    pairs_test_sha: str | None = None

    @property
    def is_pairs(self) -> bool:
        """Whether there are pairs to train by preference with."""
        return self.pairs_train_sha is not None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of ours that lies on a connection's server."""

    origin: str
    sha256: str
    remote_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PartUpload:
    """An upload in parts that is under way: the parts that the server has, in order; `expires_at` in the server's seconds since 1970."""

    origin: str
    sha256: str
    upload_id: str
    part_bytes: int
    part_ids: tuple[str, ...]
    created_at: datetime
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """One rater's vote on the answers of two models to one row; `choice` is core.compare.vote's word."""

    row: int
    rater: str
    choice: str
    reason: str
    voted_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to be trained, in full; `key` says which plans are the same one, `metadata` are the user's notes for the server."""

    id: str
    project_id: str
    dataset_id: str
    connection_id: str
    origin: str
    base_model: str
    preset: str
    hyperparameters: dict[str, Any]
    seed: int | None
    suffix: str
    budget: float | None
    estimate: dict[str, Any]
    key: str
    created_at: datetime
    method: Literal["supervised", "dpo"] = "supervised"
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """Our memory of one fine-tuning job; written before the call that creates it. `job` is the last thing that its server said."""

    id: str
    project_id: str
    plan_id: str | None
    connection_id: str
    origin: str
    key: str
    attempt: int
    state: JobState
    remote_id: str | None
    job: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    looked_at: datetime | None

    @property
    def snapshot(self) -> Job | None:
        """The job as its server last described it, or None where it was never seen."""
        return None if self.job is None else revive(Job, self.job)

    @property
    def failure(self) -> TunesmithError | None:
        """The typed error that the creation ended with, ready to be raised or shown."""
        return None if self.error is None else error_from_json(self.error)


@dataclass(frozen=True, slots=True)
class Run:
    """A set of questions put to one model; the answers are in `Workspace.predictions`, `key` is what makes two runs the same."""

    id: str
    project_id: str
    dataset_id: str | None
    connection_id: str
    origin: str
    model: str
    label: str
    settings: dict[str, Any]
    key: str
    total: int
    created_at: datetime
    finished_at: datetime | None
    state: RunState


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """One row of a run that its owner may ask now; `index` is its place in the run, `row` the spreadsheet's number."""

    index: int
    row: int
    question: str
    expected: str
    messages_json: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages to send, as the API takes them."""
        found: list[dict[str, Any]] = json.loads(self.messages_json)
        return found


@dataclass(frozen=True, slots=True)
class RunBatch:
    """The one batch as which a run's rows were sent; written before the call that orders it.

    `owner` is the process that took it in hand, `called_at` when the order left; `status`, `done` and `failed` are what its server last
    said. While it is live nobody asks the run's rows one by one. "lost" is one that was ordered and that its server no longer knows.
    """

    run_id: str
    origin: str
    state: BatchState
    owner: dict[str, Any]
    rows: int
    file_id: str | None
    remote_id: str | None
    status: str
    done: int
    failed: int
    error: dict[str, Any] | None
    created_at: datetime
    called_at: datetime | None
    looked_at: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether answers may still come of it."""
        return self.state in ("creating", "created", "uncertain")

    @property
    def failure(self) -> TunesmithError | None:
        """What it ended with, or what became of the order, ready to be shown."""
        return None if self.error is None else error_from_json(self.error)


class Spent(NamedTuple):
    """What the answers of a run have cost in USD, and how many of them have no known price."""

    usd: float
    priced: int
    unpriced: int


class Progress(NamedTuple):
    """How far a run is: rows answered, rows that failed, rows in all."""

    done: int
    failed: int
    total: int

    @property
    def is_over(self) -> bool:
        return self.done + self.failed >= self.total


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of long work in its own process; `result` is here if it is small, else in the file `result_sha`."""

    id: str
    kind: str
    args: dict[str, Any]
    state: TaskState
    done: int
    total: int
    result: Any
    result_sha: str | None
    error: dict[str, Any] | None
    pid: int | None
    attempts: int
    created_at: datetime
    heartbeat: datetime
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def failure(self) -> TunesmithError | None:
        """The typed error that the work ended with, ready to be raised or shown."""
        return None if self.error is None else error_from_json(self.error)


def error_to_json(error: TunesmithError) -> dict[str, Any]:
    """A typed error as plain JSON, so that it outlives its process."""
    params = {key: value if isinstance(value, str | int | float | bool | None) else str(value) for key, value in error.params.items()}
    return {"type": type(error).__name__, "message": error.message, "hint": error.hint, "details": error.details, "params": params}


def error_from_json(data: Mapping[str, Any]) -> TunesmithError:
    """The typed error that `error_to_json` wrote; one of a class that this version does not know becomes a plain TunesmithError."""
    found = getattr(errors, str(data.get("type", "")), TunesmithError)
    cls = found if isinstance(found, type) and issubclass(found, TunesmithError) else TunesmithError
    words: dict[str, Any] = {"message": data.get("message"), "hint": data.get("hint"), "details": str(data.get("details", ""))}
    try:
        return cls(**words, **dict(data.get("params") or {}))
    except (KeyError, IndexError, ValueError, TypeError):  # a sentence whose parameters another version named otherwise
        return TunesmithError(details=f"{words['message']} {words['details']}".strip())
