"""A candidate of a comparison: which model is asked, with which settings, and what stands before each question."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from core.base.types import Example, Message
from core.io.openai_shapes import chat_messages
from core.io.workspace import RunRow

# What a candidate is. "recorded" was asked elsewhere: its answers came in a file, and nothing is sent for it.
Kind = Literal["base", "tuned", "practice", "checkpoint", "elsewhere", "recorded"]

# The same question should get the same answer each time that it is asked, or a difference could be the dice.
DEFAULT_SETTINGS: Final[Mapping[str, Any]] = {"temperature": 0}

_SHORTEST, _LONGEST = 64, 512  # tokens of an answer
_SYSTEM = ("system", "developer")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent before a row's question: its system prompt or none, and so many similar training examples."""

    system: bool = True
    shots: int = 0


AS_TRAINED: Final = Prompt()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that takes part: `label` is what the table calls it, `settings` the sampling parameters that are sent."""

    kind: Kind
    label: str
    connection_id: str
    origin: str
    model: str
    settings: Mapping[str, Any] = field(default_factory=lambda: dict(DEFAULT_SETTINGS))
    prompt: Prompt = AS_TRAINED

    @property
    def id(self) -> str:
        """The same for the same candidate in every language and session (16 hex digits): all that it is but its label."""
        what = [self.kind, self.connection_id, self.origin, self.model, dict(self.settings), self.prompt.system, self.prompt.shots]
        return hashlib.sha256(json.dumps(what, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:16]

    def asks_the_same(self, other: "Candidate") -> bool:
        """Whether the other one's answers are the same run: what the two are called, and what they are taken for, may differ."""
        mine, theirs = ((one.origin, one.model, dict(one.settings), one.prompt) for one in (self, other))
        return mine == theirs

    def messages(self, example: Example, shots: Sequence[Example] = ()) -> tuple[Message, ...]:
        """What is sent to ask one row: the system prompt, the examples `shots` as turns that were answered well, then the row's question.

        As it was taught a row is sent message by message: a system message that stands elsewhere stays where it is.
        """
        if self.prompt == AS_TRAINED:
            return example.prompt
        system = tuple(message for message in example.prompt if message.role in _SYSTEM) if self.prompt.system else ()
        shown = tuple(message for shot in shots[: self.prompt.shots] for message in shot.messages if message.role not in _SYSTEM)
        return (*system, *shown, *(message for message in example.prompt if message.role not in _SYSTEM))

    def rows(self, examples: Sequence[Example], shots: Sequence[Sequence[Example]] = ()) -> list[RunRow]:
        """The rows of a run: number, question, expected answer and the messages that are sent; `shots` by example, in their order."""
        given: Iterable[Sequence[Example]] = shots if shots else ((),) * len(examples)
        return [(one.row, one.question, one.answer, _json(self.messages(one, few))) for one, few in zip(examples, given, strict=True)]

    def named(self, label: str) -> "Candidate":
        """The same candidate under another name."""
        return replace(self, label=label)


def settings_for(answers: Iterable[str], *, small: bool) -> dict[str, Any]:
    """The sampling parameters for questions whose own answers are these.

    A small open model that was taught nothing often finds no end, and would write until it can hold no more: it may write twice as much
    as the longest answer, taken at three letters a token.
    """
    if not small:
        return dict(DEFAULT_SETTINGS)
    longest = max(map(len, answers), default=0)
    return {**DEFAULT_SETTINGS, "max_tokens": min(_LONGEST, max(_SHORTEST, 2 * longest // 3))}


def _json(messages: Sequence[Message]) -> str:
    return json.dumps(chat_messages(messages), ensure_ascii=False)
