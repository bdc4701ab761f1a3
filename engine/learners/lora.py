"""Small open models, really fine-tuned: a process of its own trains, another answers, and this is what the engine knows of them."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.base.errors import N_, WorkspaceError
from engine.learners import Learner, Model, Training, TrainingFailed, TrainingRequest
from engine.learners.lora_training import LoraTraining
from engine.lora import saved
from engine.lora.catalogue import BaseModel
from engine.lora.desk import Desk
from engine.lora.device import present
from engine.lora.fit import fit
from engine.lora.launching import CLUSTER_VARIABLE
from engine.lora.library import Library, library_folder
from engine.lora.models import LoraModel
from engine.lora.pack import pack_state
from engine.lora.plan import TrainPlan
from engine.lora.refusals import Refused
from engine.lora.saved import Sheet
from engine.lora.settle import resolved, settle

PROCESSES = "TUNESMITH_PROCESSES"  # how many processes train together; one uses all cores as well as two do on a small machine
CHECKPOINTS = "TUNESMITH_CHECKPOINTS"  # a folder or an fsspec address that all machines of a cluster see
MOST_PROCESSES = 1024

BASE_GONE = N_("The base model {name} is no longer on this machine.")
GET_IT_AGAIN = N_("Get it again; what was learned is kept and answers as before then.")
BASE_OTHER = N_("“{name}” is another base model now than the one that this model was trained on.")
BRING_BACK = N_("Remove it, and get the one back that bore that name then.")


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

    def let_go(self, name: str) -> bool:
        """End the process that answers with this one; False where somebody waits for its answer."""
        return self.desk.free(self.library.folder / name)

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
        _check_files(self.library, request.base_model)
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


def _check_files(library: Library, name: str) -> None:
    """Raise TrainingFailed where the model's files are others than those that came: a training takes longer than reading them."""
    try:
        library.check(name)
    except Refused as refused:
        raise TrainingFailed("model_unusable", f"{refused} {refused.hint.format(**refused.params)}") from refused


def _check_memory(about: BaseModel, plan: TrainPlan) -> None:
    """Raise TrainingFailed where the memory does not suffice that it trains in; what a cluster has is not known here."""
    if os.environ.get(CLUSTER_VARIABLE):
        return
    reference = plan.method == "dpo" and plan.tuning == "full"
    try:
        fit(about, present(afresh=True), use=plan.tuning, reference=reference, processes=plan.processes).check()
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
