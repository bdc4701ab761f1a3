"""The base models on this machine: one folder each, in which tunesmith.json, written last, says that all of it is there.

A model is put together in a folder of its own under `.incoming` and moved into place whole. Every file's size and sha256 are noted;
`ready` looks at the sizes, `verify` reads everything, `check` reads where something has changed.
"""

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.lora.catalogue import BaseModel, is_id
from engine.lora.inspect_json import read_object
from engine.lora.refusals import Refused

RECORD = "tunesmith.json"
VARIABLE = "TUNESMITH_MODELS"
_FORMAT = 1
_INCOMING = ".incoming"
_GONE = ".gone"
_RECORD_LIMIT = 2**20
_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class Held:
    """One file of a model."""

    size: int
    sha256: str


def library_folder(home: Path) -> Path:
    """Where base models lie: where TUNESMITH_MODELS says, or in the engine's home."""
    chosen = os.environ.get(VARIABLE, "")
    return Path(chosen).expanduser() if chosen else home / "bases"


class Library:
    """The folder of base models; several processes may read it, and one at a time writes a model: whoever holds it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def ready(self) -> tuple[str, ...]:
        """The models that are whole, by id."""
        return tuple(id for id in self.ids() if self._try(id) is None)

    def unusable(self) -> Mapping[str, Refused]:
        """The models that lie here and cannot be used, each with the reason."""
        return {id: problem for id in self.ids() if (problem := self._try(id)) is not None}

    def ids(self) -> tuple[str, ...]:
        """Every model that lies here, whole or not."""
        with suppress(OSError):
            return tuple(sorted(entry.name for entry in os.scandir(self.folder) if is_id(entry.name) and entry.is_dir()))
        return ()

    def path(self, id: str) -> Path:
        """The folder of a model that is ready; raises KeyError."""
        self.about(id)
        return self.folder / id

    def about(self, id: str) -> BaseModel:
        """What a model that is ready is; raises KeyError."""
        if not is_id(id):
            raise KeyError(id)
        try:
            return self._about(id)
        except (Refused, OSError):
            raise KeyError(id) from None

    def files(self, id: str) -> Mapping[str, Held]:
        """The files of a model that is ready; raises KeyError."""
        self.about(id)
        return _read(self.folder / id)[1]

    def weights(self, id: str) -> str:
        """What tells the weights of a model that is ready from all others, made of the noted hashes; raises KeyError."""
        lines = [f"{name} {held.sha256}\n" for name, held in sorted(self.files(id).items()) if name.endswith(".safetensors")]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def verify(self, id: str) -> None:
        """Read every byte of a model that is ready and compare; raises Refused, or KeyError where there is none."""
        for name, held in self.files(id).items():
            if checksum(self.folder / id / name) != held.sha256:
                raise Refused("not_whole", file=name)

    def check(self, id: str) -> None:
        """The same where a file was written after the record, which is written last; where all is well, that is not asked again."""
        record = self.folder / id / RECORD
        newest = max((self.folder / id / name).stat().st_mtime_ns for name in self.files(id))
        if newest > record.stat().st_mtime_ns:
            self.verify(id)
            with suppress(OSError):  # a library that cannot be written to is read again
                os.utime(record, ns=(newest, newest))

    def incoming(self, id: str) -> Path:
        """The folder in which a model is put together; what lies there already is kept, so that a download can go on."""
        place = self.folder / _INCOMING / id
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise Refused("no_permission", folder=str(self.folder)) from None
        return place

    @contextmanager
    def hold(self, id: str) -> Iterator[None]:
        """Be the only one that fetches, imports or removes this model, of the engines that share a library; raises Refused."""
        path = self.folder / _INCOMING / f".{id}.lock"  # no id begins with a dot
        lock = FileLock(path, timeout=0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise Refused("busy", id=id) from None
        except OSError:
            raise Refused("no_permission", folder=str(self.folder)) from None
        try:
            yield
        finally:
            lock.release()

    def kept(self, id: str) -> int:
        """Bytes that have come of a model that is not whole yet."""
        with suppress(OSError):
            return sum(entry.stat().st_size for entry in os.scandir(self.folder / _INCOMING / id) if entry.is_file(follow_symlinks=False))
        return 0

    def drop_incoming(self, id: str) -> None:
        """Forget what has come of a model so far."""
        shutil.rmtree(self.folder / _INCOMING / id, ignore_errors=True)

    def admit(self, id: str, about: BaseModel, files: Mapping[str, Held]) -> None:
        """Move a model that is whole from `incoming` into place: its record is written last, then the folder is renamed."""
        place, target = self.incoming(id), self.folder / id
        for stray in sorted(set(os.listdir(place)) - set(files)):
            path = place / stray
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        record = {
            "format": _FORMAT,
            "model": replace(about, id=id).to_plain(),
            "files": {name: {"size": held.size, "sha256": held.sha256} for name, held in sorted(files.items())},
        }
        half = place / f".{RECORD}"
        with half.open("w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, place / RECORD)
        with self._lock:
            if target.exists():
                raise Refused("taken", id=id)
            os.replace(place, target)

    def remove(self, id: str) -> None:
        """Delete a model and what has come of it; raises KeyError where there is neither, Refused where it is being fetched."""
        target = self.folder / id
        if not is_id(id) or not (target.is_dir() or (self.folder / _INCOMING / id).is_dir()):
            raise KeyError(id)
        with self.hold(id):
            self._remove(id, target)

    def _remove(self, id: str, target: Path) -> None:
        self.drop_incoming(id)
        if target.is_dir():
            with self._lock:
                (target / RECORD).unlink(missing_ok=True)  # from here on it is not ready, whatever interrupts the rest
                gone = self.folder / f"{_GONE}-{id}"
                shutil.rmtree(gone, ignore_errors=True)
                with suppress(OSError):  # Windows: a process that still answers holds its files open
                    os.replace(target, gone)
                    target = gone
            shutil.rmtree(target, ignore_errors=True)

    def tidy(self) -> None:
        """Finish what a removal that was interrupted left to do."""
        for gone in self.folder.glob(f"{_GONE}-*"):
            shutil.rmtree(gone, ignore_errors=True)

    def _try(self, id: str) -> Refused | None:
        try:
            self._about(id)
        except Refused as problem:
            return problem
        except OSError as error:
            return Refused("bad_record", details=str(error))
        return None

    def _about(self, id: str) -> BaseModel:
        about, files = _read(self.folder / id)
        for name, held in files.items():
            path = self.folder / id / name
            if not path.is_file() or path.is_symlink() or path.stat().st_size != held.size:
                raise Refused("not_whole", file=name)
        return replace(about, id=id)


def _read(folder: Path) -> tuple[BaseModel, dict[str, Held]]:
    """What tunesmith.json says; raises Refused."""
    try:
        record: dict[str, Any] = read_object(folder / RECORD, _RECORD_LIMIT)
        if record["format"] != _FORMAT:
            raise ValueError(f"format {record['format']}")
        about = BaseModel.from_plain(record["model"])
        files = {str(name): Held(int(held["size"]), str(held["sha256"])) for name, held in record["files"].items()}
    except FileNotFoundError:
        raise Refused("not_whole", file=RECORD) from None
    except (Refused, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("bad_record", details=str(error)[:200]) from None
    if not files or any(os.path.basename(name) != name or name.startswith(".") for name in files):
        raise Refused("bad_record")
    return about, files


def checksum(path: Path, *, heard: Callable[[int], None] | None = None) -> str:
    """The sha256 of a file; `heard` is told of every block, and may raise to stop."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            if heard is not None:
                heard(len(block))
    return digest.hexdigest()
