"""What a reading stands in: the same device's values over the days, and what the reading itself says of the days before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.base.readings import Reading, parse_number

_YES = frozenset({"yes", "true", "1", "y", "ya"})
_FLAG = re.compile(r"anomal|alarm|outlier|flag", re.IGNORECASE)
ONCE = 0.9  # of the rows: published tables repeat some
DAYS_BEFORE, DAYS_AFTER = 60, 30  # so many days are drawn: of years of readings none could be seen
FEWEST_DAYS = 5  # a line through fewer points tells nothing that the numbers do not
# what a change is measured against, by how such columns are called; the code becomes words on the page
_AGAINST = (
    ("day", re.compile(r"^(today_?)?dod|day[\s_-]*(over|to|on)[\s_-]*day", re.IGNORECASE)),
    ("week", re.compile(r"^wow|week[\s_-]*(over|to|on)[\s_-]*week", re.IGNORECASE)),
    ("month", re.compile(r"^mom|month[\s_-]*(over|to|on)[\s_-]*month", re.IGNORECASE)),
    ("quarter", re.compile(r"^qoq|quarter[\s_-]*(over|to|on)[\s_-]*quarter", re.IGNORECASE)),
    ("year", re.compile(r"^yoy|year[\s_-]*(over|to|on)[\s_-]*year", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class History:
    """One device's values in the order of time: `at` is the place of the reading that is looked at, `flagged` marks the odd days."""

    value_name: str
    device: str
    dates: tuple[date, ...]
    values: tuple[float, ...]
    flagged: tuple[bool, ...]
    at: int


class Histories:
    """The histories of all devices of a table of readings, each found by a row's number in the spreadsheet."""

    def __init__(self, value_name: str, devices: Mapping[str, list[tuple[date, float, bool, int]]]) -> None:
        """`devices`: by device (date, value, flagged, row number)."""
        self._value_name = value_name
        self._devices = {name: sorted(days) for name, days in devices.items()}
        self._device_of = {row: name for name, days in self._devices.items() for *_, row in days}

    @classmethod
    def of(
        cls, columns: Mapping[str, Sequence[str]], kinds: Mapping[str, str], numbers: Sequence[int], asked: Sequence[str]
    ) -> "Histories | None":
        """Find dates, devices, values and flags in a table; None where there is no column of dates or no number that is asked.

        `columns` are the cells by name, `kinds` what each column holds ("date", "number", "label", "id", ...), `numbers` the rows as the
        spreadsheet shows them, `asked` the columns of the question. The value is the first number that is asked. The device is the column
        of names under which a day comes once; where no column has that and days come twice, whose they are cannot be told: None.
        """
        when = next((name for name in columns if kinds.get(name) == "date"), None)
        value = next((name for name in asked if kinds.get(name) == "number"), None)
        if when is None or value is None:
            return None
        days = [_day(cell) for cell in columns[when]]
        names = [name for name in columns if name not in asked and kinds.get(name) in ("label", "id")]
        fit = [name for name in names if len(set(columns[name])) <= len(numbers) / FEWEST_DAYS and _once_a_day(columns[name], days)]
        device = min(fit, key=lambda name: len(set(columns[name])), default=None)
        if _once_a_day([""] * len(days), days):
            device = None
        elif device is None:
            return None
        flag = next((name for name in columns if _FLAG.search(name) and _are_flags(columns[name])), None)
        devices: dict[str, list[tuple[date, float, bool, int]]] = {}
        for at, number in enumerate(numbers):
            day, (amount, _) = days[at], parse_number(columns[value][at])
            if day is not None and amount is not None:
                odd = flag is not None and columns[flag][at].strip().casefold() in _YES
                devices.setdefault(columns[device][at].strip() if device else "", []).append((day, amount, odd, number))
        return cls(value, devices)

    def at(self, row: int) -> History | None:
        """The days around a row; None where the row has no date or value, or its device has too few days to draw."""
        device = self._device_of.get(row)
        days = self._devices[device] if device is not None else []
        if len({day for day, *_ in days}) < FEWEST_DAYS:
            return None
        at = next(place for place, (*_, number) in enumerate(days) if number == row)
        first = max(0, at - DAYS_BEFORE)
        shown = days[first : at + DAYS_AFTER + 1]
        return History(
            self._value_name,
            device or "",
            tuple(day for day, *_ in shown),
            tuple(value for _, value, _, _ in shown),
            tuple(odd for _, _, odd, _ in shown),
            at - first,
        )


def before(reading: Reading) -> tuple[str, Mapping[str, float]] | None:
    """What the reading says of the days before: the name of its value, and the value by code ("now", "day", "week", ...).

    A change of p percent to v means v / (1 + p/100) before; a change of -100 % or less says nothing about that. None without any change.
    """
    changes = {code: name for code, pattern in _AGAINST for name in reading.values if pattern.search(name)}
    value = next((name for name in reading.values if name not in changes.values()), None)
    if value is None:
        return None
    now = reading.values[value]
    known = {code: now / (1 + reading.values[name] / 100) for code, name in changes.items() if reading.values[name] > -100}
    # at the end of nothing there was something, but how much cannot be worked out from a percentage of it
    return (value, {"now": now, **known}) if known and now else None


def _once_a_day(names: Sequence[str], days: Sequence[date | None]) -> bool:
    """Whether hardly any day comes twice under one name; a row that was entered twice does not make another device of it."""
    pairs = [(name.strip(), day) for name, day in zip(names, days, strict=True) if day is not None]
    return len(set(pairs)) >= ONCE * len(pairs)


def _are_flags(cells: Sequence[str]) -> bool:
    found = {cell.strip().casefold() for cell in cells if cell.strip()}
    return bool(found & _YES) and len(found) <= 3


def _day(cell: str) -> date | None:
    try:
        return date.fromisoformat(cell.strip()[:10])
    except ValueError:  # another way of writing dates: which number is the month cannot be told
        return None
