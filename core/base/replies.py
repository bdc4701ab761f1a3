"""What a model answered: one reply, the answer to one row, and how many of them were right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests or tokens may still be asked for (`left` of `limit`), and in how many seconds all of them may be again."""

    limit: float
    left: float
    reset_s: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a server says about how much more it may be asked; None where it says nothing of that kind."""

    requests: Quota | None = None
    tokens: Quota | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a model; seconds are measured from the call, tokens are the server's own count.

    `notes` is what the local engine says about its answer, `ignored` the sampling parameters that it says had no effect, `allowance` what
    the server said about its limits.
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
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model answered for one row, or why it did not; `error` is a sentence for the reader.

    `notes` is what the local engine says about its answer: where it was recalled from, and what in it may not be true of this row.
    `finish_reason` is the server's word for why the answer ended ("length" where a limit cut it), `usd` what the answer cost at the price
    that was known when it came, None where none was.
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
    finish_reason: str = ""
    usd: float | None = None


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
