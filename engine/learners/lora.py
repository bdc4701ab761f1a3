"""Small open models, really fine-tuned: a process of its own trains, another answers, and this is what the engine knows of them."""

import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep
from typing import Any

from core.base.errors import N_, WorkspaceError
from engine.elsewhere import note_down
from engine.learners import Learner, Model, Step, Training, TrainingDied, TrainingFailed, TrainingRequest
from engine.lifecycle import death_in_words
from engine.lora import saved
from engine.lora.catalogue import BaseModel
from engine.lora.course import Course
from engine.lora.desk import Desk
from engine.lora.files import fetched, remove_folder
from engine.lora.fit import fit, training_precision
from engine.lora.launching import CLUSTER_VARIABLE, launch
from engine.lora.library import Library, library_folder
from engine.lora.models import LoraModel
from engine.lora.pack import pack_state
from engine.lora.plan import TrainPlan
from engine.lora.progress import Progress
from engine.lora.refusals import Refused
from engine.lora.saved import Sheet
from engine.lora.settle import resolved, settle

PROCESSES = "TUNESMITH_PROCESSES"  # how many processes train together; one uses all cores as well as two do on a small machine
CHECKPOINTS = "TUNESMITH_CHECKPOINTS"  # a folder or an fsspec address that all machines of a cluster see
MOST_PROCESSES = 1024
KEPT = 3  # of the models that a training offers on its way, as many as the engine keeps of them: each may have gigabytes
LOOK_EVERY = 0.05  # seconds; a step of the smallest model takes longer
STOP_WITHIN = 60.0  # seconds for the step under way and its checkpoint

BASE_GONE = N_("The base model {name} is no longer on this machine.")
GET_IT_AGAIN = N_("Get it again; what was learned is kept and answers as before then.")
BASE_OTHER = N_("“{name}” is another base model now than the one that this model was trained on.")
BRING_BACK = N_("Remove it, and get the one back that bore that name then.")
_OUT_OF_MEMORY = (
    "The training process was ended by the system twice, which is its answer to a lack of memory. "
    "Try batch_size {batch} and context_length {context}, or a smaller model."
)


@dataclass(frozen=True)
class LocalModels:
    """The models of a library, offered where the pack is installed; the desk is where their answers come from."""

    library: Library
    desk: Desk

    @classmethod
    def at(cls, home: Path) -> "LocalModels":
        """Those of an engine's home."""
        return cls(Library(library_folder(home)), Desk())

    def names(self) -> tuple[str, ...]:
        """Those that are whole."""
        return self.library.ready() if pack_state().installed else ()

    def learner(self) -> Learner:
        """What teaches them, and answers with them."""
        return LoraLearner(self.library, self.desk)

    def let_go(self, name: str) -> None:
        """End the process that answers with this one, unless somebody waits for it."""
        self.desk.free(self.library.folder / name)

    def close(self) -> None:
        """End every process that answers."""
        self.desk.close()


@dataclass(frozen=True)
class LoraLearner:
    """Teaches a base model by an adapter beside its weights, or by all of its weights."""

    library: Library
    desk: Desk

    @property
    def base_models(self) -> tuple[str, ...]:
        """Every model of the library."""
        return self.library.ready()

    def start(self, request: TrainingRequest) -> Training:
        """Prepare the training; raises TrainingFailed where the model is gone or does not fit into this machine's memory."""
        try:
            about = self.library.about(request.base_model)
            base = self.library.path(request.base_model)
        except KeyError:
            raise TrainingFailed("model_not_available", BASE_GONE.format(name=request.base_model)) from None
        plan, notes = settle(request, base, about.context, folder=_folder(request), processes=_processes())
        plan = replace(plan, base_sha256=self.library.weights(request.base_model))
        _check_memory(about, plan)
        known: dict[str, Any] = {"revision": about.revision, "licence": about.licence, "base_sha256": plan.base_sha256}
        return LoraTraining(request, plan, notes, Sheet(**_origin(request, plan), **known))

    def save_before(self, request: TrainingRequest, folder: Path) -> None:
        """The base model is what the tuned one is compared with: nothing but its name needs to be kept."""
        saved.write(folder, Sheet(request.base_model, "base"))

    def load(self, folder: Path) -> Model:
        """Read a saved model; raises WorkspaceError where the folder holds anything else, or its base model is gone or another one now."""
        sheet = saved.read(folder)
        base = self._base(sheet.base)
        if sheet.kind == "lora" and sheet.base_sha256 not in ("", self.library.weights(sheet.base)):
            raise WorkspaceError(BASE_OTHER, BRING_BACK, name=sheet.base)
        return LoraModel(base, folder if sheet.kind != "base" else None, self.desk)

    def base(self, base_model: str) -> Model:
        """The base model as it is."""
        return LoraModel(self._base(base_model), None, self.desk)

    def _base(self, name: str) -> Path:
        try:
            return self.library.path(name)
        except KeyError:
            raise WorkspaceError(BASE_GONE, GET_IT_AGAIN, name=name) from None


def _check_memory(about: BaseModel, plan: TrainPlan) -> None:
    """Raise TrainingFailed where this machine's memory does not suffice; what a cluster has is not known here."""
    if os.environ.get(CLUSTER_VARIABLE):
        return
    precision = training_precision(plan.tuning)
    try:
        fit(
            about,
            use=plan.tuning,
            precision=precision,
            reference=plan.method == "dpo" and plan.tuning == "full",
            processes=plan.processes,
        ).check()
    except Refused as refused:
        raise TrainingFailed("model_too_large", f"{refused} {refused.hint.format(**refused.params)}") from refused


def _origin(request: TrainingRequest, plan: TrainPlan) -> dict[str, Any]:
    """Where a model that this trains comes from."""
    return {
        "base": request.base_model,
        "kind": plan.tuning,
        "method": plan.method,
        "training_sha256": saved.file_hash(Path(plan.training)),
        "validation_sha256": saved.file_hash(Path(plan.validation)) if plan.validation else "",
        "examples": len(request.training),
        "hyperparameters": {**resolved(plan, request.learning_rate_multiplier), "seed": plan.seed, "learning_rate": plan.learning_rate},
    }


def _processes() -> int:
    chosen = os.environ.get(PROCESSES) or "1"
    if not (chosen.isdecimal() and 1 <= int(chosen) <= MOST_PROCESSES):
        message = f"{PROCESSES} is {chosen[:20]!r} and must be a whole number from 1 to {MOST_PROCESSES}."
        raise TrainingFailed("invalid_hyperparameter", message)
    return int(chosen)


def _folder(request: TrainingRequest) -> str:
    assert request.folder is not None
    elsewhere = os.environ.get(CHECKPOINTS)
    return f"{elsewhere.rstrip('/')}/{request.folder.name}" if elsewhere else str(request.folder / "lora")


class LoraTraining:
    """A training process, followed by what it writes down; a second run of the same goes on from the last checkpoint of the first."""

    def __init__(self, request: TrainingRequest, plan: TrainPlan, notes: tuple[str, ...], sheet: Sheet) -> None:
        assert request.folder is not None
        self._scratch = request.folder / "lora"
        self._sheet = sheet
        self._plan = plan
        self._deaths = request.deaths
        self._course = Course()
        self._course.notes += notes
        self._progress = Progress(plan.folder)
        self._is_over = False
        self.hyperparameters: Mapping[str, Any] = resolved(plan, request.learning_rate_multiplier)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing about the values that were chosen, and about the data."""
        return tuple(self._course.notes)

    @property
    def trained_tokens(self) -> int | None:
        """The tokens that were learned from, by the model's own tokenizer, over all epochs; None before the end."""
        return self._course.tokens

    def steps(self) -> Generator[Step, None, None]:
        """Start the training process and tell its steps as it writes them down.

        Raises TrainingFailed where it says that it cannot go on, TrainingDied where it ended without a word.
        """
        for record in self._progress.new():
            self._course.remember(record)
        if self._course.final is not None:
            yield from map(self._kept, self._course.replay())
            self._is_over = True
            return
        if self._plan.folder != str(self._scratch):
            note_down(self._scratch, self._plan.folder)
        process = launch(self._plan, self._scratch)
        try:
            while (code := process.returncode) is None:
                yield from self._told()
                sleep(LOOK_EVERY)
            yield from self._told()  # its last words
        finally:
            if process.returncode is None:
                process.stop()
                if process.wait(STOP_WITHIN) is None:
                    process.kill()
            else:
                process.wait()
        if self._course.final is None:
            self._explain(code, process.last_words())
        self._is_over = True

    def _told(self) -> Iterator[Step]:
        for record in self._progress.new():
            yield from map(self._kept, self._course.take(record))

    def _kept(self, step: Step) -> Step:
        """A checkpoint of an earlier run is only one if it still lies there: the older ones have made room."""
        gone = step.checkpoint and step.origin == "before" and not self._place(self._course.published).is_dir()
        return replace(step, checkpoint=False) if gone else step

    def _place(self, path: str | None) -> Path:
        assert path is not None, "there is nothing to save before the first checkpoint"
        return fetched(self._plan.folder, path, self._scratch)

    def _explain(self, code: int, last_words: str) -> None:
        failure = self._course.failure
        if failure is not None:
            raise TrainingFailed(str(failure["code"]), str(failure["message"]))
        if code == -9 and self._deaths and not self._course.came_further:
            smaller = {"batch": max(1, self._plan.batch_size // 2), "context": max(64, self._plan.context_length // 2)}
            raise TrainingFailed("out_of_memory", _OUT_OF_MEMORY.format(**smaller))
        raise TrainingDied(death_in_words(code, last_words))

    def save(self, folder: Path) -> None:
        """Write the checkpoint that was told last, or the result, into a folder of the store."""
        weights = self._place(self._course.final if self._is_over else self._course.published)
        saved.write(folder, replace(self._sheet, metrics=self._course.metrics), weights)
        for path in self._course.superseded(KEPT):
            remove_folder(self._plan.folder, path)
