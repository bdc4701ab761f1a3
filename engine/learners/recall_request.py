"""What the recall learner makes of a conversation: what was asked, what was said before, and which answers an example teaches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.base.types import Example, Message
from engine.learners.recall_files import NotAModel

# A question has one answer here, whatever the sampling; what else the API knows (tools, a response format) means nothing to it either.
IGNORED = (
    "temperature",
    "top_p",
    "seed",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "reasoning_effort",
    "verbosity",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
)
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
        """What `to_json` gave; raises NotAModel, or ValueError or TypeError for anything else."""
        system, turns = saved
        if not isinstance(system, bool) or not isinstance(turns, bool):
            raise NotAModel("what to look at is not said")
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


@dataclass(frozen=True)
class Taught:
    """One answer as it was taught: the text that is looked up, the turns before it, the question to show, the answer and its row."""

    looked_up: str
    earlier: tuple[str, ...]
    question: str
    answer: str
    row: int

    @classmethod
    def from_json(cls, saved: Any) -> "Taught":
        """What `to_json` gave; raises NotAModel, or ValueError or TypeError for anything else."""
        looked_up, earlier, question, answer, row = saved
        texts = (looked_up, *earlier, question, answer)
        if not all(type(text) is str for text in texts) or type(earlier) is not list or type(row) is not int:
            raise NotAModel("what was taught is not text")
        return cls(looked_up, tuple(earlier), question, answer, row)

    def to_json(self) -> list[Any]:
        """For a model's file."""
        return [self.looked_up, list(self.earlier), self.question, self.answer, self.row]


def last_question(messages: Sequence[Message]) -> str:
    """What the user said last, or an empty text."""
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def earlier_turns(messages: Sequence[Message]) -> list[str]:
    """Everything that was said beside the last question and the instructions, in order."""
    turns = [message for message in messages if message.role not in INSTRUCTIONS]
    last = max((i for i, message in enumerate(turns) if message.role == "user"), default=len(turns))
    return [message.content for i, message in enumerate(turns) if i != last]


def taught_answers(example: Example, scope: Scope) -> Iterator[Taught]:
    """Every answer that an example teaches: the last one, and as in any fine-tuning the earlier ones unless their weight is 0."""
    last = len(example.prompt)
    for at, message in enumerate(example.messages):
        if message.role != "assistant" or not message.content.strip():
            continue
        before = example.messages[:at]
        question = last_question(before)
        if at == last or (question and message.extra.get("weight") != 0):
            yield Taught(scope.asked(before), tuple(earlier_turns(before)), question, message.content, example.row)
