"""What the recall learner answers: a label, the closest taught answer, the commonest one, or that it was taught nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.base.errors import N_
from core.base.label_model import LabelModel
from core.base.similarity import Index
from core.base.types import Example, Message
from engine.learners import Answer, Model
from engine.learners.recall_files import NotAModel, damaged, read_model, write_model

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
UNTAUGHT = N_("I am the practice model and have not been taught anything yet: train me with your examples first.")
NOTHING_ALIKE = N_("I was taught nothing that is anything like this.")


@dataclass(frozen=True)
class Reading:
    """Which parts of a conversation are read beside the last question: only those in which the training data differ."""

    system: bool = False
    turns: bool = False

    @classmethod
    def of(cls, examples: Sequence[Example]) -> "Reading":
        """What must be read to tell these examples apart."""
        systems = {example.system for example in examples}
        return cls(system=len(systems) > 1, turns=any(_earlier(example.prompt) for example in examples))

    def text(self, messages: Sequence[Message]) -> str:
        """The conversation as the one text that is looked up."""
        system = [message.content for message in messages if message.role in ("system", "developer")] if self.system else []
        return "\n".join([*system, *(_earlier(messages) if self.turns else ()), _question(messages)])


def _question(messages: Sequence[Message]) -> str:
    return next((message.content for message in reversed(messages) if message.role == "user"), "")


def _earlier(messages: Sequence[Message]) -> list[str]:
    turns = [message for message in messages if message.role not in ("system", "developer")]
    last = max((i for i, message in enumerate(turns) if message.role == "user"), default=len(turns))
    return [message.content for i, message in enumerate(turns) if i != last]


@dataclass(frozen=True)
class FixedModel:
    """Says the same to everything."""

    reply: Answer
    ignored: tuple[str, ...] = IGNORED

    def answer(self, messages: Sequence[Message]) -> Answer:
        """The one reply."""
        return self.reply


def untaught() -> FixedModel:
    """The model before anything was taught."""
    return FixedModel(Answer(UNTAUGHT, "recall-untaught"))


@dataclass(frozen=True)
class LabelAnswers:
    """Answers with the likeliest combination of labels; the notes hold its probability."""

    model: LabelModel
    reading: Reading
    ignored: tuple[str, ...] = IGNORED

    def answer(self, messages: Sequence[Message]) -> Answer:
        """The likeliest answer to the last question."""
        [(text, confidence)] = self.model.predict([self.reading.text(messages)])
        return Answer(text, "recall-label", {"confidence": round(confidence, 4)})

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        arrays, rest = self.model.to_arrays()
        write_model(folder, {"answers": "label", "reading": [self.reading.system, self.reading.turns], "model": rest}, arrays)


class NearestAnswers:
    """Answers with what was taught for the closest question; the notes say which one, how close and in which row.

    How close it is does not tell right from wrong: on the ten facts of the chat example good paraphrases come down to 0.17 and questions
    about something else up to 0.35, so there is no threshold, and whoever shows the answer should show these notes.
    """

    ignored: tuple[str, ...] = IGNORED

    def __init__(self, pairs: Sequence[tuple[str, str, str, int]], reading: Reading) -> None:
        """`pairs`: the text looked up, the question to show, its answer and its row."""
        self.pairs = tuple(pairs)
        self.reading = reading
        self._index: Index | None = None

    def answer(self, messages: Sequence[Message]) -> Answer:
        """The answer to the closest question that was taught."""
        if self._index is None:
            self._index = Index([looked_up for looked_up, _, _, _ in self.pairs])
        indices, cosines = self._index.search([self.reading.text(messages)])
        similarity = float(cosines[0, 0])
        if similarity == 0.0:  # not one run of two letters in common
            return Answer(NOTHING_ALIKE, "recall-nearest", {"similarity": 0.0})
        _, question, answer, row = self.pairs[int(indices[0, 0])]
        return Answer(answer, "recall-nearest", {"matched": question, "similarity": round(similarity, 4), "row": row})

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        write_model(
            folder, {"answers": "nearest", "reading": [self.reading.system, self.reading.turns], "pairs": [list(p) for p in self.pairs]}
        )


def save_majority(folder: Path, answer: str, share: float) -> None:
    """Write the model that always gives one answer, that of `share` of the training data."""
    write_model(folder, {"answers": "majority", "answer": answer, "share": share})


def save_untaught(folder: Path) -> None:
    """Write the model that was taught nothing."""
    write_model(folder, {"answers": "untaught"})


def load_model(folder: Path) -> Model:
    """Read a saved model and try it once; raises WorkspaceError for files that are damaged or not ours."""
    try:
        about, arrays = read_model(folder)
        model = _model(about, arrays)
        model.answer([Message("user", "")])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(folder, error) from error
    return model


def _model(about: Mapping[str, Any], arrays: Mapping[str, Any]) -> Model:
    match about.get("answers"):
        case "label":
            return LabelAnswers(LabelModel.from_arrays(arrays, about["model"]), _reading(about))
        case "nearest":
            pairs = about["pairs"]
            if not pairs or not all([type(part) for part in pair] == [str, str, str, int] for pair in pairs):
                raise NotAModel("the taught pairs are not texts")
            return NearestAnswers([tuple(pair) for pair in pairs], _reading(about))
        case "majority":
            if not isinstance(about["answer"], str) or not isinstance(about["share"], float):
                raise NotAModel("the commonest answer is no text")
            return FixedModel(Answer(about["answer"], "recall-majority", {"share": round(about["share"], 4)}))
        case "untaught":
            return untaught()
        case other:
            raise NotAModel(f"unknown kind {other!r}")


def _reading(about: Mapping[str, Any]) -> Reading:
    system, turns = about["reading"]
    if not isinstance(system, bool) or not isinstance(turns, bool):
        raise NotAModel("what to read is not said")
    return Reading(system, turns)
