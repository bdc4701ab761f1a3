"""The practice model: learns labels with naive Bayes in seconds, and otherwise answers with the closest example that it was taught."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from math import ceil, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.answers import AnswerShape, answer_kind, parse_answer
from core.base.bayes import PASSES
from core.base.bayes_model import BayesModel
from core.base.classify import majority
from core.base.errors import N_, BadSetting, TooFewExamples
from core.base.types import Example
from engine.learners import Model, Step, Training, TrainingRequest
from engine.learners.recall_advice import AdviceAnswers
from engine.learners.recall_models import LabelAnswers, load_model, save_majority, save_untaught, untaught
from engine.learners.recall_nearest import NearestAnswers
from engine.learners.recall_request import Scope, taught_answers

if TYPE_CHECKING:
    from core.base.label_model import Rows

STEPS_PER_EPOCH = 10  # enough points for a curve that can be read, whatever the size of the data
VALIDATED_PER_STEP = 500  # validation rows measured at every step; the end of an epoch measures all

NO_RATE = N_("learning_rate_multiplier has no effect here: this learner counts, it takes no steps of a chosen size.")
AUTO_EPOCHS = N_("n_epochs is 3: on the sample data the third pass still helped a little, and from the sixth on more passes did harm.")
WHOLE_ANSWERS = N_("Loss and accuracy are of whole answers; each batch is measured before it is learned.")
SAME_SYSTEM = N_("The system prompt is the same in every example, so it is not read.")
MEMORY = N_("The answers are free text: the examples are remembered once, and n_epochs and batch_size have no effect.")
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
        return _MemoryTraining(request, taught) if shape.kind == "text" else _LabelTraining(request, taught, shape)

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


class _LabelTraining:
    """Passes over the data in an order given by the seed; every chunk is one `partial_fit` and one step."""

    trained_tokens: int | None = None

    def __init__(self, request: TrainingRequest, taught: Sequence[Example], shape: AnswerShape) -> None:
        import numpy as np

        self._scope = Scope.of(taught)
        questions = [self._scope.whole(example.prompt) for example in taught]
        self._model, self._rows = BayesModel.begin(questions, [example.answer for example in taught], shape)
        judged = [example for example in request.validation if example.answer.strip()]
        self._validation = self._encode(judged) if judged else None
        self._sample = self._validation
        if self._validation is not None and len(judged) > VALIDATED_PER_STEP:
            chosen = np.random.default_rng(request.seed).permutation(len(judged))[:VALIDATED_PER_STEP]
            self._sample = self._validation.take(np.sort(chosen))
        self._epochs = PASSES if isinstance(request.n_epochs, str) else request.n_epochs
        auto = ceil(len(self._rows) / STEPS_PER_EPOCH)
        self._batch = auto if isinstance(request.batch_size, str) else request.batch_size
        self._seed = request.seed
        self.hyperparameters: Mapping[str, Any] = _resolved(request, self._epochs, self._batch)
        self.notes = tuple(self._remarks(request, taught, judged))

    def _encode(self, examples: Sequence[Example]) -> "Rows":
        return self._model.encode([self._scope.whole(example.prompt) for example in examples], [example.answer for example in examples])

    def _remarks(self, request: TrainingRequest, taught: Sequence[Example], judged: Sequence[Example]) -> Iterator[str]:
        shape, classes = self._model.space.shape, self._model.space.classes
        if shape.kind == "json":
            labels = ", ".join(f"{field}: {len(names)} labels" for field, names in zip(shape.fields, classes, strict=True))
            answers = len(self._model.space.texts)
            yield f"{len(self._rows)} examples with {answers} different answers: a classifier for each field ({labels}), decided together."
        else:
            yield f"{len(self._rows)} examples with {len(classes[0])} different labels."
        if left_out := len(request.training) - len(self._rows):
            yield f"{left_out} of {len(request.training)} examples have no answer, or one of another shape, and are left out."
        if request.n_epochs == "auto":
            yield AUTO_EPOCHS
        yield WHOLE_ANSWERS
        if len(judged) > VALIDATED_PER_STEP:
            yield f"Each step is validated on the same {VALIDATED_PER_STEP} of {len(judged)} rows, the end of an epoch on all of them."
        if any(example.system for example in taught) and not self._scope.system:
            yield SAME_SYSTEM
        yield NO_RATE

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

    def save(self, folder: Path) -> None:
        """Write the model as it stands now."""
        LabelAnswers(self._model, self._scope).save(folder)


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
        self.hyperparameters: Mapping[str, Any] = _resolved(request, 1, len(taught))
        self.notes: tuple[str, ...] = (*notes, NO_RATE)

    def steps(self) -> Generator[Step, None, None]:
        """Nothing to go through."""
        yield from ()

    def save(self, folder: Path) -> None:
        """Write what is remembered."""
        self._answers.save(folder)


def _named(prefix: str, measured: Mapping[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in measured.items()}


def _taught(examples: Sequence[Example]) -> list[Example]:
    taught = [example for example in examples if example.answer.strip()]
    if not taught:
        raise TooFewExamples(n=0, minimum=1)
    return taught


def _resolved(request: TrainingRequest, epochs: int, batch: int) -> dict[str, Any]:
    rate = request.learning_rate_multiplier
    return {
        "n_epochs": epochs if request.n_epochs == "auto" else request.n_epochs,
        "batch_size": batch if request.batch_size == "auto" else request.batch_size,
        "learning_rate_multiplier": 1.0 if rate == "auto" else rate,
    }


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
