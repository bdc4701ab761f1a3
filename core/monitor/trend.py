"""What a row of noisy figures does: its level at both ends, its jitter, where it was lowest, and whether it still falls at the end."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Points = Sequence[tuple[int, float]]

SHARE: Final = 0.05  # a change of less than a twentieth of the level is called flat
SURE: Final = 2.5  # deviations by which a difference must exceed what the jitter alone would bring
STEEP: Final = 2.5  # the same for a slope, of which a few points give a poor idea
_PER_BLOCK: Final = 3
_BLOCKS: Final = 12


@dataclass(frozen=True, slots=True)
class Ends:
    """The level at both ends, by how much they must differ for it to be more than the jitter, and of how many points each is."""

    first: float
    last: float
    margin: float
    few: int


def ends(points: Points) -> Ends:
    """Compare the first quarter with the last one, by their medians."""
    values = [value for _, value in points]
    few = max(2, len(values) // 4)
    first, last = statistics.median(values[:few]), statistics.median(values[-few:])
    # the median of `few` noisy values has a deviation of about 1.25 sigma / sqrt(few); a difference of two has sqrt(2) of that
    return Ends(first, last, max(SHARE * max(abs(first), abs(last)), SURE * 1.25 * 2**0.5 * noise(points) / few**0.5), few)


def noise(points: Points) -> float:
    """One standard deviation of the jitter, from second differences: those of a straight line are nil and those of a smooth bend small."""
    values = [value for _, value in points]
    bends = [a - 2 * b + c for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return math.sqrt(sum(bend * bend for bend in bends) / (6 * len(bends))) if bends else 0.0


def smooth(points: Points) -> list[float]:
    """Each value with its neighbours, the middle one twice."""
    values = [value for _, value in points]
    inner = [(a + 2 * b + c) / 4 for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return [values[0], *inner, statistics.mean(values[-2:])]


def lowest(values: Sequence[float]) -> int:
    """The place of the lowest value, the first of several."""
    return min(range(len(values)), key=values.__getitem__)


def blocks(points: Points) -> list[tuple[int, float]]:
    """At most a dozen parts of at least three points each, as (middle step, median): single outliers do not move them."""
    size = max(_PER_BLOCK, math.ceil(len(points) / _BLOCKS))
    parts = [points[at : at + size] for at in range(len(points) % size, len(points), size)]
    return [(part[len(part) // 2][0], statistics.median(value for _, value in part)) for part in parts]


def still_falling(points: Points) -> tuple[int, float, float] | None:
    """The step from which the last quarter falls, with the level there and at the end by a straight line; None where it does not.

    It must fall by more than a twentieth of its level, and by more than the jitter of so few points would bring.
    """
    tail = points[-max(4, len(points) // 4) :]
    if len(tail) < 4:
        return None
    middle = statistics.mean(step for step, _ in tail)
    spread = sum((step - middle) ** 2 for step, _ in tail)
    level = statistics.mean(value for _, value in tail)
    slope = sum((step - middle) * (value - level) for step, value in tail) / spread
    start, end = (level + slope * (step - middle) for step in (tail[0][0], tail[-1][0]))
    if start - end < SHARE * abs(level) or -slope < STEEP * noise(points) / math.sqrt(spread):
        return None
    return tail[0][0], start, end
