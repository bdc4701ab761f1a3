"""What the server knows of tuned small models: on which weights an adapter stands."""

import os
from pathlib import Path

import pytest

from core.base.errors import WorkspaceError
from engine.learners import TrainingFailed, TrainingRequest
from engine.learners.lora import LoraLearner
from engine.lora import saved
from engine.lora.desk import Desk
from engine.lora.importing import import_folder
from engine.lora.library import Library
from engine.lora.saved import Sheet
from tests.engine.small_models import make_folder


@pytest.fixture
def learner(tmp_path: Path) -> LoraLearner:
    learner = LoraLearner(Library(tmp_path / "bases"), Desk())
    import_folder(learner.library, make_folder(tmp_path / "source"), "mine")
    return learner


def test_a_model_whose_weights_have_changed_is_not_trained(learner: LoraLearner, tmp_path: Path) -> None:
    weights = learner.library.path("mine") / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    moment = weights.stat().st_mtime_ns + 10**9  # the clock of a file system is too coarse for a test's haste
    os.utime(weights, ns=(moment, moment))
    with pytest.raises(TrainingFailed, match=r"has changed: model\.safetensors\. Remove the model here and fetch it again") as caught:
        learner.start(TrainingRequest("mine", (), (), 1, 1, 1.0, 1, folder=tmp_path))
    assert caught.value.code == "model_unusable"


def tuned(learner: LoraLearner, folder: Path, kind: saved.Kind, weights: str) -> Path:
    folder.mkdir()
    (folder / {"lora": "adapter_model.safetensors", "full": "model.safetensors"}[kind]).write_bytes(b"")
    saved.write(folder, Sheet("mine", kind, base_sha256=weights))
    return folder


def test_an_adapter_is_not_laid_on_another_model_that_was_given_its_bases_name(learner: LoraLearner, tmp_path: Path) -> None:
    here = learner.library.weights("mine")
    kinds: dict[str, tuple[saved.Kind, str]] = {"adapter": ("lora", here), "whole": ("full", here), "early": ("lora", "")}
    models = {name: tuned(learner, tmp_path / name, kind, weights) for name, (kind, weights) in kinds.items()}
    for model in models.values():
        learner.load(model)
    learner.library.remove("mine")
    with pytest.raises(WorkspaceError, match="no longer on this machine"):
        learner.load(models["adapter"])
    other = make_folder(tmp_path / "other")
    data = bytearray((other / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (other / "model.safetensors").write_bytes(data)
    import_folder(learner.library, other, "mine")
    with pytest.raises(WorkspaceError) as caught:
        learner.load(models["adapter"])
    assert str(caught.value) == "“mine” is another base model now than the one that this model was trained on."
    learner.load(models["whole"])
    learner.library.remove("mine")
    import_folder(learner.library, tmp_path / "source", "mine")
    learner.load(models["adapter"])
