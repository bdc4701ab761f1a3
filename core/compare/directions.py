"""Words of direction in an answer that the numbers of its question contradict: "fell" where the day stands 12% above the one before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from core.base.written_numbers import WrittenNumber
from core.compare.changes import Change, changes
from core.compare.clauses import Cuts, Stretch
from core.compare.direction_words import (
    BEFORE_ORDER,
    COMPARED_BEHIND,
    CONDITION,
    DENIED_BEHIND,
    FROM_BEHIND,
    GENERAL,
    GOES_ON,
    HABIT,
    HOW,
    MODAL,
    MUCH,
    MULTIPLIED,
    NEGATED,
    ORDER,
    PERCENT,
    PERCENT_BEFORE,
    PLACED,
    SIZE_BEHIND,
    THAN_BEHIND,
    WAYS,
    WEAK,
    WORD,
    is_supposed,
)
from core.compare.grounding import MOST_CHECKED
from core.compare.measured import measured, ways
from core.compare.proposals import is_proposed
from core.compare.quantities import Quantity, quantities
from core.compare.references import in_prose
from core.compare.two_readings import TwoReadings, two_readings

DENIED = 3.0  # percent: what rose by so much did not "not rise"
LEVEL = 20.0  # percent: what changed by so much is not "stable"; below it opinions differ
MOST_SAID = 100  # words of direction in one answer; a page of nothing else must not hold the page up
LEAST = 0.5  # percent: a smaller change may be called a rise, a fall or nothing, as the sentence needs it
_NEXT_WORDS = 32  # characters
_NUMBER_BESIDE = re.compile(r"\s+(?:by\s+|of\s+)?(\d[\d.,]*)")
_NUMBER_BEFORE = re.compile(r"(\d[\d.,]*)\s?(?:%|per\s?cent|persen)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
_OF_TIME_TOO = ("over", "beyond")  # "a drop of 12% over the month" is no rise


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A word of direction, from `start` to `end` of the answer, and the field of the question that says otherwise, with its value."""

    word: str
    start: int
    end: int
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class _Said:
    """A direction said as a fact: 1, 0 or -1; `denied` where the sentence says that it was not so."""

    word: str
    start: int
    end: int
    way: int
    denied: bool
    clause: Stretch
    much: bool = False


def contradictions(answer: str, question: str) -> tuple[Contradiction, ...]:
    """The words of direction that the question's numbers contradict, in order; none where the question tells of no change.

    A word is held against the change whose percentage stands in its clause; without one, against those that the clause names ("last week",
    "the usual"), then those that its sentence names; and where nothing is named, only against all changes together. Orders ("reduce"),
    suppositions ("if it rises") and plans are no statements. No more than the first MOST_CHECKED characters are looked at.
    """
    text = answer[:MOST_CHECKED]
    known = changes(question)
    if not known:
        return ()
    cuts = Cuts(text)
    given = quantities(question)
    written = [one for one in measured(text, given) if not is_proposed(text, cuts, one.start, one.end)]
    numbers = [one for one in written if one.is_percentage]
    said = _said(text, cuts)
    out = []
    for one in said:
        beside = [other for other in said if other.clause == one.clause]
        against = _meant(one, beside, said, text, cuts, numbers, known)
        if against and all(_contradicts(one, change) for change in against):
            out.append(Contradiction(one.word, one.start, one.end, against[0].field, against[0].shown))
    for pair in two_readings(text, cuts, written):
        against = _of_pair(pair, text, cuts, given, known)
        if against and all(change.way == -pair.way for change in against):
            out.append(Contradiction(text[pair.start : pair.end], pair.start, pair.end, against[0].field, against[0].shown))
    return tuple(sorted(out, key=lambda one: one.start))


def _of_pair(pair: TwoReadings, text: str, cuts: Cuts, given: Sequence[Quantity], known: Sequence[Change]) -> list[Change]:
    """The changes that two readings side by side speak of; none where neither is the question's: "from 18 to 20 °C" is an order."""
    amounts = [one.value for one in given if not one.is_percentage]
    if not pair.way or not any(way.says(value) for number in (pair.then, pair.now) for way in ways(number, text) for value in amounts):
        return []
    sentence = cuts.sentence(pair.start, pair.end)
    named = in_prose(text, sentence.start, sentence.end)
    return [change for change in known if change.references & named] if named else list(known)


def _said(text: str, cuts: Cuts) -> list[_Said]:
    out = []
    for found in islice(WORD.finditer(text), MOST_SAID):
        clause = cuts.clause(found.start(), found.end())
        before, behind = text[clause.start : found.start()], text[found.end() : clause.end]
        kind = str(found.lastgroup)
        if kind.endswith("beside") and not _is_compared(found[0], before, behind):
            continue
        if kind.endswith("beside") and _is_of_proposed(text, cuts, found):
            continue
        if kind == "flat" and HOW.match(behind):
            continue
        if ORDER.fullmatch(found[0]) and BEFORE_ORDER.search(before.lstrip()) and not _is_told(text, clause, before, behind):
            continue
        if is_supposed(before) or CONDITION.match(text[cuts.sentence(found.start(), found.end()).start : clause.start].lstrip()):
            continue
        sentence = cuts.sentence(found.start(), found.end())
        if GENERAL.match(text, sentence.start):
            continue
        if (WEAK.fullmatch(found[0]) or MODAL.search(behind)) and not _is_held_against(text, clause, sentence):
            continue
        if HABIT.search(before) and not in_prose(text, clause.start, clause.end):
            continue
        denied = NEGATED.search(before)
        if denied and MULTIPLIED.fullmatch(found[0]):  # what has not doubled may well have risen
            continue
        behind_denied = DENIED_BEHIND.search(behind)
        much = bool(denied and MUCH.search(text, clause.start + denied.start(), clause.end))
        out.append(_Said(found[0], found.start(), found.end(), WAYS[kind], bool(denied) != bool(behind_denied), clause, much))
    strong = {one.clause for one in out if one.word.casefold() not in _OF_TIME_TOO}
    return [one for one in out if one.word.casefold() not in _OF_TIME_TOO or one.clause not in strong]


def _is_held_against(text: str, clause: Stretch, sentence: Stretch) -> bool:
    """Whether the clause of a word holds a percentage, or its sentence names what is compared with."""
    return bool(PERCENT.search(text, clause.start, clause.end) or in_prose(text, sentence.start, sentence.end))


def _is_told(text: str, clause: Stretch, before: str, behind: str) -> bool:
    """Whether a form that may be an order tells what happened: "higher than", "continues to rise", "drop of 12% on last week"."""
    if THAN_BEHIND.match(behind) or FROM_BEHIND.match(behind) or GOES_ON.search(before):
        return True
    return bool(SIZE_BEHIND.match(behind) and in_prose(text, clause.start, clause.end))


def _is_of_proposed(text: str, cuts: Cuts, found: re.Match[str]) -> bool:
    """Whether a number is proposed beside a word: "an alert for anything beyond 10%"."""
    near = (_NUMBER_BESIDE.match(text, found.end()), _NUMBER_BEFORE.search(text, max(0, found.start() - _NEXT_WORDS), found.start()))
    return any(number is not None and is_proposed(text, cuts, number.start(1), number.end(1)) for number in near)


def _is_compared(word: str, before: str, behind: str) -> bool:
    """Whether "more", "above" and their like stand beside a percentage or a comparison, and so say which way a number went."""
    if PERCENT_BEFORE.search(before) or COMPARED_BEHIND.match(behind):
        return True
    return word.casefold() in PLACED and bool(in_prose(behind[:_NEXT_WORDS]))


def _meant(
    one: _Said,
    beside: Sequence[_Said],
    said: Sequence[_Said],
    text: str,
    cuts: Cuts,
    numbers: Sequence[WrittenNumber],
    known: Sequence[Change],
) -> list[Change]:
    """The changes that a word speaks of."""
    inside = [number for number in numbers if one.clause.start <= number.start and number.end <= one.clause.end]
    if inside and len(beside) > 1:  # two directions in one clause: each has the number next to it
        inside = [min(inside, key=lambda number: max(number.start - one.end, one.start - number.end))]
    sized = [change for change in known if change.percent is not None]
    named = in_prose(text, one.clause.start, one.clause.end)
    linked = [change for number in inside for change in sized if any(way.says(change.percent or 0.0) for way in ways(number, text))]
    sentence = cuts.sentence(one.start, one.end)
    if linked:
        beyond = named or in_prose(text, sentence.start, sentence.end)
        return [change for change in linked if change.references & beyond] or linked
    alone = len([other for other in said if sentence.start <= other.start and other.end <= sentence.end]) == 1
    for references in (named, in_prose(text, sentence.start, sentence.end) if alone else frozenset()):
        if references:
            return [change for change in known if change.references & references]
    return list(known)


def _contradicts(one: _Said, change: Change) -> bool:
    size = abs(change.percent) if change.percent is not None else None
    if one.way == 0:
        level = change.way == 0 or size is None or size < LEVEL
        return level if one.denied and change.way == 0 else not level and not one.denied
    if size is not None and size < LEAST and change.way:
        return False
    if one.denied:
        return change.way == one.way and (size is None or size >= (LEVEL if one.much else DENIED))
    return change.way != one.way
