"""What a number of test rows can show: the interval around a share, and how many rows two models need to be told apart."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final

from core.base.intervals import wilson

SHOWN: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LEVEL: Final = 0.05
POWER: Final = 0.8
MOST: Final = 10_000  # rows; hardly anybody can test with more


@dataclass(frozen=True, slots=True)
class Claim:
    """With `n` test rows of which `right` are right: the share, and where the true one lies with 95% certainty."""

    right: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.right / self.n


@dataclass(frozen=True, slots=True)
class Needed:
    """How many test rows tell `better` from `worse`; `fewest` where the better model is right wherever the worse one is, `usual` where
    their mistakes have nothing to do with each other. None is more than MOST.
    """

    better: float
    worse: float
    fewest: int | None
    usual: int | None


def claim(n: int, share: float) -> Claim:
    """What a share of about `share` on n rows (at least one) means; the share is that of the nearest whole number of rows."""
    right = round(share * n)
    return Claim(right, n, *wilson(right / n, n))


def claims(n: int) -> tuple[Claim, ...]:
    """Some shares on n rows, each once."""
    return tuple({one.right: one for one in (claim(n, share) for share in SHOWN)}.values()) if n else ()


@cache
def needed(better: float, worse: float) -> Needed:
    """How many rows that both models answer it takes until exact McNemar at 5% finds the difference with a chance of 80%.

    It is the test that Compare uses. What counts are the rows that only one of the two gets right: at the least better - worse of all,
    and better * (1 - worse) + worse * (1 - better) where the mistakes are unrelated.
    """
    gap = better - worse
    return Needed(better, worse, _search(gap, 0.0), _search(better * (1 - worse), worse * (1 - better)))


def _search(only_better: float, only_worse: float) -> int | None:
    """The fewest rows with enough power; it grows with them but for saw teeth of a row or two."""
    if power(MOST, only_better, only_worse) < POWER:
        return None
    low, high = 0, 8
    while power(high, only_better, only_worse) < POWER:
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, only_better, only_worse) >= POWER else (middle, high)
    return high


def power(rows: int, only_better: float, only_worse: float) -> float:
    """With which chance exact McNemar at 5%, two-sided, finds a difference; the shares are of rows that only one gets right."""
    import numpy as np
    from scipy.special import bdtr, gammaln, xlog1py, xlogy  # scipy.stats would take half a second to load

    differ = only_better + only_worse
    # the rows that differ are within six standard deviations of their mean, or the chance is nothing
    middle, reach = rows * differ, 6 * math.sqrt(rows * differ * (1 - differ)) + 1
    counts = np.arange(max(0, math.floor(middle - reach)), min(rows, math.ceil(middle + reach)) + 1)
    # of so many rows that differ, the most that the worse model may have for itself; the quantile lies 0.98 roots below the half
    worst = np.minimum(counts, np.floor(counts / 2 - 0.9 * np.sqrt(counts) + 1))
    while (over := (worst >= 0) & (bdtr(np.maximum(worst, 0), counts, 0.5) > LEVEL / 2)).any():
        worst = np.where(over, worst - 1, worst)
    tails = bdtr(np.maximum(worst, 0), counts, only_worse / differ) + bdtr(np.maximum(worst, 0), counts, only_better / differ)
    either = np.where(worst < 0, 0.0, tails)
    logs = gammaln(rows + 1) - gammaln(counts + 1) - gammaln(rows - counts + 1) + xlogy(counts, differ) + xlog1py(rows - counts, -differ)
    return float((np.exp(logs) * either).sum())
