"""How similar answers are to what a person wrote, by letters in common (chrF); similarity is not quality, and is never called so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.base.chrf import chrf
from core.base.intervals import CONFIDENCE
from core.base.replies import Prediction

FEWEST: Final = 5  # rows for an interval; of fewer the bootstrap draws the same ones again and again
_DRAWS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Similarity:
    """The mean similarity of one model's answers, 0 to 1, over n rows; `low` and `high` are its 95% interval, None of too few rows."""

    label: str
    mean: float
    n: int
    low: float | None = None
    high: float | None = None


def similarity(given: str, wanted: str) -> float | None:
    """chrF of an answer against what a person wrote, 0 to 1; a blank answer is like nothing, and None where no person wrote anything."""
    if not wanted.strip():
        return None
    return chrf(given, wanted) if given.strip() else 0.0


def similarities(
    predictions: Mapping[str, Sequence[Prediction]], *, apart: frozenset[int] = frozenset(), seed: int = 0
) -> tuple[Similarity, ...]:
    """The mean by model, in order, with a bootstrap interval over rows; left out are rows in `apart`, and those without either text."""
    out = []
    for label, given in predictions.items():
        rows = [one for one in given if one.answer is not None and one.row not in apart]
        known = [alike for one in rows if (alike := similarity(one.answer or "", one.expected)) is not None]
        if known:
            out.append(Similarity(label, sum(known) / len(known), len(known), *_interval(known, seed)))
    return tuple(out)


def _interval(values: Sequence[float], seed: int) -> tuple[float, float] | tuple[None, None]:
    if len(values) < FEWEST:
        return None, None
    if min(values) == max(values):
        return values[0], values[0]
    import numpy as np
    from scipy.stats import bootstrap

    found = bootstrap(
        (np.asarray(values),),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=_DRAWS,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)
