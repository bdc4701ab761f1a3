"""Saved models of the small open ones: with their weights, or not at all."""

from pathlib import Path

import pytest

from core.base.errors import WorkspaceError
from engine.lora import saved
from engine.lora.saved import Sheet


@pytest.mark.parametrize(("kind", "name"), [("lora", "adapter_model.safetensors"), ("full", "model-00001-of-00002.safetensors")])
def test_a_model_is_saved_with_its_weights_and_none_without(kind: saved.Kind, name: str, tmp_path: Path) -> None:
    weights, model = tmp_path / "weights", tmp_path / "model"
    for folder in (weights, model):
        folder.mkdir()
    with pytest.raises(FileNotFoundError):
        saved.write(model, Sheet("tiny", kind), weights)
    assert not (model / saved.SHEET).exists()
    (weights / name).write_bytes(b"old")
    saved.write(model, Sheet("tiny", kind), weights)
    assert saved.read(model) == Sheet("tiny", kind)
    (model / name).unlink()
    with pytest.raises(WorkspaceError):
        saved.read(model)
