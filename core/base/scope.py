"""What is looked at of a conversation by whatever answers from examples: the last question, and what was before it where that differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.base.types import Example, Message

INSTRUCTIONS = ("system", "developer")


@dataclass(frozen=True)
class Scope:
    """Which parts of a conversation are looked at beside the last question: only those in which the training data differ."""

    system: bool = False
    turns: bool = False

    @classmethod
    def of(cls, examples: Sequence[Example]) -> "Scope":
        """What must be looked at to tell these examples apart."""
        systems = {example.system for example in examples}
        return cls(system=len(systems) > 1, turns=any(earlier_turns(example.prompt) for example in examples))

    @classmethod
    def from_json(cls, saved: Any) -> "Scope":
        """What `to_json` gave; raises ValueError or TypeError for anything else."""
        system, turns = saved
        if not isinstance(system, bool) or not isinstance(turns, bool):
            raise ValueError("what to look at is not said")
        return cls(system, turns)

    def to_json(self) -> list[bool]:
        """For a model's file."""
        return [self.system, self.turns]

    def asked(self, messages: Sequence[Message]) -> str:
        """The question that is looked up, below its system prompt where those differ."""
        return "\n".join([*self._system(messages), last_question(messages)])

    def whole(self, messages: Sequence[Message]) -> str:
        """As `asked`, with everything that was said before in front where any example has such turns."""
        earlier = earlier_turns(messages) if self.turns else ()
        return "\n".join([*self._system(messages), *earlier, last_question(messages)])

    def _system(self, messages: Sequence[Message]) -> list[str]:
        return [message.content for message in messages if message.role in INSTRUCTIONS] if self.system else []


def last_question(messages: Sequence[Message]) -> str:
    """What the user said last, or an empty text."""
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def earlier_turns(messages: Sequence[Message]) -> list[str]:
    """Everything that was said beside the last question and the instructions, in order."""
    turns = [message for message in messages if message.role not in INSTRUCTIONS]
    last = max((i for i, message in enumerate(turns) if message.role == "user"), default=len(turns))
    return [message.content for i, message in enumerate(turns) if i != last]
