"""Which field of a reading a number in an advice comes from: by value, by unit, and by what the sentence calls it."""

import re
from collections.abc import Sequence

from core.base.readings import PERCENT, UNITS, Reading
from core.base.written_numbers import WrittenNumber

MOST_DECIMALS = 30  # floats printed in full have up to 20
COUNTED = 10  # "check 3 pumps": a bare whole number below this counts things
_SLACK = 1e-9  # of the half that rounding allows: 12.45 is not exactly 12.45 in a computer

# Names of fields that hold a change in percent; the abbreviations are those of published energy data.
PERCENT_NAMES = frozenset({"pct", "percent", "percentage", "perc", "persen", "growth", "dod", "wow", "mom", "qoq", "yoy"})
# What a sentence may call the time that a field's name speaks of, beside the name's own words; in English and Indonesian.
_DAY, _WEEK, _MONTH = ("day", "yesterday", "daily", "hari", "kemarin"), ("week", "minggu", "pekan"), ("month", "bulan")
_QUARTER, _YEAR = ("quarter", "kuartal"), ("year", "annual", "tahun")
_CALLED = {"day": _DAY, "week": _WEEK, "month": _MONTH, "quarter": _QUARTER, "year": _YEAR} | {
    "dod": _DAY, "wow": _WEEK, "mom": _MONTH, "qoq": _QUARTER, "yoy": _YEAR,
}  # fmt: skip
PROSE_UNITS = UNITS - {"a"}  # "12 a day" is not in ampere
_TIMES = re.compile(r"(second|minute|hour|day|week|month|quarter|year)s?|(detik|menit|jam|hari|minggu|pekan|bulan|kuartal|tahun)")
_NAME_PARTS = re.compile(r"[^\W_]+[²³]?")
_WORDS = re.compile(r"[^\W\d_]+")
_SENTENCE_ENDS = re.compile(r"[.!?](?=\s|$)|\n")
_CLAUSE_ENDS = re.compile(
    r"[.,:;!?](?=\s|$)|[\n()—]|\s–\s|\b(?:and|but|or|while|whereas|yet|though|dan|tetapi|sedangkan|atau)\b", re.IGNORECASE
)
_SHORTEST_PART = 3  # "of" and "to" in a field's name call nothing


def may_come_from(number: WrittenNumber, reading: Reading) -> tuple[str, ...]:
    """The fields whose value a number could be, rounded as it is shown and with or without its sign, in a unit that fits.

    A percentage comes from a field in percent and nothing else does; a number with a unit comes from the fields in this unit where the
    names tell; a time ("7 days") only from a field named after it; a bare whole number below ten from none.
    """
    if number.decimals > MOST_DECIMALS:
        return ()
    return tuple(name for name, value in reading.values.items() if _is_rounded(number, value) and _unit_fits(number, name, reading))


def sources(number: WrittenNumber, text: str, reading: Reading) -> tuple[str, ...]:
    """The field that a number of `text` comes from: none, one, or several where they cannot be told apart.

    Of several with this value, those that need no rounding come first, unless the words around the number name another one; of several
    that are named side by side ("12% on the day against 12% on the week") none is chosen.
    """
    fields = may_come_from(number, reading)
    if len(fields) < 2:
        return fields
    exact = [name for name in fields if abs(reading.values[name]) == abs(number.value)]
    named = _named(number, text, fields)
    if len(named) == 1 and (named[0] in exact or not exact):
        return tuple(named)
    chosen = {*exact, *named} or set(fields)
    return tuple(name for name in fields if name in chosen)


def is_percent(name: str, reading: Reading) -> bool:
    """Whether a field holds a percentage, by its name or by the sign behind its value."""
    return reading.units.get(name) == PERCENT or PERCENT in name or not PERCENT_NAMES.isdisjoint(_parts(name))


def units_of(name: str, reading: Reading) -> frozenset[str]:
    """The units of a field: what stands behind its value and the last part of its name, as in usage_kwh."""
    parts = _parts(name)
    behind = reading.units.get(name)
    last = parts[-1:] if len(parts) > 1 else []
    return frozenset(unit for unit in (behind, *last) if unit in UNITS)


def _is_rounded(number: WrittenNumber, value: float) -> bool:
    if number.sign and value and (number.value < 0) != (value < 0):
        return False
    half: float = 0.5 * 10.0**-number.decimals
    return abs(abs(value) - abs(number.value)) <= half * (1 + _SLACK)


def _unit_fits(number: WrittenNumber, name: str, reading: Reading) -> bool:
    percent = is_percent(name, reading)
    if number.is_percentage:
        # where no name says which fields are percentages, any without a unit of its own may be one
        return percent or not (any(is_percent(other, reading) for other in reading.values) or units_of(name, reading))
    if percent:
        return False
    if number.unit in PROSE_UNITS:
        telling = any(number.unit in units_of(other, reading) for other in reading.values)
        return number.unit in units_of(name, reading) or not (telling or units_of(name, reading))
    if time := _TIMES.fullmatch(number.unit):
        word = time[1] or time[2]
        return word in _parts(name) or f"{word}s" in _parts(name)
    return bool(number.decimals) or abs(number.value) >= COUNTED


def _parts(name: str) -> list[str]:
    return [part.casefold() for part in _NAME_PARTS.findall(name)]


def _named(number: WrittenNumber, text: str, fields: Sequence[str]) -> list[str]:
    """The fields that the words around a number call by name: those of its own clause, or where these name none, of its sentence."""
    for ends in (_CLAUSE_ENDS, _SENTENCE_ENDS):
        edges = [found.span() for found in ends.finditer(text)]
        begin = max((end for _, end in edges if end <= number.start), default=0)
        stop = min((start for start, _ in edges if start >= number.end), default=len(text))
        words = [word.casefold() for word in _WORDS.findall(text, begin, stop)]
        named = [name for name in fields if any(word.startswith(_calls(name)) for word in words)]
        if named:
            return named
    return []


def _calls(name: str) -> tuple[str, ...]:
    """How the words begin that call a field."""
    return tuple(call for part in _parts(name) if len(part) >= _SHORTEST_PART for call in _CALLED.get(part, (part,)))
