"""Readings: what a meter or sensor says, written as `name: value` fields, taken apart into numbers and words."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# What programs and people write where there is no value.
MISSING = frozenset({"", "nan", "nat", "null", "none", "n/a", "na", "#n/a", "<na>", "-", "inf", "+inf", "-inf"})
BOOLEANS = frozenset({"true", "false"})
PERCENT = "%"
# A number may carry one of these; any other word behind it makes the value a word ("2nd floor", "3 phases").
UNITS = frozenset(
    "% ‰ wh kwh mwh gwh w kw mw gw va kva kvar var v kv a ma hz j kj mj gj l hl ml m3 m³ m2 m² mm cm m km g kg t "
    "bar mbar pa kpa hpa mpa psi ° c °c f °f k ppm ppb lx lux db rpm s sec ms min h hr hrs d km/h m/s l/s l/min l/h m3/h m³/h €".split()
)
LONGEST_NAME = 40
LONGEST_VALUE = 80  # characters; what is longer is prose, and a colon in it names no field
FEWEST_FIELDS = 2

# A comma ends a field only where a name and a colon follow, so that a value may hold one: "weekday rhythm, rising" and "1,234.5".
_NAME = rf"[^\W\d][^:,;?!\n]{{0,{LONGEST_NAME - 1}}}"
_FIELD_ENDS = re.compile(rf"\n|[,;](?=\s*{_NAME}:)")
_FIELD = re.compile(rf"\s*(?P<name>{_NAME}):(?P<value>.*)", re.DOTALL)
_MINUS = str.maketrans({"−": "-", "–": "-"})
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?P<mark>[,\u00a0\u202f ’'])\d{3}(?:(?P=mark)\d{3})*(?P<rest>\.\d+)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields of a reading by name: numbers, words (booleans in small letters), and the units that stood behind numbers.

    Each mapping keeps the order of the text. A field without a value is in none of them.
    """

    values: Mapping[str, float]
    words: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that have a value, numbers first."""
        return (*self.values, *self.words)


def parse_reading(text: str) -> Reading | None:
    """The reading that a text is, one field a line or separated by commas; None where it is not mainly `name: value` fields.

    Two fields at least, different names, one number at least (or a `nan` in its place), and fields in at least half of the letters: an
    instruction before the reading does no harm.
    """
    values: dict[str, float] = {}
    words: dict[str, str] = {}
    units: dict[str, str] = {}
    names: set[str] = set()
    letters, measured = 0, False
    for piece in _FIELD_ENDS.split(text):
        found = _FIELD.fullmatch(piece)
        value = found["value"].strip().rstrip(".,;").rstrip() if found else ""
        if not found or len(value) > LONGEST_VALUE:
            continue
        name = found["name"].strip()
        if name.casefold() in names:  # two values for one name: which one holds cannot be told
            return None
        names.add(name.casefold())
        letters += len(piece.strip())
        if value.casefold() in MISSING:
            measured = measured or value.casefold() in ("nan", "nat")
            continue
        number, unit = parse_number(value)
        if number is not None:
            values[name] = number
            if unit:
                units[name] = unit
        else:
            words[name] = value.casefold() if value.casefold() in BOOLEANS else value
    is_reading = len(names) >= FEWEST_FIELDS and (values or measured) and 2 * letters >= len(text.strip())
    return Reading(values, words, units) if is_reading else None


def parse_number(text: str) -> tuple[float | None, str]:
    """The number that a value is and its unit; None where it is no number, or not certainly one.

    The point is the decimal sign. "1,234" could be a thousand or, elsewhere, one and a bit, so it is no number; "1,234.5", "1,234,567"
    and "1 234" can be read in one way only.
    """
    plain = text.strip().translate(_MINUS)
    for pattern in (_GROUPED, _PLAIN):
        found = pattern.match(plain)
        if not found:
            continue
        unit = plain[found.end() :].strip().casefold()
        if unit and unit not in UNITS:
            continue
        digits = found[0]
        if pattern is _GROUPED:
            if found["mark"] == "," and digits.count(",") == 1 and not found["rest"]:
                return None, ""
            digits = digits.replace(found["mark"], "")
        number = float(digits)
        return (number, unit) if math.isfinite(number) else (None, "")
    return None, ""
