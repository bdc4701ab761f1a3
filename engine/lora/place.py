"""Where a training keeps its progress and its checkpoints: a folder, or an fsspec address that a local folder is copied to."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.lora.progress import FILE

CHECKPOINTS, PUBLISHED, BEST, FINAL, STOP = "checkpoints", "published", "best", "final", "stop"
_WHOLE = "whole.json"  # written last: a folder without it, or with other sizes than it says, was left half written
_LOOK_AGAIN = 2.0  # seconds between two looks at, and two copies to, a place that is not a folder


class Place:
    """The folder of one training; every path that it is given or gives is relative to that."""

    def __init__(self, folder: str) -> None:
        self._remote: tuple[Any, str] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        if folder.startswith("file://"):
            folder = folder.removeprefix("file://")
        if "://" in folder:
            import fsspec

            system, root = fsspec.core.url_to_fs(folder.rstrip("/"))
            self._remote = system, root
            self._scratch = tempfile.TemporaryDirectory(prefix="tunesmith-lora-")
            folder = self._scratch.name
        self.local = Path(folder)
        self.local.mkdir(parents=True, exist_ok=True)
        self._stop_looked, self._copied, self._wants_stop = 0.0, 0.0, False

    @property
    def is_scratch(self) -> bool:
        """Whether this process has a local folder of its own, copied to an address."""
        return self._remote is not None

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_: object) -> None:
        if self._scratch is not None:
            self._scratch.cleanup()

    def prepare(self) -> None:
        """Make room for writing: what an earlier run left half is removed; an address's state is fetched."""
        if self._remote is not None:
            self._fetch()
        for half in (*self.local.glob(f"{CHECKPOINTS}/.*"), *self.local.glob(".*.half")):
            shutil.rmtree(half, ignore_errors=True)
        _end_the_last_line(self.local / FILE)

    def newest_checkpoint(self) -> Path | None:
        """The newest checkpoint that is whole."""
        return next(iter(self.whole_checkpoints()), None)

    def whole_checkpoints(self) -> list[Path]:
        """The checkpoints that are whole, the newest first."""
        return [path for path in self._checkpoints() if is_whole(path)]

    def holds(self, path: str) -> bool:
        """Whether a folder was written there, and is whole."""
        if self._remote is None:
            return is_whole(self.local / path)
        system, root = self._remote
        system.invalidate_cache()
        return bool(system.exists(f"{root}/{path}/{_WHOLE}"))

    def keep_only(self, parent: str, names: Collection[str]) -> None:
        """Remove every folder in `parent` but those named."""
        for path in (self.local / parent).glob("*"):
            if path.name not in names:
                shutil.rmtree(path)
        if self._remote is not None:
            system, root = self._remote
            system.invalidate_cache()
            for found in system.ls(f"{root}/{parent}", detail=False) if system.exists(f"{root}/{parent}") else ():
                if (name := str(found).rstrip("/").rpartition("/")[2]) not in names:
                    system.rm(f"{root}/{parent}/{name}", recursive=True)

    def thin_out(self, keep: int) -> None:
        """Keep only the newest checkpoints."""
        for path in self._checkpoints()[keep:]:
            shutil.rmtree(path)
            if self._remote is not None:
                system, root = self._remote
                system.rm(f"{root}/{CHECKPOINTS}/{path.name}", recursive=True)

    def append(self, record: dict[str, Any]) -> None:
        """Add a line to the progress file."""
        with (self.local / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
        # an object store cannot append: the whole file is copied, steps at most every other second, everything else at once
        if self._remote is not None and (record["event"] != "step" or time.monotonic() - self._copied > _LOOK_AGAIN):
            system, root = self._remote
            system.makedirs(root, exist_ok=True)
            system.put_file(str(self.local / FILE), f"{root}/{FILE}")
            self._copied = time.monotonic()

    def fail(self, record: dict[str, Any], *, is_first: bool) -> None:
        """Add the line that says why the training ended, from whichever process failed.

        At an address the file is copied whole: another process than the first has to take in first what that one has told.
        """
        if self._remote is not None and not is_first:
            system, root = self._remote
            system.invalidate_cache()
            if system.exists(f"{root}/{FILE}"):
                system.get_file(f"{root}/{FILE}", str(self.local / FILE))
            _end_the_last_line(self.local / FILE)
        self.append(record)

    def stop_wanted(self) -> bool:
        """Whether somebody put a file named stop into the folder."""
        if self._remote is None:
            return (self.local / STOP).exists()
        if not self._wants_stop and time.monotonic() - self._stop_looked > _LOOK_AGAIN:
            system, root = self._remote
            self._stop_looked = time.monotonic()
            system.invalidate_cache()
            self._wants_stop = system.exists(f"{root}/{STOP}")
        return self._wants_stop

    @contextmanager
    def writing(self, path: str) -> Iterator[Path]:
        """A folder to write into, which appears at its path only when all is written."""
        half = self.local / f".{path.replace('/', '-')}.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        yield half
        self.finish(half, path)

    def finish(self, half: Path, path: str) -> None:
        """Mark a folder as whole and put it where it belongs."""
        sizes = {file.name: file.stat().st_size for file in sorted(half.iterdir()) if file.name != _WHOLE}
        (half / _WHOLE).write_text(json.dumps({"files": sizes}), encoding="utf-8")
        target = self.local / path
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(half, target)
        if self._remote is not None:
            system, root = self._remote
            system.makedirs(f"{root}/{path}", exist_ok=True)
            for name in (*sizes, _WHOLE):
                system.put_file(str(target / name), f"{root}/{path}/{name}")

    def _checkpoints(self) -> list[Path]:
        found = [path for path in (self.local / CHECKPOINTS).glob("checkpoint-*") if path.name.rpartition("-")[2].isdecimal()]
        return sorted(found, key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)

    def _fetch(self) -> None:
        assert self._remote is not None
        system, root = self._remote
        system.invalidate_cache()
        for path in system.find(root) if system.exists(root) else ():
            inside = path[path.index(root) + len(root) :].lstrip("/")
            parts = Path(inside).parts
            if inside == FILE or (parts[0] == CHECKPOINTS and ".." not in parts):
                target = self.local / inside
                target.parent.mkdir(parents=True, exist_ok=True)
                system.get_file(path, str(target))


def is_whole(folder: Path) -> bool:
    """Whether everything that was to be written into the folder lies there."""
    try:
        sizes = json.loads((folder / _WHOLE).read_text(encoding="utf-8"))["files"]
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False


def _end_the_last_line(file: Path) -> None:
    """A line that a killed process left half gets its end, so that the next one is not lost with it."""
    if file.exists() and file.stat().st_size and not file.read_bytes().endswith(b"\n"):
        with file.open("ab") as half:
            half.write(b"\n")
