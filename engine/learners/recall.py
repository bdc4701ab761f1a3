"""The practice model: learns labels in seconds with what suits them, and otherwise answers with the closest example that it was taught."""

from collections.abc import Generator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from core.base.answers import answer_kind, parse_answer
from core.base.classify import majority
from core.base.errors import N_, BadSetting, TooFewExamples
from core.base.scope import Scope
from core.base.types import Example
from engine.learners import Model, Step, Training, TrainingRequest
from engine.learners.recall_advice import AdviceAnswers
from engine.learners.recall_labels import label_training
from engine.learners.recall_models import load_model, save_majority, save_untaught, untaught
from engine.learners.recall_nearest import NearestAnswers
from engine.learners.recall_request import NO_RATE, SAME_SYSTEM, resolved, taught_answers

MEMORY = N_("The answers are free text: the examples are remembered once, and epochs and batch size have no effect.")
READINGS = N_(
    "The questions are readings: each is answered with the advice for the closest taught reading that points the same way, "
    "and the numbers in it become those of the reading asked about."
)
TURNS = N_("Earlier answers of a conversation are remembered, too. The last question decides; what came before it only helps to choose.")


class RecallLearner:
    """Labels and flat JSON are classified; free text is looked up. Learns from the answers alone which of the two it is."""

    base_models: tuple[str, ...] = ("recall",)

    def start(self, request: TrainingRequest) -> Training:
        """Prepare the training; raises TooFewExamples where no example has an answer and BadSetting for a hyperparameter out of range."""
        _check(request)
        taught = _taught(request.training)
        shape = answer_kind([example.answer for example in taught])
        return _MemoryTraining(request, taught) if shape.kind == "text" else label_training(request, taught, shape)

    def save_before(self, request: TrainingRequest, folder: Path) -> None:
        """Write what it is honest to compare with: for labels always the commonest answer, for free text nothing taught."""
        answers = [example.answer for example in _taught(request.training)]
        shape = answer_kind(answers)
        if shape.kind == "text":
            save_untaught(folder)
        else:
            commonest = majority(answers)
            same = sum(parse_answer(answer, shape) == parse_answer(commonest, shape) for answer in answers)
            save_majority(folder, commonest, same / len(answers))

    def load(self, folder: Path) -> Model:
        """Read a saved model; raises WorkspaceError where the folder holds anything else."""
        return load_model(folder)

    def base(self, base_model: str) -> Model:
        """The model that has been taught nothing, and says so."""
        if base_model not in self.base_models:
            raise KeyError(base_model)
        return untaught()


class _MemoryTraining:
    """Remembers the examples, as advice where the questions are readings; there is nothing to repeat and no loss to report."""

    trained_tokens: int | None = None

    def __init__(self, request: TrainingRequest, taught: Sequence[Example]) -> None:
        scope = Scope.of(taught)
        nearest = NearestAnswers([one for example in taught for one in taught_answers(example, scope)], scope)
        advice = AdviceAnswers.learned(nearest)
        self._answers: NearestAnswers | AdviceAnswers = advice or nearest
        notes = [MEMORY]
        if advice:
            notes.append(READINGS)
        if scope.turns:
            notes.append(TURNS)
        if any(example.system for example in taught) and not scope.system:
            notes.append(SAME_SYSTEM)
        self.hyperparameters: Mapping[str, Any] = resolved(request, 1, len(taught))
        self.notes: tuple[str, ...] = (*notes, NO_RATE)

    def steps(self) -> Generator[Step, None, None]:
        """Nothing to go through."""
        yield from ()

    def save(self, folder: Path) -> None:
        """Write what is remembered."""
        self._answers.save(folder)


def _taught(examples: Sequence[Example]) -> list[Example]:
    taught = [example for example in examples if example.answer.strip()]
    if not taught:
        raise TooFewExamples(n=0, minimum=1)
    return taught


def _check(request: TrainingRequest) -> None:
    """Raise BadSetting for what is outside the ranges of the API; a batch size left to the learner may well be above 256."""
    for name, value, high in (("n_epochs", request.n_epochs, 50), ("batch_size", request.batch_size, 256)):
        if value != "auto" and not (type(value) is int and 1 <= value <= high):
            message = N_("{name} is {value}, and must be “auto” or a whole number from 1 to {high}.")
            raise BadSetting(message, name=name, value=value, high=high)
    rate = request.learning_rate_multiplier
    if rate != "auto" and not (type(rate) in (int, float) and isfinite(rate) and rate > 0):  # type: ignore[arg-type,operator]
        raise BadSetting(N_("learning_rate_multiplier is {value}, and must be “auto” or a number above 0."), value=rate)
    if not (type(request.seed) is int and 0 <= request.seed <= 2**31 - 1):
        raise BadSetting(N_("The seed is {value}, and must be a whole number from 0 to 2147483647."), value=request.seed)
