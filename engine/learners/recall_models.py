"""The models of the recall learner as they lie in a folder: labels, advice on readings, looked-up text, one fixed answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.base.errors import N_
from core.base.families import from_arrays
from core.base.label_model import LabelModel
from core.base.scope import Scope
from core.base.types import Message
from engine.learners import Answer, Model
from engine.learners.recall_advice import AdviceAnswers
from engine.learners.recall_files import NotAModel, damaged, read_model, write_model
from engine.learners.recall_nearest import NearestAnswers
from engine.learners.recall_request import IGNORED

UNTAUGHT = N_("I am the practice model and have not been taught anything yet: train me with your examples first.")


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
    return FixedModel(Answer(UNTAUGHT, "recall-untaught", {"own_words": True}))


@dataclass(frozen=True)
class LabelAnswers:
    """Answers with the likeliest combination of labels; the notes hold its probability."""

    model: LabelModel
    scope: Scope
    ignored: tuple[str, ...] = IGNORED

    def answer(self, messages: Sequence[Message]) -> Answer:
        """The likeliest answer to the last question."""
        [(text, confidence)] = self.model.predict([self.scope.whole(messages)])
        return Answer(text, "recall-label", {"confidence": round(confidence, 4)})

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        arrays, rest = self.model.to_arrays()
        write_model(folder, {"answers": "label", "scope": self.scope.to_json(), "model": rest}, arrays)


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
            return LabelAnswers(from_arrays(arrays, about["model"]), Scope.from_json(about["scope"]))
        case "nearest":
            return NearestAnswers.from_json(about)
        case "advice":
            return AdviceAnswers.from_json(about)
        case "majority":
            if not isinstance(about["answer"], str) or not isinstance(about["share"], float):
                raise NotAModel("the commonest answer is no text")
            return FixedModel(Answer(about["answer"], "recall-majority", {"share": round(about["share"], 4)}))
        case "untaught":
            return untaught()
        case other:
            raise NotAModel(f"unknown kind {other!r}")
