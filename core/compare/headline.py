"""The one line that people take away: is the tuned model better, on rows it was never trained on, and could it be chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.base.answers import AnswerShape
from core.base.replies import Score
from core.base.types import Reason
from core.compare.score import Judged, make_score

LEVEL: Final = 0.05
POWER_Z: Final = 0.8416  # the normal quantile of 80% power
LEVEL_Z: Final = 1.9600  # of a two-sided 5% test
FEWEST_ROWS: Final = 6  # five rows that all turn from wrong to right still give p = 0.06: no verdict could ever be reached


@dataclass(frozen=True, slots=True)
class Pairing:
    """Both models on the same rows: how often only one of them was right, and how likely a split so uneven is by chance (exact McNemar)."""

    n: int
    base_right: int
    tuned_right: int
    only_base: int
    only_tuned: int
    p: float


@dataclass(frozen=True, slots=True)
class Headline:
    """The scores on unseen rows that both models answered, and the verdict; both scores are None where a headline is refused."""

    base: Score | None
    tuned: Score | None
    clean_n: int
    verdict: Reason

    @property
    def refused(self) -> bool:
        return self.base is None and self.tuned is None


def pair(base: Sequence[Judged], tuned: Sequence[Judged]) -> Pairing:
    """Put the two models' answers to the same rows side by side; rows that either has not answered are left out."""
    from scipy.stats import binomtest

    by_row = {one.row: one.right for one in base if one.right is not None}
    both = [(by_row[one.row], one.right) for one in tuned if one.right is not None and one.row in by_row]
    only_base = sum(b and not t for b, t in both)
    only_tuned = sum(t and not b for b, t in both)
    p = float(binomtest(only_tuned, only_base + only_tuned).pvalue) if only_base + only_tuned else 1.0
    return Pairing(len(both), sum(bool(b) for b, _ in both), sum(bool(t) for _, t in both), only_base, only_tuned, p)


def headline(
    base: Sequence[Judged],
    tuned: Sequence[Judged],
    seen: frozenset[int],
    shape: AnswerShape,
    *,
    total: int | None = None,
    practice: bool = False,
) -> Headline:
    """Give the scores on rows that were not in the training, with a verdict, or refuse and say why.

    `seen` holds the rows found in the training data; they never enter. `total` is how many rows each model is asked: as long as answers
    are missing there is no verdict, since one that may still turn invites stopping at the moment that one likes.
    Verdict codes: better, worse, cannot_tell, and for a refusal nothing_yet, not_finished, no_unseen_rows, too_few_unseen_rows,
    too_few_rows, text_has_no_score, practice_text_has_no_score.
    """
    clean_base = [one for one in base if one.row not in seen]
    clean_tuned = [one for one in tuned if one.row not in seen]
    pairing = pair(clean_base, clean_tuned)
    refusal = _refusal(base, tuned, clean_base, clean_tuned, pairing, shape, total, practice)
    if refusal is not None:
        return Headline(None, None, pairing.n, refusal)
    return Headline(
        make_score("base", pairing.base_right, pairing.n), make_score("tuned", pairing.tuned_right, pairing.n), pairing.n, _verdict(pairing)
    )


def more_rows_needed(pairing: Pairing) -> int | None:
    """About how many further test rows would settle it, if the models keep differing as they do now; None where they do not differ.

    The usual sample size for McNemar's test at 5% and 80% power (Connor 1987), from the observed shares of rows that only one gets right.
    """
    if not pairing.n or pairing.only_base == pairing.only_tuned:
        return None
    discordant = (pairing.only_base + pairing.only_tuned) / pairing.n
    difference = abs(pairing.only_tuned - pairing.only_base) / pairing.n
    needed = (LEVEL_Z * math.sqrt(discordant) + POWER_Z * math.sqrt(max(0.0, discordant - difference**2))) ** 2 / difference**2
    return max(1, math.ceil(needed) - pairing.n)


def _refusal(
    base: Sequence[Judged],
    tuned: Sequence[Judged],
    clean_base: Sequence[Judged],
    clean_tuned: Sequence[Judged],
    pairing: Pairing,
    shape: AnswerShape,
    total: int | None,
    practice: bool,
) -> Reason | None:
    if not base and not tuned:
        return Reason("nothing_yet")
    rows = len({one.row for one in (*base, *tuned)})
    unseen = len({one.row for one in (*clean_base, *clean_tuned)})
    counts = {"seen": rows - unseen, "unseen": unseen, "rows": rows, "needed": FEWEST_ROWS}
    settled = sum(one.right is not None or one.failed for one in (*base, *tuned))
    pending = 2 * max(rows, total or 0) - settled
    if pending:
        return Reason("not_finished", counts | {"pending": pending})
    if unseen == 0:
        return Reason("no_unseen_rows", counts)
    if shape.kind == "text":
        return Reason("practice_text_has_no_score" if practice else "text_has_no_score", counts)
    if pairing.n < FEWEST_ROWS:
        return Reason("too_few_unseen_rows" if rows > unseen else "too_few_rows", counts | {"answered": pairing.n})
    return None


def _verdict(pairing: Pairing) -> Reason:
    facts = {
        "n": pairing.n,
        "base_right": pairing.base_right,
        "tuned_right": pairing.tuned_right,
        "only_base": pairing.only_base,
        "only_tuned": pairing.only_tuned,
        "p": pairing.p,
    }
    if pairing.p < LEVEL:
        return Reason("better" if pairing.only_tuned > pairing.only_base else "worse", facts)
    return Reason("cannot_tell", facts | {"more_rows": more_rows_needed(pairing)})
