"""Which way the numbers of a reading point: changes in percent, multiples of the usual, values beside limits and former values."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from core.base.grounding import is_percent, units_of
from core.base.readings import Reading, parse_reading
from core.compare.references import Reference, of_field, parts_of

MOST_FIELDS = 60
_RATIO = frozenset("pattern ratio index pola rasio".split())
_LARGEST_RATIO = 20.0
_DIFFERENCE = frozenset("change delta diff difference perubahan selisih growth".split())
_BEFORE = frozenset("previous previously prior last before former yesterday kemarin sebelumnya lalu".split())
_NOW = frozenset("today current now this actual latest curret hari ini sekarang".split())
_TRENDS = (
    (1, re.compile(r"\b(?:ris\w+|increas\w+|grow\w+|climb\w+|up|upward|naik|meningkat)\b", re.IGNORECASE)),
    (-1, re.compile(r"\b(?:fall\w+|decreas\w+|declin\w+|down|downward|turun|menurun)\b", re.IGNORECASE)),
    (0, re.compile(r"\b(?:steady|stable|flat|constant|stabil|tetap|konstan)\b", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A rise (positive) or fall against `references`, by field; `percent` is None where only its way is known, `way` is 1, 0 or -1."""

    field: str
    references: frozenset[Reference]
    way: int
    percent: float | None
    shown: str


def changes(question: str) -> tuple[Change, ...]:
    """The changes that a reading tells of; none where the question is no reading."""
    reading = parse_reading(question)
    return tuple(islice(_changes(reading), 3 * MOST_FIELDS)) if reading is not None else ()


def _changes(reading: Reading) -> Iterator[Change]:
    values = dict(islice(reading.values.items(), MOST_FIELDS))
    for name, value in values.items():
        references, parts = of_field(name) - {"trend"}, set(parts_of(name))
        if is_percent(name, reading) and references:
            yield Change(name, references, _way(value), value, f"{value:g}")
        elif parts & _DIFFERENCE and references:
            yield Change(name, references, _way(value), None, f"{value:g}")
        elif parts & _RATIO and not units_of(name, reading) and 0 < value < _LARGEST_RATIO:
            yield Change(name, frozenset({"usual"}), _way(value - 1), (value - 1) * 100, f"{value:g}")
    yield from _pairs(values, reading)
    for name, word in reading.words.items():
        if "trend" in of_field(name):
            way = next((way for way, words in _TRENDS if words.search(word)), None)
            if way is not None:
                yield Change(name, frozenset({"trend"}), way, None, word)


def _pairs(values: dict[str, float], reading: Reading) -> Iterator[Change]:
    """Values that stand beside their former value, their limit, their usual value or their plan."""
    amounts = {name: value for name, value in values.items() if not is_percent(name, reading)}
    for other, before in amounts.items():
        references = _of_pair(other)
        for name, value in amounts.items() if references else ():
            if name != other and not _of_pair(name) and units_of(name, reading) == units_of(other, reading) and _belongs(name, other):
                percent = (value - before) / abs(before) * 100 if before else None
                if percent is None or math.isfinite(percent):
                    yield Change(name, references, _way(value - before), percent, f"{value:g} / {before:g}")


def _of_pair(name: str) -> frozenset[Reference]:
    """What a field that holds something to compare with is: a limit, a plan, the usual, or the time before; empty for any other field."""
    parts, references = set(parts_of(name)), of_field(name)
    fixed = references & {"limit", "plan", "usual"}
    if fixed:
        return frozenset(fixed)
    return references - {"trend"} if parts & _BEFORE else frozenset()


def _belongs(name: str, other: str) -> bool:
    """Whether a field and what it is compared with speak of the same, as "today_usage" and "usage_yesterday" do."""
    mine, others = set(parts_of(name)) - _NOW, set(parts_of(other)) - _NOW - _BEFORE
    left = {part for part in others if not of_field(part)}
    spans = {part for part in mine if of_field(part)}
    if spans and not of_field("_".join(sorted(spans))) & of_field(other):
        return False
    return left <= mine and bool(left or not spans)


def _way(value: float) -> int:
    return (value > 0) - (value < 0)
