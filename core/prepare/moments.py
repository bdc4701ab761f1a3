"""The order that a column gives: by its numbers, by its dates, or by its words with the numbers in them counted."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from core.prepare.columns import has_no_value

Key = tuple[int, tuple[object, ...]]

_NEARLY_ALL = 0.95
_LAST: Key = (1, ())  # a cell without a place in the order comes after those that have one
_DATE = re.compile(
    r"(?P<a>\d{1,4})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{2,4})"
    r"(?:[ T]+(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2}))?\S*\s?(?P<half>[ap]\.?m)?)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(\d+)")


def order_keys(cells: Sequence[str]) -> list[Key]:
    """A key for each cell, to sort by: numbers where nearly all are, else dates, else words ("turn 2" before "turn 10")."""
    known = list(dict.fromkeys(cell.strip() for cell in cells if not has_no_value(cell)))
    for read in (_numbers, _dates):
        found = read(known)
        if sum(value is not None for value in found) >= _NEARLY_ALL * len(known):
            keys = {cell: (0, (value,)) if value is not None else _LAST for cell, value in zip(known, found, strict=True)}
            return [keys.get(cell.strip(), _LAST) for cell in cells]
    words = {cell: (0, _words(cell)) for cell in known}
    return [words.get(cell.strip(), _LAST) for cell in cells]


def _numbers(cells: Sequence[str]) -> list[float | None]:
    return [_number(cell) for cell in cells]


def _number(cell: str) -> float | None:
    try:
        value = float(cell.replace(",", "."))
    except ValueError:
        return None
    return value if value == value else None


def _dates(cells: Sequence[str]) -> list[float | None]:
    """Each date as seconds; whether the day or the month comes first is what the column itself shows, the day where it does not."""
    found = [_DATE.match(cell) for cell in cells]
    month_first = any(int(one["b"]) > 12 for one in found if one and len(one["a"]) < 3)
    dates = [_iso(cell) for cell in cells]
    return [date if date is not None or one is None else _written(one, month_first) for date, one in zip(dates, found, strict=True)]


def _iso(cell: str) -> float | None:
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _written(found: re.Match[str], month_first: bool) -> float | None:
    first, second, third = int(found["a"]), int(found["b"]), int(found["c"])
    if len(found["a"]) > 2:
        year, month, day = first, second, third
    elif month_first:
        year, month, day = third, first, second
    else:
        year, month, day = third, second, first
    hour = int(found["h"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    try:
        moment = datetime(year + (2000 if year < 100 else 0), month, day, hour, int(found["m"] or 0), int(found["s"] or 0), tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp()


def _words(cell: str) -> tuple[object, ...]:
    pieces = _DIGITS.split(cell.casefold())
    return tuple(int(piece) if at % 2 else piece for at, piece in enumerate(pieces))
