"""Reads one sheet of an .xls, .xlsb or .ods file from its standard input; run as a process of its own by `core.prepare.other_sheets`.

python-calamine allocates the whole rectangle between a sheet's first and last cell, and its readers of these formats end the
process on some damaged files, and never end on others (of 30 damaged .xlsb one): here that costs one child, whose memory and time
are bounded.
"""

import json
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from core.base.errors import N_, BadSetting, EmptyFile, TooLarge, UnreadableFile
from core.prepare.binary_scan import BOOK, Told, scan_xls, scan_xlsb
from core.prepare.child import answer, bound_self
from core.prepare.sheet_cells import as_text
from core.prepare.sheet_scan import DAMAGED, SAVE_AGAIN
from core.prepare.source import Limits

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_MEMORY = 3_000_000_000  # bytes of address space: a million rows of ten cells take two thirds of that
_BATCH = 5_000  # rows


def main() -> None:
    """Arguments as JSON: the limits, the name of the sheet to read (or null), and the seconds of work that this may take."""
    limits, wanted, seconds = Limits(**json.loads(sys.argv[1])), json.loads(sys.argv[2]), json.loads(sys.argv[3])
    bound_self(_MEMORY, seconds)
    answer(_read(sys.stdin.buffer.read(), limits, wanted))


def _read(data: bytes, limits: Limits, wanted: str | None) -> Iterator[Any]:
    """First what was chosen and why, then the rows in batches."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            sheet, why, of = _choose(book, limits, wanted)
            rows, long_numbers = as_text(sheet)
            told = _told(data, [one.name for one in book.sheets_metadata], sheet.name, limits)
            errors = {(row, column): text for (row, column), text in told.errors.items() if row < len(rows) and column < len(rows[row])}
            for (row, column), text in errors.items():
                rows[row][column] = text  # calamine gives a blank
            yield {
                "sheets": book.sheet_names,
                "sheet": sheet.name,
                "why": why,
                "of": of,
                "areas": sheet.merged_cell_ranges or told.areas,
                "errors": [[row + 1, text] for (row, _), text in errors.items()],
                "long_numbers": sorted(long_numbers),
            }
    except PasswordError:
        raise UnreadableFile(
            N_("This file is protected by a password."),
            N_("Open it with its password, save a copy without one, then choose that copy here."),
        ) from None
    except (CalamineError, OSError, ValueError, OverflowError, MemoryError, zipfile.BadZipFile) as error:
        raise UnreadableFile(DAMAGED, SAVE_AGAIN, details=str(error)) from None
    for at in range(0, len(rows), _BATCH):
        yield rows[at : at + _BATCH]


def _told(data: bytes, names: list[str], name: str, limits: Limits) -> Told:
    """What calamine does not tell; of an .ods file it tells everything that matters here."""
    if not data.startswith(b"PK"):
        return scan_xls(data, names.index(name), limits)
    with zipfile.ZipFile(BytesIO(data)) as parts:
        binary = BOOK in parts.namelist()
    return scan_xlsb(data, name, limits) if binary else Told()


def _choose(book: "CalamineWorkbook", limits: Limits, wanted: str | None) -> tuple["CalamineSheet", str, int]:
    """The sheet asked for, else the fullest that is not hidden, with the code of the reason and the number of sheets."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    known = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    if wanted is not None:
        if all(one.name != wanted for one in known):
            raise BadSetting(N_("There is no sheet called {sheet} in this file."), N_("Choose one of its sheets."), sheet=wanted)
        return _sheet(book, wanted, limits), "sheet_chosen", len(known)
    best: CalamineSheet | None = None
    most = with_data = 0
    shown = False
    for one in sorted(known, key=lambda one: one.visible != SheetVisibleEnum.Visible):
        visible = one.visible == SheetVisibleEnum.Visible
        if best is not None and shown and not visible:
            break
        sheet = _sheet(book, one.name, limits)
        filled = sum(sum(cell != "" for cell in row) for row in sheet.iter_rows())
        with_data += filled > 0
        if filled > most:
            best, most, shown = sheet, filled, visible
    if best is None:
        raise EmptyFile()
    return best, "sheet_only" if len(known) == 1 else "sheet_fullest" if with_data > 1 else "sheet_with_data", len(known)


def _sheet(book: "CalamineWorkbook", name: str, limits: Limits) -> "CalamineSheet":
    sheet = book.get_sheet_by_name(name)
    if sheet.height * sheet.width > limits.cells:
        raise TooLarge(
            N_("This table has {columns} columns and {rows} rows; this page takes up to {limit} columns."),
            columns=sheet.width,
            rows=sheet.height,
            limit=limits.columns,
        )
    return sheet


if __name__ == "__main__":
    main()
