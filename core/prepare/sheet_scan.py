"""A sheet's XML is read once, in a stream, before a library opens it: how large it is, and which of its cells hold no plain value.

python-calamine allocates the whole rectangle between the first and the last cell, copies a shared text into every cell that shows it, and
reads error cells as blank: one cell at XFD1048576 asks for 400 GB, and 5 MB of repeated references to one long text for as much. The scan
costs 1.3 s for a million cells, calamine 0.6 s more; openpyxl, which needs no scan, takes 6.3 s.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from xml.parsers import expat

from core.base.errors import N_, TooLarge, UnreadableFile
from core.prepare.source import Limits

_DIGITS = "0123456789"
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384  # of any sheet
_SPARSE = 1_000_000  # cells: a rectangle up to here may be as empty as it likes
_SCARCE = 100  # times more rectangle than content: nobody's table
DAMAGED = N_("This Excel file is damaged.")
SAVE_AGAIN = N_("Open it in Excel and save it under another name, or save it as CSV UTF-8, then choose that file here.")


@dataclass(slots=True)
class Scan:
    """What one sheet holds: its filled cells, its bounds, the letters of its texts, its error cells by (row, column), and the rows of
    formulas without a value; rows and columns count from 1."""

    filled: int = 0
    rows: int = 0
    columns: int = 0
    first_row: int = _LAST_ROW
    first_column: int = _LAST_COLUMN
    letters: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unfinished: set[int] = field(default_factory=set)

    @property
    def area(self) -> int:
        """Cells of the rectangle that holds everything."""
        return (self.rows - self.first_row + 1) * (self.columns - self.first_column + 1) if self.filled else 0


def scan_texts(pieces: Iterable[bytes], limits: Limits) -> "array[int]":
    """The length of every shared text, in order. Raises TooLarge for more of them than a table has cells."""
    lengths = array("L")
    length, inside = 0, False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal length, inside
        local = _local(name)
        if local == "si":
            length = 0
        inside = local == "t"

    def text(data: str) -> None:
        nonlocal length
        if inside:
            length += len(data)

    def end(name: str) -> None:
        nonlocal inside
        inside = False
        if _local(name) == "si":
            lengths.append(length)
            if len(lengths) > limits.cells // 2:
                raise TooLarge(N_("This workbook holds more than {n} different texts."), n=limits.cells // 2)

    parse_xml(pieces, start, end, text)
    return lengths


def scan_sheet(pieces: Iterable[bytes], texts: Sequence[int], limits: Limits) -> Scan:
    """Read a sheet's XML. Raises TooLarge as soon as a limit is passed, UnreadableFile for XML that is no sheet of Excel's."""
    scan = Scan()
    known: dict[str, int] = {}
    most_letters = 2 * limits.bytes
    row, column, kind = 0, 0, ""
    has_value, has_formula = False, False
    words: list[str] | None = None  # collects what stands inside <v> or <t>
    value = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, kind, has_value, has_formula, words, value
        local = name if ":" not in name else _local(name)
        if local == "c":
            ref = attributes.get("r")
            if ref is None:
                column += 1
            else:
                letters = ref.rstrip(_DIGITS)
                digits = ref[len(letters) :]
                if not digits or len(digits) > 9:
                    raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=f"cell reference {ref[:40]}")
                row, at = int(digits), known.get(letters)
                if at is None:
                    at = known[letters] = _column(letters)
                column = at
            kind = attributes.get("t", "n")
            has_value = has_formula = False
            value = ""
        elif local == "v" or local == "t":
            words = []
            has_value = True
        elif local == "is":
            has_value = True
        elif local == "f":
            has_formula = True
        elif local == "row":
            digits = attributes.get("r", "")
            if len(digits) > 9 or (digits and not digits.isascii()) or (digits and not digits.isdigit()):
                raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=f"row {digits[:40]}")
            row, column = int(digits) if digits else row + 1, 0

    def text(data: str) -> None:
        if words is not None:
            words.append(data)

    def end(name: str) -> None:
        nonlocal words, value
        local = name if ":" not in name else _local(name)
        if local == "v" or local == "t":
            value = "".join(words or ())
            words = None
            if kind != "s":
                scan.letters += len(value)
        elif local == "c":
            if has_formula and not value:
                scan.unfinished.add(row)
            if has_value:
                count()

    def count() -> None:
        scan.filled += 1
        if row > scan.rows:
            scan.rows = row
        if row < scan.first_row:
            scan.first_row = row
        if column > scan.columns:
            scan.columns = column
        if column < scan.first_column:
            scan.first_column = column
        if kind == "s":
            # calamine reads no other spelling of a number here than digits
            at = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1
            scan.letters += texts[at] if 0 <= at < len(texts) else limits.cell
        elif kind == "e":
            scan.errors[row, column] = value
        if scan.rows > _LAST_ROW or scan.columns > _LAST_COLUMN or row < 1:
            raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=f"a cell at row {row}, column {column}")
        if scan.filled > limits.cells or scan.letters > most_letters:
            raise TooLarge(N_("This sheet holds more than {n} cells or {letters} letters."), n=limits.cells, letters=most_letters)
        if len(scan.errors) > limits.rows:
            raise TooLarge(N_("This sheet holds more than {n} cells with an error in place of a value."), n=limits.rows)

    parse_xml(pieces, start, end, text)
    return scan


def bound(scan: Scan, limits: Limits) -> None:
    """Raise TooLarge for a sheet that is larger than a table may be, or that one cell far from all others makes so."""
    if scan.area > limits.cells or (scan.area > _SPARSE and scan.area > _SCARCE * scan.filled):
        raise TooLarge(
            N_("This sheet reaches to row {rows} and column {columns}, and is nearly empty. Cells with content: {n}."),
            N_("Delete what stands far away from the table (or copy the table alone into a new sheet), save, and choose the file again."),
            rows=scan.rows,
            columns=scan.columns,
            n=scan.filled,
        )


class _Start(Protocol):
    def __call__(self, name: str, attributes: dict[str, str], /) -> None: ...


class _Text(Protocol):
    def __call__(self, text: str, /) -> None: ...


def parse_xml(pieces: Iterable[bytes], start: _Start, end: _Text, text: _Text) -> None:
    """Feed XML to these handlers. Raises UnreadableFile for what is no XML, and for any XML that declares things of its own.

    No office program writes a document type; entities that name one another are how a kilobyte becomes a gigabyte.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_declarations
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=str(error)) from None


def _refuse_declarations(*_: object) -> None:
    raise UnreadableFile(
        N_("This Excel file declares abbreviations of its own, as no spreadsheet program does. It was not opened."), SAVE_AGAIN
    )


def _local(name: str) -> str:
    return name[name.find(":") + 1 :]


def _column(letters: str) -> int:
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=f"column {letters[:40]}")
    at = 0
    for letter in letters.upper():
        at = at * 26 + ord(letter) - 64
    return at
