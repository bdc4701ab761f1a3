"""Trainings of the practice model where the answers are labels: counting in passes, or a linear machine that reads all rows at once."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from core.base.answers import AnswerShape
from core.base.bayes import PASSES
from core.base.bayes_model import BayesModel
from core.base.choice import Choice, choose
from core.base.errors import N_
from core.base.label_model import LabelModel
from core.base.linear import ROUNDS
from core.base.linear_model import LinearModel
from core.base.scope import Scope
from core.base.types import Example
from engine.learners import Step, Training, TrainingRequest
from engine.learners.recall_models import LabelAnswers
from engine.learners.recall_request import NO_RATE, SAME_SYSTEM, resolved

if TYPE_CHECKING:
    from core.base.label_model import Rows

Learned = TypeVar("Learned", bound=LabelModel)

STEPS_PER_EPOCH = 10  # enough points for a curve that can be read, whatever the size of the data
VALIDATED_PER_STEP = 500  # validation rows measured at every step; the end of an epoch measures all

AUTO_EPOCHS = N_("Epochs: 3. On the sample data the third reading still helped a little, and from the sixth on more of them did harm.")
AUTO_ROUNDS = N_("Epochs: 3. After the third reading hardly anything changes any more.")
WHOLE_ANSWERS = N_("Loss and accuracy are of whole answers; each batch is measured before it is learned.")
LEARNED_ANSWERS = N_(
    "Loss and accuracy are of whole answers, once an epoch. The training figures are of rows that were just learned, "
    "and look better than answers to new questions are."
)
ALL_AT_ONCE = N_("The batch size has no effect here: every reading takes all the rows, and goes on where the one before it stopped.")
_LINES = "draws lines between the categories (a linear support vector machine)"
_PIECES = "counts pieces of words (naive Bayes)"
FAMILY = {
    "family_linear": f"A classifier that {_LINES}: of {{n}} rows held back it gets {{linear}} right. One that {_PIECES} gets {{bayes}}.",
    "family_bayes": f"A classifier that {_PIECES}: of {{n}} rows held back it gets {{bayes}} right. One that {_LINES} gets {{linear}}.",
    "family_alike": f"A classifier that {_PIECES}, the simpler kind: of {{n}} rows held back it gets {{bayes}} right. "
    f"One that {_LINES} gets {{linear}}.",
    "family_no_time": f"A classifier that {_PIECES}: there are too many rows to try another kind in a few seconds.",
    "family_not_tried": f"A classifier that {_PIECES}: there is too little data to try which kind does best.",
}


def label_training(request: TrainingRequest, taught: Sequence[Example], shape: AnswerShape) -> Training:
    """The training of the family that suits these examples: the same choice that the app's estimate makes."""
    scope = Scope.of(taught)
    questions, answers = [scope.whole(example.prompt) for example in taught], [example.answer for example in taught]
    choice = choose(questions, answers, shape)
    if choice.family == "linear":
        linear, rows = LinearModel.begin(questions, answers, shape, choice.temperature)
        return _LinearTraining(request, taught, scope, linear, rows, choice)
    bayes, rows = BayesModel.begin(questions, answers, shape)
    return _BayesTraining(request, taught, scope, bayes, rows, choice)


class _LabelTraining(Generic[Learned]):
    """What both have in common."""

    trained_tokens: int | None = None

    def __init__(
        self, request: TrainingRequest, taught: Sequence[Example], scope: Scope, model: Learned, rows: "Rows", choice: Choice
    ) -> None:
        self._scope, self._model, self._rows = scope, model, rows
        judged = [example for example in request.validation if example.answer.strip()]
        self._validation = self._encode(judged) if judged else None
        self._epochs = PASSES if isinstance(request.n_epochs, str) else request.n_epochs
        self._seed = request.seed
        self.notes = (*self._remarks(request, taught, choice), *self._own_remarks(request), NO_RATE)

    def _encode(self, examples: Sequence[Example]) -> "Rows":
        return self._model.encode([self._scope.whole(example.prompt) for example in examples], [example.answer for example in examples])

    def _remarks(self, request: TrainingRequest, taught: Sequence[Example], choice: Choice) -> Iterator[str]:
        shape, classes = self._model.space.shape, self._model.space.classes
        if shape.kind == "json":
            labels = ", ".join(f"{field}: {len(names)} labels" for field, names in zip(shape.fields, classes, strict=True))
            answers = len(self._model.space.texts)
            yield f"{len(self._rows)} examples with {answers} different answers: a classifier for each field ({labels}), decided together."
        else:
            yield f"{len(self._rows)} examples with {len(classes[0])} different labels."
        told = {name.removesuffix("_share"): f"{value:.0%}" for name, value in choice.reason.params.items() if name.endswith("_share")}
        yield FAMILY[choice.reason.code].format(n=choice.reason.params.get("n"), **told)
        if left_out := len(request.training) - len(self._rows):
            yield f"{left_out} of {len(request.training)} examples have no answer, or one of another shape, and are left out."
        if any(example.system for example in taught) and not self._scope.system:
            yield SAME_SYSTEM

    def _own_remarks(self, request: TrainingRequest) -> Iterator[str]:
        raise NotImplementedError

    def save(self, folder: Path) -> None:
        """Write the model as it stands now."""
        LabelAnswers(self._model, self._scope).save(folder)


class _BayesTraining(_LabelTraining[BayesModel]):
    """Passes over the data in an order given by the seed; every chunk is one `partial_fit` and one step."""

    def __init__(self, request: TrainingRequest, *more: Any) -> None:
        import numpy as np

        super().__init__(request, *more)
        self._sample = self._validation
        if self._validation is not None and len(self._validation) > VALIDATED_PER_STEP:
            chosen = np.random.default_rng(request.seed).permutation(len(self._validation))[:VALIDATED_PER_STEP]
            self._sample = self._validation.take(np.sort(chosen))
        auto = ceil(len(self._rows) / STEPS_PER_EPOCH)
        self._batch = auto if isinstance(request.batch_size, str) else request.batch_size
        self.hyperparameters: Mapping[str, Any] = resolved(request, self._epochs, self._batch)

    def _own_remarks(self, request: TrainingRequest) -> Iterator[str]:
        if request.n_epochs == "auto":
            yield AUTO_EPOCHS
        yield WHOLE_ANSWERS
        judged = 0 if self._validation is None else len(self._validation)
        if judged > VALIDATED_PER_STEP:
            yield f"Each step is validated on the same {VALIDATED_PER_STEP} of {judged} rows, the end of an epoch on all of them."

    def steps(self) -> Generator[Step, None, None]:
        """Count the chunks, epoch by epoch; the last step of each epoch calibrates and is a checkpoint."""
        import numpy as np

        rng = np.random.default_rng(self._seed)
        per_epoch = ceil(len(self._rows) / self._batch)
        for step in range(1, per_epoch * self._epochs + 1):
            place = (step - 1) % per_epoch
            if place == 0:
                order = rng.permutation(len(self._rows))
            chunk = self._rows.take(order[place * self._batch : (place + 1) * self._batch])
            # measured before it is learned: in the first epoch these rows are still new to the model, so the figure is an honest one
            metrics = _named("train", self._model.measure_rows(chunk))
            self._model.learn_rows(chunk)
            ends_epoch = place == per_epoch - 1
            if ends_epoch:
                self._model.calibrate(self._rows)
            if self._sample is not None and self._validation is not None:
                metrics |= _named("valid", self._model.measure_rows(self._sample))
                if ends_epoch:
                    metrics |= _named("full_valid", self._model.measure_rows(self._validation))
            yield Step(step, per_epoch * self._epochs, metrics, checkpoint=ends_epoch)


class _LinearTraining(_LabelTraining[LinearModel]):
    """Every epoch gives the solver some more rounds over all rows, and is one step: between two there is nothing to measure."""

    def __init__(self, request: TrainingRequest, *more: Any) -> None:
        super().__init__(request, *more)
        self.hyperparameters: Mapping[str, Any] = resolved(request, self._epochs, len(self._rows))

    def _own_remarks(self, request: TrainingRequest) -> Iterator[str]:
        if request.n_epochs == "auto":
            yield AUTO_ROUNDS
        yield LEARNED_ANSWERS
        yield ALL_AT_ONCE

    def steps(self) -> Generator[Step, None, None]:
        """Learn, epoch by epoch; each is a checkpoint."""
        for epoch in range(1, self._epochs + 1):
            self._model.learn_rows(self._rows, ROUNDS * epoch)
            metrics = _named("train", self._model.measure_rows(self._rows))
            if self._validation is not None:
                measured = self._model.measure_rows(self._validation)
                metrics |= _named("valid", measured) | _named("full_valid", measured)
            yield Step(epoch, self._epochs, metrics, checkpoint=True)


def _named(prefix: str, measured: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in measured.items()}
