"""How the recall learner keeps a model: model.json, and arrays.npz where there are arrays; no file can make it run anything."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import N_, WorkspaceError

if TYPE_CHECKING:
    import numpy as np

JSON_FILE = "model.json"
ARRAYS_FILE = "arrays.npz"
FORMAT = "tunesmith-recall"
VERSION = 1
MOST_BYTES = 2**30  # of either file; 50,000 labelled questions take some 20 MB

DAMAGED = N_("This saved model cannot be used: its files are damaged, or something else wrote them.")
TRAIN_AGAIN = N_("Train the model again; the data set and its job are not affected.")


class NotAModel(ValueError):
    """The folder holds something else than what `write_model` writes."""


def write_model(folder: Path, rest: Mapping[str, Any], arrays: Mapping[str, "np.ndarray"] | None = None) -> None:
    """Write a model into an existing folder; model.json comes last and names the other file's hash."""
    import numpy as np

    about: dict[str, Any] = {"format": FORMAT, "version": VERSION, **rest}
    if arrays is not None:
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **dict(arrays))
        (folder / ARRAYS_FILE).write_bytes(buffer.getvalue())
        about["arrays_sha256"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    # ASCII alone: a lone half of a surrogate pair in a text survives, too
    (folder / JSON_FILE).write_text(json.dumps(about), encoding="ascii")


def read_model(folder: Path) -> tuple[dict[str, Any], dict[str, "np.ndarray"]]:
    """What `write_model` wrote; raises NotAModel or OSError for anything else."""
    try:
        about = json.loads(_bytes(folder / JSON_FILE), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotAModel(f"{JSON_FILE}: {error}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT or about.get("version") != VERSION:
        raise NotAModel(f"{JSON_FILE} was not written by this learner")
    if "arrays_sha256" not in about:
        return about, {}
    data = _bytes(folder / ARRAYS_FILE)
    if hashlib.sha256(data).hexdigest() != about["arrays_sha256"]:
        raise NotAModel(f"{ARRAYS_FILE} is not the file that {JSON_FILE} was written with")
    return about, _arrays(data)


def damaged(folder: Path, why: Exception) -> WorkspaceError:
    """The error that a user meets."""
    return WorkspaceError(DAMAGED, TRAIN_AGAIN, details=f"{folder.name}: {type(why).__name__}: {why}")


def _bytes(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise NotAModel(f"{path.name} is missing or is no plain file")
    if path.stat().st_size > MOST_BYTES:
        raise NotAModel(f"{path.name} is too large")
    return path.read_bytes()


def _arrays(data: bytes) -> dict[str, "np.ndarray"]:
    """The arrays of an .npz; never unpickles, never unpacks more than the file holds, and the names of its members are no paths."""
    import numpy as np

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise NotAModel(f"{ARRAYS_FILE} is compressed, which this learner never does")
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, ValueError, EOFError, MemoryError, NotImplementedError) as error:
        raise NotAModel(f"{ARRAYS_FILE}: {error}") from error
    if not all(isinstance(array, np.ndarray) for array in found.values()):
        raise NotAModel(f"{ARRAYS_FILE} holds something that is no array")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
