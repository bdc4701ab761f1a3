"""Which kind of classifier suits the labels at hand: what wins on a hundred rows loses on ten thousand, so it is tried."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.base.answers import AnswerShape
from core.base.errors import TooFewExamples
from core.base.families import FAMILIES, Family
from core.base.folds import FOLDS
from core.base.held_out import Clock, Judged, Labelled, judge
from core.base.types import Reason

if TYPE_CHECKING:
    import numpy as np

SECONDS: Final = 8.0  # of computing that choosing may take before a training; a machine that is busy with other things changes nothing
ENOUGH: Final = 2000  # rows judged: a difference of 2 points is seen then
MOST: Final = 10_000  # rows to choose by; who wins on so many wins on more


@dataclass(frozen=True, slots=True)
class Choice:
    """The family with the reason for it: family_not_tried (too few rows or labels), or a code of `decide`.

    `temperature` makes the linear family's confidences agree with how often they are right.
    """

    family: Family
    reason: Reason
    temperature: float = 1.0


def choose(
    questions: Sequence[str],
    answers: Sequence[str],
    shape: AnswerShape,
    *,
    seed: int = 0,
    seconds: float = SECONDS,
    clock: Clock = time.thread_time,
) -> Choice:
    """Let the families answer rows that they have not learned from, and take the better; the simpler where none clearly is."""
    import numpy as np

    try:
        rows = Labelled.of(questions, answers, shape).some(MOST, seed=seed)
    except TooFewExamples:
        return Choice("bayes", Reason("family_not_tried"))
    if len(set(rows.keys)) == 1:
        return Choice("bayes", Reason("family_not_tried"))
    judged = judge(rows, FAMILIES, folds=FOLDS, seed=seed, clock=clock, until=clock() + seconds, enough=ENOUGH)
    family, reason = decide([judged], [judged.rows])
    heat = judged.log_temperatures
    return Choice(family, reason, float(np.exp(np.mean(heat))) if heat else 1.0)


def decide(judged: Sequence[Judged], rows: Sequence["np.ndarray"]) -> tuple[Family, Reason]:
    """The family for these rows (of each repeat) and why; the linear one only where it is better by more than a standard error.

    Codes: family_linear, family_bayes, family_alike (neither is clearly better), family_no_time (only one could be tried).
    """
    import numpy as np

    n = float(np.mean([len(some) for some in rows]))
    shares = {way: _share(judged, rows, way) for way in FAMILIES if all(way in one.right for one in judged)}
    facts = {f"{way}_share": share for way, share in shares.items()} | {"n": round(n)}
    if "linear" not in shares:
        return "bayes", Reason("family_no_time", facts)
    gain = shares["linear"] - shares["bayes"]
    differ = [one.right["linear"][some].all(axis=1) != one.right["bayes"][some].all(axis=1) for one, some in zip(judged, rows, strict=True)]
    # a standard error of the difference, as in McNemar's test with its correction: of 20 rows, two that turn right are no evidence
    error = float(np.sqrt(np.mean([one.mean() for one in differ]) * n) + 1) / n
    if gain > error:
        return "linear", Reason("family_linear", facts)
    return "bayes", Reason("family_bayes" if -gain > error else "family_alike", facts)


def learning_seconds(judged: Judged, family: Family) -> tuple[float, float]:
    """About how long it takes here to choose a family, and to teach `family` all the rows, by the folds that were judged."""
    folds = len(set(judged.fold[judged.rows].tolist()))
    each = {way: seconds / folds for way, seconds in judged.seconds.items()}
    fold = sum(each.get(way, 0.0) for way in FAMILIES)
    tried = min(FOLDS, math.ceil(ENOUGH * folds / len(judged.rows)))
    return min(tried * fold, max(fold, SECONDS)), each[family] * FOLDS / (FOLDS - 1)


def _share(judged: Sequence[Judged], rows: Sequence["np.ndarray"], way: Family) -> float:
    import numpy as np

    return float(np.mean([one.right[way][some].all(axis=1).mean() for one, some in zip(judged, rows, strict=True)]))
