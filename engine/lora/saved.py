"""A trained model as the engine keeps it: the weights that were learned, and a sheet that says what they are and came from."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from core.base.errors import N_, WorkspaceError

SHEET = "about.json"
FORMAT = "tunesmith-lora"
VERSION = 1
Kind = Literal["base", "lora", "full"]
# all that a saved model may hold besides its sheet: weights as safetensors, settings and text as JSON; nothing that could run anything
_WEIGHTS = {
    "base": (),
    "lora": ("adapter_config.json", "adapter_model.safetensors"),
    "full": ("config.json", "generation_config.json", "model.safetensors", "model.safetensors.index.json"),
}
_SHARD = "model-*-of-*.safetensors"
_MOST_BYTES = 2**20  # of the sheet

DAMAGED = N_("This saved model cannot be used: its files are damaged, or something else wrote them.")
TRAIN_AGAIN = N_("Train the model again; the data set and its job are not affected.")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a saved model is: `kind` "base" is the base model itself, "lora" an adapter beside it, "full" all weights anew.

    `base_sha256` is that of the base model's weights (Library.weights): an adapter fits no others.
    """

    base: str
    kind: Kind
    revision: str = ""
    base_sha256: str = ""
    licence: str = ""
    method: str = ""
    training_sha256: str = ""
    validation_sha256: str = ""
    examples: int = 0
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


def write(folder: Path, sheet: Sheet, weights: Path | None = None) -> None:
    """Write a saved model into an existing folder: its weights from where the training left them, the sheet last.

    Files are linked where the disk allows it: a checkpoint is kept by the training, too, and all weights are large. Whoever writes
    another there makes a new file of it. Raises FileNotFoundError where there are no weights.
    """
    if weights is not None:
        names = [*_WEIGHTS[sheet.kind], *(path.name for path in weights.glob(_SHARD))]
        for name in names:
            source = weights / name
            if source.is_file() and not source.is_symlink():
                try:
                    os.link(source, folder / name)
                except OSError:  # another disk, or a file system without hard links
                    shutil.copyfile(source, folder / name)
        if not _has_weights(folder, sheet.kind):
            raise FileNotFoundError(f"there are no weights in {weights}")
    (folder / SHEET).write_text(json.dumps({"format": FORMAT, "version": VERSION, **asdict(sheet)}, indent=1), encoding="utf-8")


def read(folder: Path) -> Sheet:
    """The sheet of a saved model; raises WorkspaceError where the folder holds anything else, or lacks its weights."""
    path = folder / SHEET
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"{SHEET} is no plain file of a sheet's size")
        values = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(values, dict) or (values.pop("format", None), values.pop("version", None)) != (FORMAT, VERSION):
            raise ValueError(f"{SHEET} was not written by this learner")
        values.setdefault("base_sha256", "")  # written before this was noted
        if set(values) != {each.name for each in fields(Sheet)} or values["kind"] not in _WEIGHTS:
            raise ValueError(f"{SHEET} is not a sheet of this version")
        sheet = Sheet(**values)
        if not _has_weights(folder, sheet.kind):
            raise ValueError("its weights are missing")
    except (OSError, ValueError, RecursionError) as error:
        raise WorkspaceError(DAMAGED, TRAIN_AGAIN, details=f"{folder.name}: {type(error).__name__}: {error}") from error
    return sheet


def _has_weights(folder: Path, kind: Kind) -> bool:
    return kind == "base" or any(folder.glob("adapter_model.safetensors" if kind == "lora" else "model*.safetensors"))


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, or an empty string where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
