"""The learning curve: how many answers a free classifier gets right when it has learned from a quarter, half and all of the rows."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from core.base.answers import AnswerShape, parse_answer
from core.base.folds import deal, twin_groups
from core.base.intervals import Z, wilson
from core.base.types import Reason
from core.estimate.gain import FEWEST, Gain, gain, too_few
from core.estimate.starving import Starving, starving

if TYPE_CHECKING:
    import numpy as np

SHARES: Final = (0.25, 0.5, 0.75, 1.0)
FOLDS: Final = 5
REPEATS: Final = 5
SECONDS: Final = 60.0  # of computing
MOST: Final = 20_000  # rows that are looked at
COMMON: Final = 20  # different questions from which a class is spread evenly: a random quarter would hold some of them 997 times in 1000

Predict = Callable[[Sequence[str]], Sequence[str]]
Learn = Callable[[Sequence[str], Sequence[str], AnswerShape, int], Predict]  # questions, answers, shape, seed
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Share:
    """A share of right answers (0 to 1) with its 95% interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Point:
    """One size: how many different questions were learned from (of the folds the mean), and what was right; fields by name."""

    learned: float
    whole: Share
    fields: Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class Curve:
    """A measured learning curve. `rows` and `questions` (different ones) were looked at, of `of` rows that there are.

    `repeats` of `folds` folds were done; with one repeat the intervals hold the test rows' chance alone. `starved` is how many classes
    there are of which `starving` lists the first.
    """

    rows: int
    questions: int
    of: int
    folds: int
    repeats: int
    points: tuple[Point, ...]
    gain: Gain
    starving: tuple[Starving, ...]
    starved: int

    def to_json(self) -> dict[str, Any]:
        """The curve as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        points = tuple(
            Point(one["learned"], Share(**one["whole"]), {name: Share(**share) for name, share in one["fields"].items()})
            for one in told["points"]
        )
        verdict = Reason(told["gain"]["verdict"]["code"], told["gain"]["verdict"]["params"])
        starved = tuple(Starving(**one) for one in told["starving"])
        return cls(**{**told, "points": points, "gain": Gain(**{**told["gain"], "verdict": verdict}), "starving": starved})


def learning_curve(
    questions: Sequence[str],
    answers: Sequence[str],
    shape: AnswerShape,
    learn: Learn,
    *,
    seed: int = 0,
    repeats: int = REPEATS,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.thread_time,
    progress: Progress = lambda done, total: None,
) -> Curve:
    """Judge every row by models of the other folds that learned from more and more of them; twins are never on both sides.

    Rows whose answer has not the shape are left out. When `seconds` are over, what was done by then counts: fewer repeats first, then fewer
    folds of the only one, and at the least one fold. All else follows from the seed. Of fewer than FEWEST different questions no curve is
    drawn: it has no points and no repeats, and classes starve by their number of rows alone.
    """
    import numpy as np

    usable = [(question, answer, key) for question, answer in zip(questions, answers, strict=True) if (key := labels(answer, shape))]
    there = len(usable)
    if there > MOST:
        usable = [usable[i] for i in np.sort(np.random.default_rng(seed).permutation(there)[:MOST])]
    groups = twin_groups([question for question, _, _ in usable])
    different = len(np.unique(groups))
    keys = [key for _, _, key in usable]
    counted = _rows_of(keys, groups)
    if different < FEWEST:
        hungry = starving((), counted, np.zeros((0, 0, len(shape.fields))), shape)
        return Curve(len(usable), different, there, 0, 0, (), too_few(different), *hungry)
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    classes = strata(groups, np.array([numbers[key] for key in keys]))
    until, done, longest = clock() + seconds, 0, 0.0
    rights: list[np.ndarray] = []
    judged, learned = np.arange(len(usable)), np.zeros(len(SHARES))
    for repeat in range(repeats):
        began = clock()
        if rights and began + longest > until:
            break
        fold = deal(groups, classes, FOLDS, seed=seed + repeat)
        right = np.zeros((len(SHARES), len(usable), len(shape.fields)), dtype=bool)
        sizes = []
        for held in range(FOLDS):
            test, pool = np.flatnonzero(fold == held), np.flatnonzero(fold != held)
            nested = subsets(groups[pool], classes[pool], seed=(seed + repeat) * FOLDS + held)
            for at, rows in enumerate(pool[one] for one in nested):
                predict = learn([usable[i][0] for i in rows], [usable[i][1] for i in rows], shape, seed + repeat)
                given = predict([usable[i][0] for i in test])
                for row, text in zip(test, given, strict=True):
                    right[at, row] = [a == b for a, b in zip(labels(text, shape) or (None,) * len(shape.fields), keys[row], strict=True)]
                done += 1
                progress(done, FOLDS * repeats * len(SHARES))
            sizes.append([len(np.unique(groups[pool[one]])) for one in nested])
            if not rights and clock() + (clock() - began) / (held + 1) > until and held + 1 < FOLDS:
                judged = np.flatnonzero(fold <= held)
                break
        rights.append(right)
        learned += np.mean(sizes, axis=0)
        longest = max(longest, clock() - began)
    progress(FOLDS * repeats * len(SHARES), FOLDS * repeats * len(SHARES))
    every = np.stack(rights)[:, :, judged]  # repeats x sizes x rows x fields
    learned /= len(rights)
    whole: np.ndarray = np.all(every, axis=3)
    tested = len(np.unique(groups[judged]))
    hungry = starving([keys[i] for i in judged], counted, every[:, -1], shape)
    return Curve(
        rows=len(usable),
        questions=different,
        of=there,
        folds=FOLDS,
        repeats=len(rights),
        points=tuple(
            Point(
                float(learned[at]),
                interval(whole[:, at].mean(axis=1), tested),
                {name: interval(every[:, at, :, f].mean(axis=1), tested) for f, name in enumerate(shape.fields)},
            )
            for at in range(len(SHARES))
        ),
        gain=gain(learned.tolist(), whole, groups[judged], questions=different, of=different + there - len(usable), seed=seed),
        starving=hungry[0],
        starved=hungry[1],
    )


def strata(groups: "np.ndarray", classes: "np.ndarray") -> "np.ndarray":
    """The class of each row, all rare ones thrown together: only within common ones are rows to be spread evenly.

    Spreading the few rows of a rare class evenly sees to it that every part holds some of them, which fewer rows would not have done. In
    worlds whose truth is known (tests/estimate/worlds.py, 200 rows of 150 classes) folds that were spread so lay 6 points above the truth,
    and subsets that were, too, made the curve so flat that the intervals around a quarter of the rows held the truth in 16 of 100 files.
    Spreading common classes changes no mean, and makes the figures steadier.
    """
    import numpy as np

    _, first, member = np.unique(groups, return_index=True, return_inverse=True)
    mine = classes[first][member]  # a group counts for the class of its first row
    return np.where(np.bincount(classes[first])[mine] >= COMMON, mine, -1)


def subsets(groups: "np.ndarray", classes: "np.ndarray", *, seed: int) -> list["np.ndarray"]:
    """The rows of each share of SHARES, each within the next: groups stay whole, and each has about its share of every class.

    The groups of a class stand at even distances on one line, from a start drawn for each class, so that whatever part of the line is taken
    holds that part of the class, to within one. The smallest part has one group at the least.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    _, first, member = np.unique(groups, return_index=True, return_inverse=True)
    mine = classes[first]
    place = np.empty(len(first))
    for one in np.unique(mine):
        of_class = draw.permutation(np.flatnonzero(mine == one))
        place[of_class] = (np.arange(len(of_class)) + draw.random()) / len(of_class)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(place, kind="stable")] = np.arange(len(first))
    return [np.flatnonzero(rank[member] < max(1, math.ceil(share * len(first) - 1e-9))) for share in SHARES]


def interval(rounds: "np.ndarray", questions: int) -> Share:
    """The mean of the repeats' shares, and between which shares one model that learned from so many rows lies on new rows.

    Two chances move it, and neither contains the other. Which questions the file happens to hold: every repeat judges the same ones, so
    that no number of repeats shows it; it is Wilson's interval for so many different questions (copies tell nothing new). And which rows
    the model happened to learn from: the spread of the repeats, not divided by their number, since a user has one model and not their mean.
    The two are taken to be independent and added as squares, on each side. A little is counted twice (the spread holds some luck of single
    rows), which makes the interval rather too wide: in simulations it held the truth in 46 to 50 of 50 (tests/estimate).
    """
    mean = float(rounds.mean())
    low, high = wilson(mean, questions)
    spread = Z * float(rounds.std(ddof=1)) if len(rounds) > 1 else 0.0
    return Share(mean, max(0.0, mean - math.hypot(mean - low, spread)), min(1.0, mean + math.hypot(high - mean, spread)))


def labels(answer: str, shape: AnswerShape) -> tuple[str, ...] | None:
    """The answer's labels in the order of the shape's fields, None for an answer of another shape."""
    values = parse_answer(answer, shape) if answer.strip() else None
    return None if values is None else tuple(values[field] for field in shape.fields)


def _rows_of(keys: Sequence[tuple[str, ...]], groups: "np.ndarray") -> Counter[tuple[int, str]]:
    """How many different questions each label of each field has."""
    pairs = {(f, name, group) for key, group in zip(keys, groups.tolist(), strict=True) for f, name in enumerate(key)}
    return Counter((f, name) for f, name, _ in pairs)
