"""What more rows would bring: a saturating form laid through a learning curve, and whether the rows at hand carry a statement."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.base.types import Reason

if TYPE_CHECKING:
    import numpy as np

FEWEST: Final = 40  # different questions: a quarter of four fifths of them is 8, and below that a curve is the luck of the draw
WORTH: Final = 0.015  # a share: what half as many rows again must bring to be worth collecting them
LITTLE: Final = 0.02  # below this at the upper end it is not
SURE: Final = 0.01  # and so much even at the lower end of the range
LEVELS: Final = (5.0, 95.0)  # per cent of the resampled curves below the ends of the range: 90% lie within
DRAWS: Final = 400
CELLS: Final = 20_000_000  # questions x draws at once: 160 MB
# Powers c of share = a - b * rows ** -c, the form that well-behaved learning curves often have (Viering and Loog, "The Shape of Learning
# Curves: a Review", IEEE TPAMI 45, 2023); 0 stands for its limit, a straight line over the logarithm. Four points do not settle c, so the
# resampled curves disagree about it, and the range holds that doubt, too.
POWERS: Final = (0.0, 0.25, 0.5, 1.0, 2.0)
# A curve of few rows may not have begun to bend. What is said to come is what bending forms say; the top of the range may be what this one
# says. With it everywhere, 128 in place of 103 were foretold where 87 came (thousandths; tests/estimate/worlds.py, 100 rows of 60 classes).
UNBENT: Final = (-0.5, *POWERS)


@dataclass(frozen=True, slots=True)
class Gain:
    """What `more` further rows would add to the share of right answers, with a range; and the statement that this carries.

    Codes: more_helps, more_not, more_unclear, more_too_few, and more_sampled where the curve still rises among a part of the rows.
    """

    more: int
    middle: float
    low: float
    high: float
    verdict: Reason


def some_more(rows: int) -> int:
    """A round number of further rows, at most half as many as there are: with them there are never twice as many as were learned from."""
    steps = [step * 10**power for power in range(9) for step in (1, 2, 5)]
    return max((step for step in steps if 2 * step <= rows), default=0)


def gains(sizes: Sequence[float], curves: "np.ndarray", rows: float, more: float, *, powers: Sequence[float] = POWERS) -> "np.ndarray":
    """For each curve (curves x sizes, shares) what `more` rows add to `rows`, by the form that fits it best; never less than nothing."""
    import numpy as np

    scale = np.asarray(sizes, dtype=float) / max(sizes)
    now, then = rows / max(sizes), (rows + more) / max(sizes)
    best = np.full(len(curves), np.inf)
    found = np.zeros(len(curves))
    for power in powers:
        here, at_now, at_then = (_bend(one, power) for one in (scale, now, then))
        centred = here - here.mean()
        fall = np.maximum(0.0, -(curves @ centred) / (centred @ centred))  # a curve that falls is taken to be level
        top = curves.mean(axis=1) + fall * here.mean()
        if power > 0:  # no share passes 1, not even of endless rows
            over = top > 1.0
            fall = np.where(over, ((1.0 - curves) @ here) / (here @ here), fall)
            top = np.minimum(top, 1.0)
        error = ((curves - (top[:, None] - fall[:, None] * here)) ** 2).sum(axis=1)
        gain = np.minimum(1.0, top - fall * at_then) - np.minimum(1.0, top - fall * at_now)
        better = error < best - 1e-12
        best, found = np.where(better, error, best), np.where(better, gain, found)
    return np.maximum(found, 0.0)


def resampled(right: "np.ndarray", groups: "np.ndarray", *, seed: int) -> "np.ndarray":
    """Curves (draws x sizes) as other rows and other deals might have given them: questions and repeats are drawn with replacement.

    `right` (repeats x sizes x rows) says which answers were right; rows of one group are one question, and drawn together. Both draws are
    needed: the first is the luck of which questions the file holds, the second that of which rows a subset got.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    _, member = np.unique(groups, return_inverse=True)
    repeats, sizes, _ = right.shape
    questions = int(member.max()) + 1
    sums = np.stack([np.bincount(member, one, minlength=questions) for one in right.reshape(repeats * sizes, -1).astype(float)])
    heft = np.bincount(member, minlength=questions).astype(float)
    curves = []
    step = max(1, CELLS // questions)
    for start in range(0, DRAWS, step):
        n = min(step, DRAWS - start)
        chosen = draw.multinomial(questions, np.full(questions, 1 / questions), size=n).T.astype(float)
        shares = (sums @ chosen / (heft @ chosen)).reshape(repeats, sizes, n)
        weights = draw.multinomial(repeats, np.full(repeats, 1 / repeats), size=n) / repeats
        curves.append(np.einsum("rsn,nr->ns", shares, weights))
    return np.concatenate(curves)


def too_few(questions: int) -> Gain:
    """The statement that nothing can be stated."""
    return Gain(0, 0.0, 0.0, 0.0, Reason("more_too_few", {"n": questions, "needed": FEWEST}))


def gain(
    sizes: Sequence[float], right: "np.ndarray", groups: "np.ndarray", *, questions: int, of: int | None = None, seed: int = 0
) -> Gain:
    """What more rows would bring beyond all `questions` different ones; `of` is how many there are where only a part was looked at."""
    import numpy as np

    more = some_more(questions)
    curves = resampled(right, groups, seed=seed)
    low, middle = (float(value) for value in np.percentile(gains(sizes, curves, questions, more), [LEVELS[0], 50.0]))
    high = max(middle, float(np.percentile(gains(sizes, curves, questions, more, powers=UNBENT), LEVELS[1])))
    facts = {"more": more, "gain": _points(middle), "low": _points(low), "high": max(1, _points(high)), "n": questions}
    sampled = of is not None and of > questions
    if low >= SURE and middle >= WORTH:
        verdict = Reason("more_sampled", {"n": questions, "all": of}) if sampled else Reason("more_helps", facts)
    elif high < LITTLE:
        verdict = Reason("more_not", facts)
    else:
        verdict = Reason("more_unclear", facts)
    return Gain(more, middle, low, high, verdict)


def _bend(scale: "np.ndarray | float", power: float) -> "np.ndarray":
    import numpy as np

    return np.asarray(-np.log(scale) if power == 0 else math.copysign(1.0, power) * scale**-power)


def _points(share: float) -> int:
    return round(100 * share)
