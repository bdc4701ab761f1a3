"""A Parquet file becomes columns of text, or records where its columns hold lists and groups, as chat data sets do."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from core.base.errors import N_, UnreadableFile
from core.prepare.child import ask
from core.prepare.parquet_process import AGAIN, DAMAGED, written
from core.prepare.source import DEFAULT, Limits

__all__ = ["Columns", "is_parquet", "read_parquet", "row_count", "written"]

MAGIC = (b"PAR1", b"PARE")
_WAIT = 60.0  # seconds, and as many more as megabytes: 1,000,000 conversations of 20 MB take 40


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns by name, each with one value a row: texts, or for a nested file plain values (`nested`); `unreadable` were left out."""

    names: tuple[str, ...]
    values: tuple[list[Any], ...]
    nested: bool
    unreadable: tuple[str, ...]

    def rows(self) -> list[tuple[Any, ...]]:
        """The same, row by row."""
        return list(zip(*self.values, strict=True))


def is_parquet(data: bytes) -> bool:
    """Whether this begins as a Parquet file does."""
    return data.startswith(MAGIC)


def row_count(data: bytes) -> tuple[int, int]:
    """Rows and unpacked bytes as the file describes itself, without reading it. Raises UnreadableFile."""
    (told,) = _ask("count", data, DEFAULT)
    return told["rows"], told["bytes"]


def read_parquet(data: bytes, limits: Limits) -> Columns:
    """All of it. Raises UnreadableFile, EmptyFile, and TooLarge before anything is unpacked that would not fit."""
    head, *batches = _ask("read", data, limits)
    values: tuple[list[Any], ...] = tuple([] for _ in head["names"])
    for batch in batches:
        for column, more in zip(values, batch, strict=True):
            column.extend(more)
    return Columns(tuple(head["names"]), values, head["nested"], tuple(head["unreadable"]))


def _ask(task: str, data: bytes, limits: Limits) -> list[Any]:
    """What the process that reads Parquet says."""
    if data.startswith(b"PARE"):
        raise UnreadableFile(N_("This file is protected by a password."), N_("Ask whoever made it for a copy without one."))
    return ask("core.prepare.parquet_process", [task, json.dumps(asdict(limits))], data, _WAIT + len(data) / 1e6, DAMAGED, AGAIN)
