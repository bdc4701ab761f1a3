"""The cells of a sheet as python-calamine gives them become text, as a person sees them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_EXACT = 10**15  # Excel keeps 15 digits of a number: of a longer one the last are already lost


def as_text(sheet: "CalamineSheet") -> tuple[list[list[str]], set[int]]:
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
