"""Drawing the sides of a split: how many questions each gets, and which, by chance within each class or by time."""

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.prepare.groups import Unit

SAFE_TEST = 30  # small sets give up to 30% for a test of 30: its 95% interval is about +-14 points, that of 20 is +-17
MOST_TEST = 1_000  # +-2.5 points; more test rows would only be paid for
MOST_VALIDATION = 500
VALIDATED_FROM = 50  # below that a validation curve of a few rows is noise, and the rows do more good elsewhere
CLASS_VALIDATED_FROM = 5  # classes with fewer rows give to training first, then to the test, and nothing to validation


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many different questions should validate and test, and whether there was too little room for it."""

    validation: int
    test: int
    limited: bool


def sizes(n: int, room: int, shares: tuple[float, float, float] | None, *, test: bool = True) -> Sizes:
    """The sizes for n different questions, of which `room` may leave the training; without `test` none is drawn."""
    if shares is None:
        wanted = min(MOST_TEST, math.ceil(0.3 * n), max(math.ceil(0.2 * n), SAFE_TEST))
        validation = 0 if n < VALIDATED_FROM else min(MOST_VALIDATION, round(0.1 * n))
    else:
        validation, wanted = round(shares[1] * n), round(shares[2] * n)
    wanted = wanted if test else 0
    fits = min(wanted, room)
    return Sizes(min(validation, room - fits), fits, wanted + validation > room)


def draw(units: Sequence[Unit], wanted: Sizes, order: random.Random, *, heavy: int, room: int, by_user: bool = False) -> dict[int, str]:
    """The side of every example that does not train, by index; each class in its proportion.

    Each class keeps at least one question for training; a class with few gives the next one to the test and none to validation. A question
    asked more than `heavy` times would fill a side by itself, so it trains. Groups that the user formed (`by_user`) may be larger: of
    those that fit into no side, the smallest tests if it leaves half of all.
    """
    members: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        members[unit.label].append(unit)
    light: dict[str, list[Unit]] = {}
    for label in sorted(members):
        order.shuffle(members[label])
        light[label] = [
            unit for unit in members[label] if len(unit.indices) <= heavy or (by_user and len(unit.indices) <= 2 * unit.questions)
        ]
    size = {label: _weight(members[label]) for label in light}
    spare = {label: min(_weight(light[label]), size[label] - 1) for label in light}
    few = {label: len(size) > 1 and size[label] < CLASS_VALIDATED_FROM for label in light}
    most = {label: min(spare[label], 1) if few[label] else spare[label] for label in light}
    tested = _quota(most, size, wanted.test, order)
    rest = {label: 0 if few[label] else spare[label] - tested[label] for label in light}
    validated = _quota(rest, size, wanted.validation, order)
    drawn: list[tuple[Unit, str]] = []
    for label, some in light.items():
        drawn += _filled(some, tested[label], validated[label])
    if by_user and wanted.test and not any(side == "test" for _, side in drawn):
        taken = {unit.indices[0] for unit, _ in drawn}
        fit = [unit for unit in units if unit.questions <= min(room, _weight(units) // 2) and unit.indices[0] not in taken]
        drawn = [(unit, "test") for unit in sorted(fit, key=lambda unit: unit.questions)[:1]]
    return {index: side for unit, side in drawn for index in unit.indices}


def _filled(units: Sequence[Unit], test: int, validation: int) -> Iterator[tuple[Unit, str]]:
    """The units that fit into what is left of a side, the test first."""
    for unit in units:
        if unit.questions <= test:
            test -= unit.questions
            yield unit, "test"
        elif unit.questions <= validation:
            validation -= unit.questions
            yield unit, "validation"


def draw_latest(units: Sequence[Unit], moments: Sequence[float | None], wanted: Sizes, *, room: int) -> dict[int, str]:
    """The side of every example that does not train: the latest test, those before them validate, equal moments stay together.

    A unit is as old as its oldest example, so that nothing tests that was asked before; one without a moment trains.
    """
    at: dict[float, list[Unit]] = defaultdict(list)
    for unit in units:
        known = [moments[index] for index in unit.indices]
        if None not in known:
            at[min(moment for moment in known if moment is not None)].append(unit)
    later = [at[moment] for moment in sorted(at, reverse=True)]
    side_of: dict[int, str] = {}
    begin, left = 0, min(room, _weight(units) - 1)
    for side, target in (("test", wanted.test), ("validation", wanted.validation)):
        end, total = begin, 0
        # ties may make a side smaller or larger than asked for, whichever is closer
        while end < len(later) and (more := _weight(later[end])) <= left and (total + more - target <= target - total or not total):
            if not target or (not total and more > max(target, _weight(units) // 2)):
                break
            total, left, end = total + more, left - more, end + 1
        side_of.update({index: side for some in later[begin:end] for unit in some for index in unit.indices})
        begin = end
    return side_of


def _weight(units: Sequence[Unit]) -> int:
    return sum(unit.questions for unit in units)


def _quota(most: dict[str, int], size: dict[str, int], wanted: int, order: random.Random) -> dict[str, int]:
    """Share `wanted` out over the classes in proportion to their sizes, by largest remainder, no class over `most`; chance breaks ties."""
    total = sum(size.values())
    exact = {label: wanted * size[label] / total for label in sorted(size)}
    given = {label: min(most[label], int(exact[label])) for label in exact}
    missing = min(wanted, sum(most.values())) - sum(given.values())
    tie = {label: order.random() for label in exact}
    while missing > 0:
        open_ = [label for label in exact if given[label] < most[label]]
        open_.sort(key=lambda label: (given[label] - exact[label], tie[label]))
        for label in open_[:missing]:
            given[label] += 1
        missing -= len(open_[:missing])
    return given
