"""A LibreOffice sheet's XML is read once before a library opens it: how large each sheet is, its error cells and its merged areas.

Cells and rows that repeat are written once with their number, so that a kilobyte can stand for ten thousand million cells; and calamine
tells no merged areas of such a file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.base.errors import N_, TooLarge, UnreadableFile
from core.prepare.sheet_layout import Area
from core.prepare.sheet_scan import DAMAGED, SAVE_AGAIN, Scan, parse_xml
from core.prepare.source import Limits


@dataclass(slots=True)
class OdsSheet:
    """One sheet: what the scan of an Excel sheet tells, and its merged areas."""

    scan: Scan = field(default_factory=Scan)
    areas: list[Area] = field(default_factory=list)


def scan_ods(pieces: Iterable[bytes], limits: Limits) -> dict[str, OdsSheet]:
    """The sheets by name. Raises TooLarge as soon as a limit is passed, UnreadableFile for XML that is no spreadsheet."""
    sheets: dict[str, OdsSheet] = {}
    sheet = OdsSheet()
    row = column = across = cell_letters = 0
    down = 1
    inside = False
    marks: list[tuple[int, int, int]] = []  # filled cells of this row: where, how many, letters of each

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal sheet, row, column, down, across, cell_letters, inside
        if name == "table:table":
            sheet = sheets.setdefault(attributes.get("table:name", ""), OdsSheet())
            row = 0
        elif name == "table:table-row":
            down, column = _number(attributes.get("table:number-rows-repeated")), 0
            marks.clear()
        elif name in ("table:table-cell", "table:covered-table-cell"):
            across, cell_letters, inside = _number(attributes.get("table:number-columns-repeated")), 0, True
            if "office:value-type" in attributes:
                cell_letters = 1
            if attributes.get("calcext:value-type") == "error":
                sheet.scan.errors[row + 1, column + 1] = ""
            tall, wide = (_number(attributes.get(f"table:number-{of}-spanned")) for of in ("rows", "columns"))
            if tall > 1 or wide > 1:
                sheet.areas.append(((row, column), (row + tall - 1, column + wide - 1)))
            if len(sheet.areas) > limits.rows or len(sheet.scan.errors) > limits.rows:
                raise TooLarge(N_("This sheet holds more than {n} cells with an error in place of a value."), n=limits.rows)

    def text(data: str) -> None:
        nonlocal cell_letters
        if inside and not data.isspace():
            cell_letters += len(data)

    def end(name: str) -> None:
        nonlocal row, column, inside
        if name in ("table:table-cell", "table:covered-table-cell"):
            if cell_letters:
                marks.append((column, across, cell_letters))
            column += across
            inside = False
        elif name == "table:table-row":
            if marks:
                _count(sheet.scan, row, down, marks, limits)
            row += down

    parse_xml(pieces, start, end, text)
    return sheets


def _count(scan: Scan, row: int, down: int, marks: list[tuple[int, int, int]], limits: Limits) -> None:
    scan.filled += down * sum(across for _, across, _ in marks)
    scan.letters += down * sum(across * letters for _, across, letters in marks)
    scan.rows = max(scan.rows, row + down)
    scan.first_row = min(scan.first_row, row + 1)
    last, across, _ = marks[-1]
    scan.columns = max(scan.columns, last + across)
    scan.first_column = min(scan.first_column, marks[0][0] + 1)
    if scan.filled > limits.cells or scan.letters > 2 * limits.bytes:
        raise TooLarge(N_("This sheet holds more than {n} cells or {letters} letters."), n=limits.cells, letters=2 * limits.bytes)


def _number(text: str | None) -> int:
    if text is None:
        return 1
    if not (text.isascii() and text.isdigit()) or len(text) > 7:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=f"repeated {text[:40]} times")
    return int(text)
