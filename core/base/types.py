"""The nouns that travel between the rooms: frozen dataclasses, no behaviour beyond reading themselves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool", "function", "developer"]
Severity = Literal["error", "warning", "info"]
AnswerKind = Literal["label", "json", "text"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, with whatever further keys its line carried in `extra`."""

    role: str
    content: str
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """One training conversation and the row it came from (a spreadsheet's header is row 1; a JSONL's first line is row 1).

    `extra` goes into the training line; `rejected`, the answer that a preference pair calls the worse one, goes into a file of pairs only.
    """

    messages: tuple[Message, ...]
    row: int
    extra: Mapping[str, Any] = field(default_factory=dict)
    rejected: tuple[Message, ...] = ()

    @property
    def said(self) -> tuple[Message, ...]:
        """Every message, the worse answer of a pair too: whatever may leave with the data."""
        return (*self.messages, *self.rejected) if self.rejected else self.messages

    @property
    def system(self) -> str:
        """The first system prompt, or an empty string."""
        return next((m.content for m in self.messages if m.role in ("system", "developer")), "")

    @property
    def question(self) -> str:
        """The last user turn: what the model is asked."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")

    @property
    def answer(self) -> str:
        """The last assistant turn: what the model should say."""
        return next((m.content for m in reversed(self.messages) if m.role == "assistant"), "")

    @property
    def prompt(self) -> tuple[Message, ...]:
        """Everything before the last assistant turn: what is sent to ask the same thing."""
        last = max((i for i, m in enumerate(self.messages) if m.role == "assistant"), default=len(self.messages))
        return self.messages[:last]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something noticed in the data: a code with parameters that a page turns into a sentence, and the rows it is about."""

    code: str
    severity: Severity
    rows: tuple[int, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    repair: str | None = None
    server_words: str = ""

    @property
    def count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value was chosen: a code with parameters that a page turns into a sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Split:
    """Which examples (by index) train, validate and test; frozen with its seed and its reasons."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    seed: int
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens of each example, in order; `exact` is False where another vendor's tokenizer had to be guessed."""

    encoding: str
    per_example: tuple[int, ...]
    assistant: int
    exact: bool

    @property
    def total(self) -> int:
        return sum(self.per_example)


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs on one connection, in USD per million tokens; None is not known or not offered."""

    connection: str
    model: str
    training: float | None
    input: float | None
    cached_input: float | None
    output: float | None
    as_of: date
    source: str
    batch_input: float | None = None
    batch_output: float | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a training will cost, low to high over the epochs that the server may choose; money in USD."""

    low: float
    high: float
    epochs_low: int
    epochs_high: int
    tokens: int
    free: bool
    as_of: date | None
    source: str
    assumptions: tuple[Reason, ...] = ()

    @property
    def known(self) -> bool:
        """False where no price is known: `high` is infinity then, so that no budget is ever taken to be kept."""
        return math.isfinite(self.high)


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
    """A fine-tuning job as the server last described it; `raw_status` is its own word for the status."""

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
    """A file that lies on a connection's server."""

    id: str
    name: str
    bytes: int
    purpose: str
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a model; seconds are measured from the call, tokens are the server's own count.

    `notes` is what the local engine says about its answer, `ignored` the sampling parameters that it says had no effect.
    """

    text: str
    model: str
    finish_reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_token_s: float | None = None
    total_s: float | None = None
    fingerprint: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered for one row, or why it did not; `error` is a sentence for the reader.

    `notes` is what the local engine says about its answer: where it was recalled from, and what in it may not be true of this row.
    """

    row: int
    question: str
    expected: str
    answer: str | None
    error: str = ""
    latency_s: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """How many of n answers were right, with the 95% Wilson interval of the share."""

    name: str
    right: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        return self.right / self.n if self.n else None
