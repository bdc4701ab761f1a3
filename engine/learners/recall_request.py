"""What the recall learner makes of a request: which answers an example teaches, and what the hyperparameters come to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.base.errors import N_
from core.base.scope import Scope, earlier_turns, last_question
from core.base.types import Example
from engine.learners import TrainingRequest
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

NO_RATE = N_("The learning rate multiplier has no effect here: this model takes no steps of a size that could be chosen.")
SAME_SYSTEM = N_("The system prompt is the same in every example, so it is not read.")


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


def resolved(request: TrainingRequest, epochs: int, batch: int) -> dict[str, Any]:
    """The hyperparameters as they are shown: what was asked for, or what was found where that was left open."""
    rate = request.learning_rate_multiplier
    return {
        "n_epochs": epochs if request.n_epochs == "auto" else request.n_epochs,
        "batch_size": batch if request.batch_size == "auto" else request.batch_size,
        "learning_rate_multiplier": 1.0 if rate == "auto" else rate,
    }
