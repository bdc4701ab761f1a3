"""The judge against the people: what it thinks of each row, how often the places decide for it, and how far it agrees with the votes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, Literal

from core.base.intervals import wilson
from core.base.replies import Prediction
from core.base.types import Reason
from core.compare.certainty import LEVEL
from core.compare.judge import Ask, Problem, heard
from core.compare.vote import Choice, Vote, kappa, preferred, standing

if TYPE_CHECKING:
    import numpy as np

Preference = Literal["first", "second", "neither"]
# Of 20 rows an agreement of 70% is known to within 48 to 85%, and a judge that agrees so often where chance would give 36% is told from
# chance in nearly nine of ten cases; of 10 rows, in six of ten (tests/compare/test_judge_calibration.py).
NEEDED: Final = 20
RESAMPLES: Final = 1_999
SEED: Final = 1
CODES: Final[Mapping[str, int]] = {"first": 0, "second": 1, "neither": 2}
_BATCH: Final = 100  # so many shuffled copies at a time: 2,000 rows then take 2 MB


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge thinks of one row: with the first model's answer as A, and with the second's; None where nothing could be read.

    Of several times a preference counts that more than half of them have.
    """

    row: int
    straight: Preference | None
    swapped: Preference | None

    @property
    def is_swayed(self) -> bool:
        """Whether it thinks otherwise when the answers change places."""
        return None not in (self.straight, self.swapped) and self.straight != self.swapped

    @property
    def place(self) -> Literal["A", "B", ""]:
        """The place that decided, where the same place won both times."""
        return {("first", "second"): "A", ("second", "first"): "B"}.get((self.straight or "", self.swapped or ""), "")  # type: ignore[return-value]

    @property
    def preference(self) -> Preference | None:
        """What it prefers whichever stands first: neither where the two orders disagree, None where one of them could not be read."""
        if self.straight is None or self.swapped is None:
            return None
        return "neither" if self.is_swayed else self.straight


@dataclass(frozen=True, slots=True)
class Accord:
    """How often the judge says what the people say on the rows that both have judged, with its 95% Wilson interval.

    `p` is how often shuffling the judge's opinions among the rows agrees at least as well, `among_people` how far several people agree
    with each other, the most that can be asked of a judge; None where only one has voted.
    """

    n: int
    same: int
    low: float
    high: float
    kappa: float | None
    p: float
    among_people: float | None

    @property
    def share(self) -> float:
        return self.same / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Judging:
    """Everything that a judge has said, added up; `unread` counts its replies that are no verdict by reason.

    `repeated` and `alike` are pairs of replies to one and the same question, and those of them that agree.
    """

    rows: tuple[Judgement, ...]
    replies: int
    unread: Mapping[Problem, int]
    repeated: int
    alike: int
    people: Mapping[int, Preference]
    accord: Accord

    @property
    def judged(self) -> tuple[Judgement, ...]:
        """The rows with a reading in both orders."""
        return tuple(one for one in self.rows if one.preference is not None)

    @property
    def counts(self) -> Mapping[Preference, int]:
        """Rows by what the judge prefers."""
        return Counter(one.preference for one in self.judged if one.preference is not None)

    @property
    def swayed(self) -> tuple[Judgement, ...]:
        """The rows on which the two orders disagree."""
        return tuple(one for one in self.judged if one.is_swayed)

    @property
    def differing(self) -> tuple[Judgement, ...]:
        """The rows that people see otherwise."""
        return tuple(one for one in self.judged if one.row in self.people and one.preference != self.people[one.row])

    @property
    def verdict(self) -> Reason:
        """Whether what it says can be used.

        Codes: judge_nothing, judge_goes_by_place, judge_not_calibrated, judge_like_chance, judge_usable.
        """
        judged, swayed = len(self.judged), len(self.swayed)
        if not judged:
            return Reason("judge_nothing", {"replies": self.replies})
        if 2 * swayed > judged:
            return Reason("judge_goes_by_place", {"swayed": swayed, "judged": judged})
        if self.accord.n < NEEDED:
            return Reason("judge_not_calibrated", {"common": self.accord.n, "needed": NEEDED})
        if self.accord.p >= LEVEL or self.accord.kappa is None or self.accord.kappa <= 0:
            return Reason("judge_like_chance", {"common": self.accord.n, "p": self.accord.p})
        return Reason("judge_usable", {"common": self.accord.n})

    @property
    def is_usable(self) -> bool:
        """Whether what it prefers may be told at all."""
        return self.verdict.code == "judge_usable"


def judging(asked: Sequence[Ask], replies: Mapping[tuple[int, str], Prediction], votes: Iterable[Vote]) -> Judging:
    """Add up the replies, by row and tag of what was asked, and hold them against the people's votes."""
    said = [(ask, heard(ask, replies[ask.row, ask.tag])) for ask in asked if (ask.row, ask.tag) in replies]
    by_order: dict[tuple[int, bool], list[Preference]] = {(ask.row, ask.swapped): [] for ask in asked}
    for ask, one in said:
        if one.choice is not None:
            by_order[ask.row, ask.swapped].append(_plain(one.choice))
    rows = tuple(dict.fromkeys(ask.row for ask in asked))
    found = tuple(Judgement(row, _most(by_order[row, False]), _most(by_order[row, True])) for row in rows)
    pairs = [a == b for same in by_order.values() for a, b in combinations(same, 2)]
    votes = tuple(votes)
    people = {row: _plain(choice) for row, choice in preferred(votes, rows).items()}
    unread = Counter(one.problem for _, one in said if one.problem is not None)
    return Judging(found, len(said), unread, len(pairs), sum(pairs), people, _accord(found, people, votes, rows))


def _plain(choice: Choice) -> Preference:
    # a row on which the orders disagree is as good as a tie, and both being bad is no preference either: one word for all three
    return choice if choice in ("first", "second") else "neither"


def _most(said: Sequence[Preference]) -> Preference | None:
    if not said:
        return None
    (best, n), *_ = Counter(said).most_common(1)
    return best if 2 * n > len(said) else "neither"


def _accord(found: Sequence[Judgement], people: Mapping[int, Preference], votes: Sequence[Vote], rows: Sequence[int]) -> Accord:
    both = tuple((people[one.row], one.preference) for one in found if one.row in people and one.preference is not None)
    same = sum(a == b for a, b in both)
    among = standing(votes, rows).agreement
    return Accord(
        len(both), same, *wilson(same / len(both) if both else 0.0, len(both)), kappa(both), chance(both), among.share if among else None
    )


@lru_cache(maxsize=64)  # a page asks anew with every rerun
def chance(both: tuple[tuple[str, str], ...]) -> float:
    """How often the judge's opinions, dealt to the rows anew, agree with the people's at least as often; 1 of fewer than two rows."""
    if len(both) < 2:
        return 1.0
    import numpy as np
    from scipy.stats import permutation_test

    people, judge = (np.array([CODES[side] for side in sides]) for sides in zip(*both, strict=True))

    def agreeing(dealt: "np.ndarray", axis: int) -> Any:
        return np.mean(dealt == people, axis=axis)

    found = permutation_test(
        (judge,),
        agreeing,
        permutation_type="pairings",
        vectorized=True,
        alternative="greater",
        n_resamples=RESAMPLES,
        batch=_BATCH,
        rng=np.random.default_rng(SEED),
    )
    return float(found.pvalue)
