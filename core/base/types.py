"""The nouns that travel between the rooms: frozen dataclasses, no behaviour beyond reading themselves."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
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
    """Tokens of each example, in order; `exact` is False where another vendor's tokenizer had to be guessed.

    `assistant` are those of the answers alone, all together, and `answers` the same for each example (empty where nobody counted them).
    Of a large file these are arrays of machine numbers rather than tuples.
    Of preference pairs an example has its question once and both answers; `questions` are the tokens of the questions, which a server that
    counts each answer with its question counts a second time. It is 0 where there are no pairs.
    """

    encoding: str
    per_example: Sequence[int]
    assistant: int
    exact: bool
    questions: int = 0
    answers: Sequence[int] = ()
    total: int = field(init=False)  # added up once: a page asks some fifty times, and half a million examples take 5 ms

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", sum(self.per_example))


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs on one connection, in USD per million tokens; None is not known or not offered.

    `own` names the figures that the user entered, each with the day.
    """

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
    own: tuple[tuple[str, date], ...] = ()


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
