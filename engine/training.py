"""The work on one job, from checking its files to the saved model; done again after a crash, it writes nothing twice."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.base.chat_format import MIN_EXAMPLES
from core.base.errors import BadSetting, InputError
from core.base.types import Example
from engine import reading
from engine.counting import training_tokens
from engine.learners import HYPERPARAMETERS, Step, Training, TrainingFailed, TrainingRequest
from engine.learners.registry import Registry
from engine.lifecycle import fail, settle_pause
from engine.results import results_file
from engine.store import Store
from engine.store.rows import StoredJob

NO_LOSS = "This learner recalls the closest taught example: there is no loss to report."
_BAD_DATA = ("invalid_training_file", "training_file")


class Stopped(Exception):
    """The job was cancelled or paused; there is nothing more to do now."""


@dataclass(frozen=True)
class Workshop:
    """One job with all that the work on it needs."""

    store: Store
    job: StoredJob
    registry: Registry
    clock: Callable[[], float] = time.time
    steps: dict[int, Mapping[str, float]] = field(default_factory=dict)

    def now(self) -> int:
        """The time, as the API counts it."""
        return int(self.clock())

    def say(self, message: str, key: str, **more: Any) -> bool:
        """Write a line into the diary, once; whether it was new."""
        return self.store.events.add(self.job.id, message, key=key, now=self.now(), **more)

    def go_on(self) -> None:
        """Raise Stopped where a cancel or a pause has been asked for."""
        status = self.store.jobs.status(self.job.id)
        if status == "pausing" and settle_pause(self.store, self.job.id, now=self.now()):
            raise Stopped
        if status in ("cancelled", "paused", "failed"):
            raise Stopped


def work(shop: Workshop, *, only_validate: bool = False) -> None:
    """Take the job as far as it goes; with `only_validate` no further than into the queue."""
    try:
        examples = _validate(shop)
        if examples is not None and not only_validate:
            _train(shop, *examples)
    except Stopped:
        return
    except InputError as error:  # the learner's own sentence about the data or a hyperparameter
        message = f"{error} {error.hint.format(**error.params)}"
        code, param = ("invalid_hyperparameter", "hyperparameters") if isinstance(error, BadSetting) else _BAD_DATA
        fail(shop.store, shop.job.id, code=code, message=message, param=param, now=shop.now())
    except TrainingFailed as error:
        fail(shop.store, shop.job.id, code=error.code, message=str(error), param=None, now=shop.now())


def _validate(shop: Workshop) -> tuple[tuple[Example, ...], tuple[Example, ...]] | None:
    """The examples to train on and to validate with; None where the files were refused, which the job then says."""
    job, folder = shop.job, shop.store.jobs.folder(shop.job.id)
    shop.say(f"Validating training file: {job.training_file}", "validating")
    training = _read(shop, folder / "training.jsonl", "training_file", MIN_EXAMPLES)
    validation: tuple[Example, ...] | None = ()
    if training is not None and job.validation_file is not None:
        shop.say(f"Validating validation file: {job.validation_file}", "validating-validation")
        validation = _read(shop, folder / "validation.jsonl", "validation_file", 1)
    if training is None or validation is None:
        return None
    if shop.store.jobs.move(job.id, "queued", only_from=("validating_files",), validated=1):
        shop.say("Files validated, moving job to queued state", "validated")
    return training, validation


def _read(shop: Workshop, path: Path, param: str, least: int) -> tuple[Example, ...] | None:
    data, checked = path.read_bytes(), shop.job.validated
    if shop.job.method == "dpo":
        examples, refused = reading.pairs(data, least=least)
    else:
        examples, refused = reading.conversations(data, least=least, checked=checked)
    if refused is not None and not checked:
        fail(shop.store, shop.job.id, code=refused[0], message=refused[1], param=param, now=shop.now())
        return None
    return examples


def _train(shop: Workshop, training: tuple[Example, ...], validation: tuple[Example, ...]) -> None:
    store, job = shop.store, shop.job
    if not store.jobs.move(job.id, "running", only_from=("queued", "running")):
        shop.go_on()
        return
    shop.say("Fine-tuning job started", "started")
    # what was asked, not what an earlier run made of it: a training that is done again must come out the same
    usual = {name: job.asked[name] for name in HYPERPARAMETERS}
    request = TrainingRequest(
        base_model=job.model,
        training=training,
        validation=validation,
        seed=job.seed,
        method=job.method,
        further={name: value for name, value in job.asked.items() if name not in usual},
        folder=store.jobs.folder(job.id),
        deaths=job.deaths,
        **usual,
    )
    learner = shop.registry.learner(job.model)
    course = learner.start(request)
    store.jobs.move(job.id, "running", only_from=("running",), hyperparameters=dict(course.hyperparameters))
    before = store.models.save(job, "before", 0, lambda folder: learner.save_before(request, folder), now=shop.now())
    store.models.add(before)
    _follow(shop, course)
    shop.go_on()
    _finish(shop, course, training)


def _follow(shop: Workshop, course: Training) -> None:
    """Drive the training to its end, writing down every step."""
    said = _say_notes(shop, course.notes, 0)
    with closing(course.steps()) as steps:
        pace = _Pace(shop.clock)
        for step in steps:
            shop.go_on()
            # a loss that overflowed is no number, and JSON has no word for it: it is left out rather than invented
            step = replace(step, metrics={name: value for name, value in step.metrics.items() if math.isfinite(value)})
            shop.steps[step.step] = {"step": step.step, "total_steps": step.total_steps, **step.metrics}
            said = _say_notes(shop, course.notes, said)
            _tell(shop, step, pace.finish(step))
            if step.checkpoint:
                _checkpoint(shop, course, step)
    _say_notes(shop, course.notes, said)
    if not shop.steps:
        shop.say(NO_LOSS, "no-loss")


def _tell(shop: Workshop, step: Step, finish: int | None) -> None:
    """Write the step down; one that is computed a second time after a crash is a line of its own that says so."""
    key, data = f"step:{step.step}", dict(shop.steps[step.step])
    if step.origin == "again":
        job = shop.job
        key, data = f"{key}:again:{job.deaths}:{job.interruptions}", {**data, "repeated": True}
    with shop.store.database.transaction():
        if shop.say(_in_words(step), key, data=data) and step.origin == "new":
            shop.store.jobs.forgive(shop.job.id)  # further than ever: what went wrong before is overcome
        if finish is not None:
            shop.store.jobs.expect_finish(shop.job.id, finish)


class _Pace:
    """When the training should be done, from the steps that were computed in this process.

    The first of them comes after whatever had to be loaded, which no later step does: the clock begins with its end.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first: tuple[int, float] | None = None

    def finish(self, step: Step) -> int | None:
        """The moment of the last step at this pace; None before two steps were computed."""
        if step.origin == "before":
            return None
        now = self._clock()
        if self._first is None:
            self._first = step.step, now
        number, began = self._first
        return int(now + (now - began) / (step.step - number) * (step.total_steps - step.step)) if step.step > number else None


def _say_notes(shop: Workshop, notes: Sequence[str], said: int) -> int:
    for number, note in enumerate(notes[said:], start=said):
        shop.say(note, f"note:{number}")
    return len(notes)


def _in_words(step: Step) -> str:
    losses = {"training": step.metrics.get("train_loss"), "validation": step.metrics.get("valid_loss")}
    parts = [f"{name} loss={loss:.2f}" for name, loss in losses.items() if loss is not None]
    parts += ["computed again"] if step.origin == "again" else []
    return f"Step {step.step}/{step.total_steps}" + (": " + ", ".join(parts) if parts else "")


def _checkpoint(shop: Workshop, course: Training, step: Step) -> None:
    store, job = shop.store, shop.job
    model = store.models.save(job, "checkpoint", step.step, course.save, now=shop.now())
    with store.database.transaction():
        store.models.add(model)
        store.checkpoints.add(model, step.step, {"step": step.step, **step.metrics})
        shop.say(f"Checkpoint created at step {step.step}", f"checkpoint:{step.step}")
    for superfluous in store.checkpoints.superfluous(job.id):
        store.models.delete(superfluous)


def _finish(shop: Workshop, course: Training, training: Sequence[Example]) -> None:
    store, job = shop.store, shop.job
    tokens = _learned(shop, course, training)
    now, result = shop.now(), f"file-{job.id.partition('-')[2]}"  # one file for one job, however often it runs
    model = store.models.save(job, "final", None, course.save, now=now)
    with store.database.transaction():
        done = store.jobs.move(
            job.id,
            "succeeded",
            only_from=("running",),
            fine_tuned_model=model.id,
            result_file=result,
            trained_tokens=tokens,
            finished_at=now,
            estimated_finish=None,
        )
        if done:
            store.models.add(model)
            store.files.write(
                result, results_file(list(shop.steps.values())), filename="step_metrics.csv", purpose="fine-tune-results", now=now
            )
            shop.say("New fine-tuned model created", "model")
            shop.say("The job has successfully completed", "done")
    if not done:  # cancelled or paused in the very last moment
        store.models.throw_away(model)
        shop.go_on()


def _learned(shop: Workshop, course: Training, training: Sequence[Example]) -> int:
    """The tokens learned from over all epochs: the learner's own count, or ours of the whole examples."""
    if course.trained_tokens is not None:
        return course.trained_tokens
    counted, epochs = shop.store.jobs.need(shop.job.id).tokens, course.hyperparameters.get("n_epochs")
    tokens = training_tokens(training) if counted is None else counted
    # without steps the examples were read once, whatever number of epochs was asked for
    return tokens * epochs if shop.steps and isinstance(epochs, int) else tokens
