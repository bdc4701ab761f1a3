"""Whether the numbers of an answer come from its question: the same, rounded, without its sign, in another unit, or worked out from it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.base.readings import PERCENT, UNITS
from core.base.written_numbers import WrittenNumber
from core.compare.changes import changes
from core.compare.clauses import Cuts, Stretch
from core.compare.measured import Way, measured, ways
from core.compare.multiples import unexplained
from core.compare.proposals import is_proposed
from core.compare.quantities import Derived, Quantity, derived, in_unit, quantities
from core.compare.references import Reference, in_prose

MOST_CHECKED = 8_000  # characters of an answer; what is longer is no advice, and is said to be only partly checked
_FEWEST_DIGITS = 2  # a single digit is worked out from something by chance

Why = Literal["unknown", "elsewhere"]

_CUES = {
    "sum": re.compile(r"\b(?:together|total\w*|sum|combined|altogether|in all|jumlah\w*|seluruhnya|keseluruhan|gabungan)\b", re.IGNORECASE),
    "points": re.compile(r"\b(?:points?|poin)\b", re.IGNORECASE),
    "mean": re.compile(r"\b(?:average|mean|rata-rata|rerata)\b", re.IGNORECASE),
    "gap": re.compile(
        r"\b(?:difference|gap|between|more|less|fewer|extra|additional|apart|spread|margin|above|below|over|under|beyond|higher|lower|"
        r"exceed\w*|short|selisih\w*|beda\w*|perbedaan|antara|lebih|kurang|tambahan|di atas|di bawah|melebihi|melampaui)\b",
        re.IGNORECASE,
    ),
}
_FOLD = frozenset({"times", "time", "x", "fold", "kali", "×"})


@dataclass(frozen=True, slots=True)
class Ungrounded:
    """A number of an answer that its question does not explain, from `start` to `end` of the answer.

    `why` is "unknown" where it stands nowhere in the question, and "elsewhere" where it is `field`'s, while the sentence speaks of another.
    """

    text: str
    start: int
    end: int
    why: Why
    field: str = ""


def ungrounded(answer: str, question: str) -> tuple[Ungrounded, ...]:
    """The numbers of an answer that its question does not explain, in order; none where the question has no number to compare with.

    Words for how much ("doubled", "a third lower") count as numbers. Passed over are dates, times of day, spans of time ("within 24
    hours"), identifiers, bare whole numbers below ten, which count things, and what an order or a condition proposes. No more than the
    first MOST_CHECKED characters are looked at.
    """
    text = answer[:MOST_CHECKED]
    given = quantities(question)
    if not given:
        return ()
    worked_out, cuts = derived(given), Cuts(text)
    around = _Around(text, cuts)
    claimed = [number for number in measured(text, given) if not is_proposed(text, cuts, number.start, number.end)]
    found = [one for number in claimed if (one := _explain(number, around, given, worked_out)) is not None]
    found += [Ungrounded(one.text, one.start, one.end, "unknown") for one in unexplained(text, cuts, changes(question))]
    return tuple(sorted(found, key=lambda one: one.start))


class _Around:
    """What stands around the places of a text: each sentence and clause is read once, however many numbers it holds."""

    def __init__(self, text: str, cuts: Cuts) -> None:
        self._text, self._cuts = text, cuts
        self._named: dict[Stretch, frozenset[Reference]] = {}
        self._cues: dict[Stretch, frozenset[str]] = {}

    def named(self, number: WrittenNumber, *, sentence: bool) -> frozenset[Reference]:
        """What the clause or the sentence of a number compares with."""
        stretch = (self._cuts.sentence if sentence else self._cuts.clause)(number.start, number.end)
        if stretch not in self._named:
            self._named[stretch] = in_prose(self._text, stretch.start, stretch.end)
        return self._named[stretch]

    def cues(self, number: WrittenNumber) -> frozenset[str]:
        """What the sentence of a number says that it is: a "sum", a "mean", a "gap"."""
        stretch = self._cuts.sentence(number.start, number.end)
        if stretch not in self._cues:
            said = stretch.of(self._text)
            self._cues[stretch] = frozenset(cue for cue, words in _CUES.items() if words.search(said))
        return self._cues[stretch]

    def ways(self, number: WrittenNumber) -> list[Way]:
        """The ways in which a number may be read."""
        return ways(number, self._text)


def _explain(number: WrittenNumber, around: _Around, given: Sequence[Quantity], worked_out: Sequence[Derived]) -> Ungrounded | None:
    ways = around.ways(number)
    fields = [one for one in given if any(_fits(way, one, given) for way in ways)]
    said = around.named(number, sentence=False)
    if not fields:
        said = said or around.named(number, sentence=True)
        if any(_follows(way, one, said, around.cues(number)) for one in worked_out for way in ways):
            return None
        return Ungrounded(number.text, number.start, number.end, "unknown")
    known = {reference for one in given for reference in one.references}
    # of a span of time that the question says nothing of, a neighbour's number is the next best
    if number.is_percentage and said and said <= known and not any(not one.references or one.references & said for one in fields):
        return Ungrounded(number.text, number.start, number.end, "elsewhere", fields[0].name)
    return None


def _fits(way: Way, one: Quantity, given: Sequence[Quantity]) -> bool:
    number = way.number
    if number.is_percentage:
        if one.is_percentage:
            return way.says(one.value)
        if one.is_share:
            return way.says(one.value * 100) or way.says((one.value - 1) * 100)
        # where no name says which numbers are percentages, any without a unit of its own may be one
        return not one.unit and way.says(one.value) and not any(other.is_percentage for other in given)
    measured_in = number.unit if number.unit in UNITS and number.unit != "a" else ""
    if measured_in and one.unit:
        value = in_unit(one.value, one.unit, measured_in)
        return value is not None and way.says(value)
    # a number without a unit of its own is not meant where another one has this unit
    return way.says(one.value) and not any(
        measured_in and other.unit and in_unit(1, other.unit, measured_in) is not None for other in given
    )


def _follows(way: Way, one: Derived, said: frozenset[Reference], cues: frozenset[str]) -> bool:
    """Whether a number is what was worked out, and the sentence says that it was."""
    number, value, slack = way.number, one.value, one.slack
    if sum(letter.isdigit() for letter in number.text) < _FEWEST_DIGITS and one.how != "ratio":
        return False
    if number.is_percentage != (one.unit == PERCENT) or (one.how == "ratio") != (number.unit in _FOLD):
        return False
    if number.unit in UNITS and one.unit and not number.is_percentage:
        other = in_unit(value, one.unit, number.unit)
        if other is None:
            return False
        value, slack = other, slack * other / value if value else 0.0
    if not way.says(value, slack):
        return False
    if one.how in ("sum", "mean"):
        return one.how in cues
    if one.how == "points":
        return "points" in cues
    if one.how == "then":
        return bool(one.references & said)
    if one.references and one.how == "difference":
        return bool(one.references & said) or ("gap" in cues and not said)
    return one.how == "ratio" or bool(one.references & said) or "gap" in cues
