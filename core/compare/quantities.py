"""What a question says in numbers: the fields of a reading, or the numbers of its prose, and what plainly follows from them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, permutations

from core.base.grounding import is_percent, units_of
from core.base.readings import PERCENT, UNITS, parse_reading
from core.base.written_numbers import numbers_in
from core.compare.references import Reference, of_field, parts_of
from core.compare.spelled import spelled_numbers

MOST = 60  # quantities of one question; past it a question is a table, and every number would be explained by some pair
MOST_PAIRS = 400
_HALF_STEP = 0.0005  # of a percentage with one decimal: 12.3% is anything from 12.25% to 12.35%
# Names of fields that hold a share or a multiple: 0.58 is 58%, 1.94 is 94% above.
_SHARES = frozenset(
    "pattern ratio share fraction factor rate proportion portion quota index pola rasio porsi pangsa bagian count percent pct".split()
)

# What a unit is worth in the smallest of its kind; "kwh" and "mwh" measure the same thing.
_SCALES: tuple[Mapping[str, float], ...] = (
    {"wh": 1.0, "kwh": 1e3, "mwh": 1e6, "gwh": 1e9},
    {"w": 1.0, "kw": 1e3, "mw": 1e6, "gw": 1e9},
    {"va": 1.0, "kva": 1e3},
    {"v": 1.0, "kv": 1e3},
    {"a": 1.0, "ma": 1e-3},
    {"j": 1.0, "kj": 1e3, "mj": 1e6, "gj": 1e9},
    {"ml": 1e-3, "l": 1.0, "hl": 100.0, "m3": 1e3, "m³": 1e3},
    {"mm": 1e-3, "cm": 1e-2, "m": 1.0, "km": 1e3},
    {"g": 1e-3, "kg": 1.0, "t": 1e3},
    {"pa": 1.0, "mbar": 100.0, "hpa": 100.0, "kpa": 1e3, "bar": 1e5, "mpa": 1e6},
    {"ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "d": 86400.0},
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a question: `name` is its field (empty in prose), `unit` "" where none is known, "%" for a percentage."""

    value: float
    name: str = ""
    unit: str = ""
    references: frozenset[Reference] = frozenset()

    @property
    def is_percentage(self) -> bool:
        """Whether it is in percent."""
        return self.unit == PERCENT

    @property
    def is_share(self) -> bool:
        """Whether it may be said in percent although it is not: a share or a multiple, by its name, or a fraction of 1 in prose."""
        if self.unit:
            return False
        return bool(_SHARES & set(parts_of(self.name))) if self.name else 0 < self.value < 1


@dataclass(frozen=True, slots=True)
class Derived:
    """A number that follows from the question.

    `how` is "then" (the value before a change), "difference", "sum", "mean", "change", "ratio" or "points" (between two percentages).

    `references` are those of the change that it was worked out from; `slack` is how far off it may be, a change being rounded to 0.1%.
    """

    value: float
    how: str
    unit: str = ""
    references: frozenset[Reference] = frozenset()
    slack: float = 0.0


def quantities(question: str) -> tuple[Quantity, ...]:
    """The numbers of a question, those of a reading by field; dates, times and identifiers are none."""
    reading = parse_reading(question)
    found: list[Quantity] = []
    if reading is not None:
        for name, value in reading.values.items():
            units = units_of(name, reading) - {PERCENT}
            unit = PERCENT if is_percent(name, reading) else min(units, default="")
            found.append(Quantity(value, name, unit, of_field(name)))
    known = {abs(one.value) for one in found}
    for number in (*numbers_in(question), *spelled_numbers(question)):
        if abs(number.value) not in known:
            found.append(Quantity(number.value, "", number.unit if number.unit in UNITS else ""))
    return tuple(islice((one for one in dict.fromkeys(found) if math.isfinite(one.value)), MOST))


def derived(given: tuple[Quantity, ...]) -> tuple[Derived, ...]:
    """What plainly follows: values before a change in percent, and of two like numbers their difference, ratio and change in percent."""
    out: list[Derived] = []
    amounts = [one for one in given if not one.is_percentage and not one.is_share]
    for change in given:
        if change.is_percentage and change.references and change.value > -100:
            for amount in amounts[:1]:  # the value of a reading is its first; what its changes are of
                then = amount.value / (1 + change.value / 100)
                slack = abs(then) * _HALF_STEP / (1 + change.value / 100)
                out.append(Derived(then, "then", amount.unit, change.references, slack))
                out.append(Derived(amount.value - then, "difference", amount.unit, change.references, slack))
            out.append(Derived(1 + change.value / 100, "ratio", "", change.references))
    for first, second in islice(permutations(amounts, 2), MOST_PAIRS):
        if first.unit == second.unit:
            references = first.references | second.references
            out += [Derived(value, how, unit, references) for value, how, unit in _of_two(first.value, second.value, first.unit)]
    percentages = [one for one in given if one.is_percentage]
    for first, second in islice(permutations(percentages, 2), MOST_PAIRS):
        out.append(Derived(first.value - second.value, "points", PERCENT, first.references | second.references))
    alike = [one for one in amounts if one.unit == amounts[0].unit] if amounts else []
    if len(alike) > 1:
        total = math.fsum(one.value for one in alike)
        out += [Derived(total, "sum", alike[0].unit), Derived(total / len(alike), "mean", alike[0].unit)]
    return tuple(one for one in out if math.isfinite(one.value))


def _of_two(first: float, second: float, unit: str) -> Iterator[tuple[float, str, str]]:
    if first > second:
        yield first - second, "difference", unit
    if second:
        yield first / second, "ratio", ""
        yield (first - second) / abs(second) * 100, "change", PERCENT
        yield first / second * 100, "change", PERCENT


def in_unit(value: float, unit: str, wanted: str) -> float | None:
    """A value in another unit of the same kind; None where they measure different things or one is not known."""
    if unit == wanted:
        return value
    scale = next((scale for scale in _SCALES if unit in scale and wanted in scale), None)
    return value * scale[unit] / scale[wanted] if scale else None
