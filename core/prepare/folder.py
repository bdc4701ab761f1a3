"""Files too large for the browser: from one folder of this machine, which TUNESMITH_FOLDER names, copied in a stream."""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import N_, EmptyFile, TooLarge, UnreadableFile
from core.prepare.source import FROM_FOLDER

if TYPE_CHECKING:
    from core.io.workspace import Workspace

SETTING = "TUNESMITH_FOLDER"
KINDS = (".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet", ".zip")
MOST = 1_000  # files that are offered

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Offered:
    """One file of the folder: its name there, and its bytes."""

    name: str
    bytes: int


def folder_of(environ: Mapping[str, str]) -> Path | None:
    """The folder that whoever set up this machine has named, or None."""
    named = environ.get(SETTING, "").strip()
    return Path(named).expanduser() if named else None


def offered(folder: Path) -> list[Offered]:
    """The files that lie in the folder itself, by name: no folders below it, no links, nothing hidden. A folder that is gone has none."""
    try:
        found = [
            Offered(entry.name, entry.stat().st_size)
            for entry in os.scandir(folder)
            if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".") and entry.name.lower().endswith(KINDS)
        ]
    except OSError:
        return []
    return sorted(found, key=lambda one: one.name.lower())[:MOST]


def take(ws: "Workspace", args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """As a task: copy the file `name` of the folder into the workspace, told in hundredths; {"sha", "name", "bytes"}.

    Whatever else the args hold only makes it another task. Raises UnreadableFile, TooLarge, EmptyFile.
    """
    folder, name = folder_of(os.environ), str(args["name"])
    # a name and never a path: it must be one of those that are offered
    if folder is None or all(one.name != name for one in offered(folder)):
        raise UnreadableFile(N_("This file is not in the folder any more."), N_("Choose another one."))
    try:
        with _Told(folder / name, progress) as file:
            if file.size > FROM_FOLDER.bytes:
                raise TooLarge(
                    N_("This file has {size} MB; from the folder up to {limit} MB are taken."),
                    size=round(file.size / 1e6, 1),
                    limit=round(FROM_FOLDER.bytes / 1e6),
                )
            if not file.size:
                raise EmptyFile()
            stored = ws.put_file(file, name, now=datetime.now(UTC))
    except OSError as error:
        raise UnreadableFile(
            N_("This file cannot be opened."), N_("Check that you may read it, and that it is not still being written."), details=str(error)
        ) from error
    return {"sha": stored.sha256, "name": name, "bytes": stored.bytes}


class _Told(BufferedReader):
    """A file that says how much of it has been read; never a device or a pipe."""

    def __init__(self, path: Path, progress: Progress) -> None:
        super().__init__(FileIO(path))
        facts = os.fstat(self.fileno())
        self.size, self._progress = facts.st_size, progress
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("not a plain file")

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._progress(100 * self.tell() // max(1, self.size), 100)
        return data
