"""An Excel workbook becomes records of text, as a person sees them: the sheet chosen, merged cells filled down, dates as ISO."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

from core.base.errors import N_, BadSetting, EmptyFile, TooLarge, UnreadableFile
from core.base.types import Finding, Reason
from core.prepare.delimited import Records
from core.prepare.sheet_scan import DAMAGED, SAVE_AGAIN, Scan, bound, parse_xml, scan_sheet, scan_texts
from core.prepare.source import Choices, Limits, Source
from core.prepare.tables import as_table
from core.prepare.zipped import Member, by_name, chunks, members, packed_again

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_BOOK, _BOOK_RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_TEXTS = "xl/sharedStrings.xml"
_NEEDED = ("[Content_Types].xml", "_rels/.rels", _BOOK, _BOOK_RELATIONS, "xl/styles.xml", _TEXTS)
_SMALL_PART = 20_000_000  # bytes of a part other than sheets and texts: styles of thousands of cells have one
_MOST_SHEETS = 1_000
_EXACT = 10**15  # Excel keeps 15 digits of a number: of a longer one the last are already lost


_Area = tuple[tuple[int, int], tuple[int, int]]  # first and last cell as (row, column), from 0


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    visible: bool
    part: Member


def is_workbook(names: Sequence[str]) -> bool:
    """Whether the files of a zip make an Excel workbook (.xlsx, .xlsm)."""
    return _BOOK in names


def read_workbook(data: bytes, name: str, limits: Limits, choices: Choices) -> Source:
    """The table of one sheet. Raises UnreadableFile, EmptyFile, TooLarge, and BadSetting for a sheet that is not there."""
    parts = by_name(members(data, limits))
    for needed in _NEEDED:
        if needed in parts and needed != _TEXTS and parts[needed].size > _SMALL_PART:
            raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=f"{needed} has {parts[needed].size} bytes")
    sheets = _sheets(data, parts)
    texts = scan_texts(chunks(data, parts[_TEXTS]), limits) if _TEXTS in parts else ()
    sheet, scan, why = _choose(data, sheets, texts, limits, choices.sheet)
    bound(scan, limits)
    kept = [parts[part] for part in _NEEDED if part in parts]
    for part in kept:
        for _ in chunks(data, part):
            pass  # what comes out is what the list says: nothing else reaches the library
    rows, long_numbers, areas = _cells(packed_again(data, [*kept, sheet.part]), sheet, scan)
    notes, odd = [why], list[Finding]()
    if choices.header is not False:
        if titles := _blank_titles(rows):
            notes.append(Reason("title_rows", {"n": len(titles), "text": "; ".join(titles)[:200]}))
        if _join_headers(rows, areas):
            notes.append(Reason("header_of_two_rows"))
    if merged := _fill_down(rows, areas):
        notes.append(Reason("merged_filled", {"n": merged}))
    left = max(0, scan.first_column - 1)  # blank columns before the table
    table, why_header, uneven = as_table(Records([row[left:] for row in rows] if left else rows), limits, choices)
    here = frozenset(table.numbers)
    if errors := sorted({row for row, _ in scan.errors} & here):
        shown = sorted({text for text in scan.errors.values() if text})[:5]
        odd.append(Finding("error_cells", "warning", tuple(errors), {"cells": len(scan.errors), "errors": shown}, "leave_out"))
    if unfinished := sorted(scan.unfinished & here):
        odd.append(Finding("formulas_without_value", "warning", tuple(unfinished), {}, "leave_out"))
    if cut := sorted(long_numbers & here):
        odd.append(Finding("long_numbers", "warning", tuple(cut), {}, "leave_out"))
    return Source(
        "table",
        name,
        table,
        findings=(*odd, *uneven),
        decisions=(*notes, *why_header),
        format="workbook",
        sheets=tuple(one.name for one in sheets),
    )


def _sheets(data: bytes, parts: dict[str, Member]) -> list[_Sheet]:
    """The worksheets of the book in their order, those without a part (charts, macros) left out."""
    entries: list[dict[str, str]] = []
    targets: dict[str, str] = {}

    def book(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            entries.append(attributes)

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")

    for part, handler in ((_BOOK, book), (_BOOK_RELATIONS, relation)):
        if part not in parts:
            raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=f"no {part}")
        parse_xml(chunks(data, parts[part]), handler, lambda name: None, lambda text: None)
    if len(entries) > _MOST_SHEETS:
        raise TooLarge(N_("This workbook has {n} sheets; this page takes up to {limit}."), n=len(entries), limit=_MOST_SHEETS)
    found = []
    for entry in entries:
        relation_id = next((value for key, value in entry.items() if key.rpartition(":")[2] == "id"), "")
        part = targets.get(relation_id, "")
        if part in parts and "name" in entry:
            found.append(_Sheet(entry["name"], entry.get("state", "visible") == "visible", parts[part]))
    if not found:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN, details="no worksheet")
    return found


def _choose(data: bytes, sheets: list[_Sheet], texts: Sequence[int], limits: Limits, wanted: str | None) -> tuple[_Sheet, Scan, Reason]:
    """The sheet to read with its scan: the one asked for, else the fullest that is not hidden, the first of those that are equally full."""
    if wanted is not None:
        sheet = next((sheet for sheet in sheets if sheet.name == wanted), None)
        if sheet is None:
            raise BadSetting(N_("There is no sheet called {sheet} in this file."), N_("Choose one of its sheets."), sheet=wanted)
        return sheet, scan_sheet(chunks(data, sheet.part), texts, limits), Reason("sheet_chosen", {"sheet": sheet.name})
    best: tuple[_Sheet, Scan] | None = None
    filled = 0
    for sheet in sorted(sheets, key=lambda sheet: not sheet.visible):
        if best is not None and best[0].visible and not sheet.visible:
            break
        scan = scan_sheet(chunks(data, sheet.part), texts, limits)
        filled += scan.filled > 0
        if scan.filled and (best is None or scan.filled > best[1].filled):
            best = (sheet, scan)
    if best is None:
        raise EmptyFile()
    if len(sheets) == 1:
        return *best, Reason("sheet_only", {"sheet": best[0].name})
    return *best, Reason("sheet_fullest" if filled > 1 else "sheet_with_data", {"sheet": best[0].name, "of": len(sheets)})


def _cells(data: bytes, sheet: _Sheet, scan: Scan) -> tuple[list[list[str]], set[int], list[_Area]]:
    """All rows of the sheet as text, the rows with numbers that Excel has cut, and the merged areas."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            found = book.get_sheet_by_name(sheet.name)
            rows, long_numbers = _as_text(found)
            for (row, column), text in scan.errors.items():
                if row <= len(rows) and column <= len(rows[row - 1]):
                    rows[row - 1][column - 1] = text  # calamine gives a blank
            return rows, long_numbers, found.merged_cell_ranges or []
    except CalamineError as error:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=str(error)) from None


def _as_text(sheet: "CalamineSheet") -> tuple[list[list[str]], set[int]]:
    first_row, first_column = sheet.start or (0, 0)
    rows: list[list[str]] = [[] for _ in range(first_row)]
    before = [""] * first_column
    timed: set[int] = set()  # columns with a time of day beside the day
    days: list[tuple[int, int]] = []
    long_numbers: set[int] = set()
    for number, cells in enumerate(sheet.to_python(), first_row):
        row = before.copy()
        for column, cell in enumerate(cells, first_column):
            if cell.__class__ is str:
                row.append(cell)
            else:
                if isinstance(cell, datetime):
                    timed.add(column)
                elif isinstance(cell, date):
                    days.append((number, column))
                elif isinstance(cell, float) and abs(cell) >= _EXACT and cell.is_integer():
                    long_numbers.add(number + 1)
                row.append(shown(cell))
        rows.append(row)
    for number, column in days:
        if column in timed:
            rows[number][column] += " 00:00:00"  # midnight among other times: calamine tells only the day
    return rows, long_numbers


def shown(cell: object) -> str:
    """A cell's value as a person sees it: 3.0 is 3, a day is 2024-05-01, a truth is TRUE."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < _EXACT:
            return str(int(cell))
        return format(Decimal(repr(cell)), "f").removesuffix(".0") if 1e-7 < abs(cell) < 1e21 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds" if not cell.microsecond else "milliseconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(cell)


def _fill_down(rows: list[list[str]], areas: Sequence[_Area]) -> int:
    """Give every row of an area that was merged over several rows the value that stands in its first; wholly blank rows stay blank.

    Sideways nothing is filled: a title over three columns is not three titles.
    """
    filled = 0
    left = sum(map(len, rows))  # an honest sheet merges no cell twice
    blank = [not any(row) for row in rows]
    for (top, column), (bottom, _) in areas:
        value = rows[top][column] if top < len(rows) and column < len(rows[top]) else ""
        last = min(bottom, len(rows) - 1)
        if not value or last <= top:
            continue
        left -= last - top
        if left < 0:
            raise UnreadableFile(DAMAGED, SAVE_AGAIN, details="merged areas lie over one another")
        for row in range(top + 1, last + 1):
            if not blank[row] and not rows[row][column]:
                rows[row][column] = value
        filled += 1
    return filled


def _blank_titles(rows: list[list[str]]) -> list[str]:
    """Blank the rows that stand above the table as its title (one cell each, where nearly all rows below have several); what they said."""
    filled = [(at, [cell for cell in row if cell.strip()]) for at, row in enumerate(rows[:200]) if any(cell.strip() for cell in row)]
    ahead = 0
    while ahead < len(filled) and len(filled[ahead][1]) == 1:
        ahead += 1
    body = filled[ahead:]
    if not 0 < ahead <= 10 or len(body) < 3 or sum(len(cells) > 1 for _, cells in body) < 0.9 * len(body):
        return []
    for at, _ in filled[:ahead]:
        rows[at] = []
    return [cells[0].strip() for _, cells in filled[:ahead]]


def _join_headers(rows: list[list[str]], areas: Sequence[_Area]) -> bool:
    """Where cells of the first row are merged over several columns and the next row names each of these, make one header of the two."""
    top = next((at for at, row in enumerate(rows) if any(row)), len(rows))
    groups = [(left, right) for (first, left), (last, right) in areas if first == last == top and right > left]
    if not groups or top + 2 >= len(rows) or not any(rows[top + 2]):
        return False
    above, below = rows[top], rows[top + 1]
    columns = {at for left, right in groups for at in range(left, min(right + 1, len(below)))}
    if len(below) < len(above) or not all(below[at].strip() for at in columns):
        return False
    names = list(above)
    for left, right in groups:
        names[left : right + 1] = [above[left]] * len(names[left : right + 1])
    rows[top + 1] = [" ".join(part for part in pair if part.strip()) for pair in zip(names, below, strict=True)]
    rows[top] = []
    return True
