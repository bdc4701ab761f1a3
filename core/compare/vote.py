"""The blind vote: two answers with their sides shuffled and their names hidden, what came of it, and how far the raters agree."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

from core.base.types import Reason
from core.compare.certainty import LEVEL

Choice = Literal["first", "second", "tie", "both_bad"]  # of the two models, not of the two sides
CHOICES: tuple[Choice, ...] = get_args(Choice)
LONGEST_NAME = 60  # letters of a rater's name


@dataclass(frozen=True, slots=True)
class Vote:
    """What one rater thinks of the two answers to one row."""

    row: int
    rater: str
    choice: Choice
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far raters agree on the rows that at least two of them voted on: the share of equal votes by pairs, and Cohen's kappa.

    Kappa (scikit-learn's, the mean over the pairs of raters) is the share beyond what chance alone would give: 1 is always, 0 no more than
    chance; None where it has no meaning, since all votes are the same. `differing` are the rows whose votes are not all one.
    """

    raters: int
    rows: int
    share: float
    kappa: float | None
    differing: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The votes added up. Of several raters a row counts once, for the answer that more of them prefer.

    `first`, `second`, `tie` and `both_bad` are rows; `p` is that of the exact sign test over the rows that prefer one of the two, 1 where
    there are none; `low` and `high` are the 95% Wilson interval of the share of these rows that prefer the second answer.
    """

    total: int
    first: int
    second: int
    tie: int
    both_bad: int
    p: float
    low: float
    high: float
    agreement: Agreement | None

    @property
    def voted(self) -> int:
        """Rows with at least one vote."""
        return self.first + self.second + self.tie + self.both_bad

    @property
    def verdict(self) -> Reason:
        """Codes: vote_nothing, vote_unfinished, vote_better, vote_worse, vote_cannot_tell; for the second answer against the first."""
        facts = {"first": self.first, "second": self.second, "even": self.tie + self.both_bad, "voted": self.voted, "total": self.total}
        if not self.voted:
            return Reason("vote_nothing", facts)
        if self.voted < self.total:
            return Reason("vote_unfinished", facts)
        if self.p < LEVEL:
            return Reason("vote_better" if self.second > self.first else "vote_worse", facts)
        return Reason("vote_cannot_tell", facts)


def is_flipped(pair: str, rater: str, row: int) -> bool:
    """Whether the second model's answer stands on the left for this rater: as good as a coin, and the same each time that it is asked."""
    return hashlib.sha256(f"{pair}\n{rater}\n{row}".encode()).digest()[0] % 2 == 1


def order(pair: str, rater: str, rows: Sequence[int]) -> tuple[int, ...]:
    """The rows in the order in which this rater sees them: shuffled, and the same each time."""
    return tuple(sorted(rows, key=lambda row: hashlib.sha256(f"{pair}\n{rater}\n{row}\norder".encode()).digest()))


def of_side(side: Literal["left", "right"], flipped: bool) -> Choice:
    """Which model's answer stands on a side."""
    return "second" if (side == "left") == flipped else "first"


def standing(votes: Iterable[Vote], rows: Sequence[int]) -> Standing:
    """Add up the votes on these rows; votes on other rows are passed over, and of two by one rater on one row the later counts."""
    by_row = _by_row(votes, rows)
    counts = Counter(_of_row(tuple(by_rater.values())) for by_rater in by_row.values())
    first, second = counts["first"], counts["second"]
    p, low, high = _sign_test(second, first + second)
    return Standing(len(set(rows)), first, second, counts["tie"], counts["both_bad"], p, low, high, _agreement(by_row))


def preferred(votes: Iterable[Vote], rows: Sequence[int]) -> dict[int, Choice]:
    """What each row that was voted on counts as in the standing."""
    return {row: _of_row(tuple(by_rater.values())) for row, by_rater in _by_row(votes, rows).items()}


def _by_row(votes: Iterable[Vote], rows: Sequence[int]) -> dict[int, dict[str, Choice]]:
    wanted = set(rows)
    by_row: defaultdict[int, dict[str, Choice]] = defaultdict(dict)
    for vote in votes:
        if vote.row in wanted and vote.choice in CHOICES:
            by_row[vote.row][vote.rater] = vote.choice
    return by_row


def _of_row(choices: Sequence[Choice]) -> Choice:
    counts = Counter(choices)
    if counts["first"] != counts["second"]:
        return "first" if counts["first"] > counts["second"] else "second"
    return "both_bad" if counts["both_bad"] > counts["tie"] and not counts["first"] else "tie"


def _sign_test(second: int, n: int) -> tuple[float, float, float]:
    if not n:
        return 1.0, 0.0, 1.0
    from scipy.stats import binomtest

    test = binomtest(second, n)
    interval = test.proportion_ci(method="wilson")
    return float(test.pvalue), float(interval.low), float(interval.high)


def _agreement(by_row: Mapping[int, Mapping[str, Choice]]) -> Agreement | None:
    raters = sorted({rater for votes in by_row.values() for rater in votes})
    shared = [votes for votes in by_row.values() if len(votes) > 1]
    if not shared:
        return None
    same = pairs = 0
    kappas = []
    for one, other in combinations(raters, 2):
        both = [(votes[one], votes[other]) for votes in shared if one in votes and other in votes]
        same += sum(a == b for a, b in both)
        pairs += len(both)
        if both and (found := kappa(both)) is not None:
            kappas.append(found)
    with_others = {rater for votes in shared for rater in votes}
    differing = sum(len(set(votes.values())) > 1 for votes in shared)
    return Agreement(len(with_others), len(shared), same / pairs, sum(kappas) / len(kappas) if kappas else None, differing)


def kappa(both: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two raters' choices on the same rows (scikit-learn's); None where all are one and the same."""
    if len({choice for votes in both for choice in votes}) < 2:
        return None  # scikit-learn divides by nought there
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score([a for a, _ in both], [b for _, b in both]))
