"""An Excel workbook becomes records of text, as a person sees them: the sheet chosen, merged cells filled down, dates as ISO."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from core.base.errors import N_, BadSetting, EmptyFile, TooLarge, UnreadableFile
from core.base.types import Finding, Reason
from core.prepare.sheet_cells import as_text
from core.prepare.sheet_layout import Area, sheet_table
from core.prepare.sheet_scan import DAMAGED, SAVE_AGAIN, Scan, bound, parse_xml, scan_sheet, scan_texts
from core.prepare.source import Choices, Limits, Source
from core.prepare.zipped import Member, by_name, chunks, members, packed_again

if TYPE_CHECKING:
    pass

_BOOK, _BOOK_RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_TEXTS = "xl/sharedStrings.xml"
_NEEDED = ("[Content_Types].xml", "_rels/.rels", _BOOK, _BOOK_RELATIONS, "xl/styles.xml", _TEXTS)
_SMALL_PART = 20_000_000  # bytes of a part other than sheets and texts: styles of thousands of cells have one
_MOST_SHEETS = 1_000


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
    odd = list[Finding]()
    table, notes, uneven = sheet_table(rows, areas, scan.first_column - 1, limits, choices)
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
        decisions=(why, *notes),
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


def _cells(data: bytes, sheet: _Sheet, scan: Scan) -> tuple[list[list[str]], set[int], list[Area]]:
    """All rows of the sheet as text, the rows with numbers that Excel has cut, and the merged areas."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            found = book.get_sheet_by_name(sheet.name)
            rows, long_numbers = as_text(found)
            for (row, column), text in scan.errors.items():
                if row <= len(rows) and column <= len(rows[row - 1]):
                    rows[row - 1][column - 1] = text  # calamine gives a blank
            return rows, long_numbers, found.merged_cell_ranges or []
    except CalamineError as error:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=str(error)) from None
