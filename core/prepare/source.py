"""What was read from the user's file: a table or chat examples, with what was decided on the way and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.base.types import Example, Finding, Reason

SourceKind = Literal["table", "chat"]
SourceFormat = Literal["text", "json", "workbook", "parquet"]
Layout = Literal["table"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in: beyond it a file is refused with the figure, before it can fill the memory."""

    bytes: int = 200_000_000
    rows: int = 1_000_000
    columns: int = 2_000
    cell: int = 100_000  # characters; below csv.field_size_limit(), which is shared by the whole process and so left alone
    line: int = 2_000_000  # characters of one physical line
    values: int = 10_000_000  # of a JSON file: each becomes an object of some 60 bytes while it is read
    cells: int = 50_000_000  # rows x columns: a file of nothing but delimiters costs 8 bytes of memory for each of its bytes
    expanded: int = 1_000_000_000  # bytes of all that a zip or a workbook holds, unpacked: a million rows of ten columns need half of that
    members: int = 10_000  # files in a zip
    ratio: int = 500  # unpacked to packed: workbooks reach 30, tables of one repeated row 300, bombs 1,000


DEFAULT = Limits()
# what does not come through the browser but from the folder of this machine: reading takes about ten times its bytes of memory
FROM_FOLDER = Limits(bytes=1_000_000_000, values=50_000_000)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user overrules; None leaves the decision to the reader."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    sheet: str | None = None  # of a workbook
    member: str | None = None  # the file in a zip
    layout: Layout | None = None  # records that look like conversations, as a plain table all the same


AS_FOUND = Choices()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text exactly as written, each as wide as `columns`, with the number that a spreadsheet shows beside it."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numbers: Sequence[int]

    def column(self, name: str) -> list[str]:
        """All cells of one column, top to bottom."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: `table` for kind "table", `examples` for kind "chat"."""

    kind: SourceKind
    name: str
    table: Table | None = None
    examples: tuple[Example, ...] = ()
    findings: tuple[Finding, ...] = ()
    decisions: tuple[Reason, ...] = ()
    format: SourceFormat = "text"
    sheets: tuple[str, ...] = ()  # of a workbook, to choose from
    members: tuple[str, ...] = ()  # of a zip, those that may be read

    @property
    def size(self) -> int:
        """Rows of the table, or conversations."""
        return len(self.table.rows) if self.table is not None else len(self.examples)
