"""Judging ways to answer by rows that they have not learned from, fold by fold, within a time limit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Self

from core.base.answers import AnswerShape
from core.base.bayes import HELD_OUT, best_temperature
from core.base.errors import TooFewExamples
from core.base.families import Family, taught
from core.base.folds import deal, twin_groups
from core.base.label_model import LabelModel
from core.base.label_space import Labels, labels_of

if TYPE_CHECKING:
    import numpy as np

Way = Literal["bayes", "linear", "nearest"]
Clock = Callable[[], float]

PILOT: Final = 1000  # rows that a slow family is tried on before it is let loose on many more
FOREVER: Final = float("inf")


@dataclass(frozen=True, eq=False)
class Labelled:
    """Questions whose answers have the shape: their labels, their twins' groups, and the numbers of their whole answers."""

    shape: AnswerShape
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    keys: tuple[Labels, ...]
    groups: "np.ndarray"
    classes: "np.ndarray"

    @classmethod
    def of(cls, questions: Sequence[str], answers: Sequence[str], shape: AnswerShape) -> Self:
        """Leave out what has not the shape; raises TooFewExamples where fewer than two different questions are left."""
        import numpy as np

        usable = [(question, answer, key) for question, answer in zip(questions, answers, strict=True) if (key := labels_of(answer, shape))]
        groups = twin_groups([question for question, _, _ in usable])
        different = len(np.unique(groups))
        if different < 2:
            raise TooFewExamples(n=different, minimum=2)
        asked, given, keys = zip(*usable, strict=True)
        order = {key: number for number, key in enumerate(sorted(set(keys)))}
        return cls(shape, asked, given, keys, groups, np.array([order[key] for key in keys]))

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def different(self) -> int:
        """How many different questions there are."""
        return len(set(self.groups.tolist()))

    def some(self, most: int, *, seed: int) -> Self:
        """At most so many of the rows, drawn by chance."""
        import numpy as np

        if len(self) <= most:
            return self
        drawn = np.sort(np.random.default_rng(seed).permutation(len(self))[:most])
        return type(self).of([self.questions[i] for i in drawn], [self.answers[i] for i in drawn], self.shape)


@dataclass(eq=False)
class Judged:
    """For each way, which fields of which rows it got right: (rows, fields); `fold` is -1 for a row that was never held out."""

    fold: "np.ndarray"
    right: dict[Way, "np.ndarray"]
    seconds: dict[Way, float] = field(default_factory=dict)
    log_temperatures: list[float] = field(default_factory=list)  # of the linear family, one a fold

    @property
    def rows(self) -> "np.ndarray":
        """The indices of the rows that were judged."""
        import numpy as np

        return np.flatnonzero(self.fold >= 0)


def judge(
    rows: Labelled,
    ways: Sequence[Way],
    *,
    folds: int,
    seed: int,
    clock: Clock,
    until: float = FOREVER,
    enough: float = FOREVER,
    tell: Callable[[], None] = lambda: None,
) -> Judged:
    """Hold out fold after fold until `enough` rows are judged or the next fold would end after `until`; the first is always judged.

    Classes are spread over the folds, identical questions never are. Of the first fold the linear family is left out, for good, where a
    trial on a few rows says that it would not be done in time.
    """
    import numpy as np

    fold = deal(rows.groups, rows.classes, min(folds, rows.different), seed=seed)
    judged = Judged(np.full(len(rows), -1), {way: np.zeros((len(rows), len(rows.shape.fields)), dtype=bool) for way in ways})
    slowest = 0.0
    for held in range(int(fold.max()) + 1):
        train, test = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        began = clock()
        if held and began + slowest > until:
            break
        for way in list(judged.right):
            if not held and way == "linear" and clock() + _foreseen(rows, train, clock) > until:
                del judged.right[way]
                continue
            started = clock()
            judged.right[way][test] = _nearest(rows, train, test) if way == "nearest" else _family(way, rows, train, test, judged)
            judged.seconds[way] = judged.seconds.get(way, 0.0) + clock() - started
            tell()
        judged.fold[test] = held
        slowest = max(slowest, clock() - began)
        if len(judged.rows) >= enough:
            break
    return judged


def _foreseen(rows: Labelled, train: "np.ndarray", clock: Clock) -> float:
    """About how many seconds the linear family will take: nothing to speak of while rows are few."""
    if len(train) <= 2 * PILOT:
        return 0.0
    few = train[:: len(train) // PILOT]
    began = clock()
    taught("linear", [rows.questions[i] for i in few], [rows.answers[i] for i in few], rows.shape)
    return (clock() - began) * len(train) / len(few)


def _family(family: Family, rows: Labelled, train: "np.ndarray", test: "np.ndarray", judged: Judged) -> "np.ndarray":
    model = taught(family, [rows.questions[i] for i in train], [rows.answers[i] for i in train], rows.shape)
    asked = [rows.questions[i] for i in test]
    if family == "linear":
        judged.log_temperatures.extend(_log_temperature(model, asked[:HELD_OUT], [rows.keys[i] for i in test[:HELD_OUT]]))
    labels = model.space.labels
    return _compared([labels[number] for number in model.guess(asked)], rows, test)


def _nearest(rows: Labelled, train: "np.ndarray", test: "np.ndarray") -> "np.ndarray":
    """Answering as the closest question was answered; where none has anything in common, with nothing."""
    from core.base.similarity import nearest

    found, cosines = nearest([rows.questions[i] for i in test], [rows.questions[i] for i in train])
    return _compared([rows.keys[train[at]] if cosine > 0 else () for at, cosine in zip(found, cosines, strict=True)], rows, test)


def _compared(given: Sequence[Labels], rows: Labelled, test: "np.ndarray") -> "np.ndarray":
    import numpy as np

    fields = len(rows.shape.fields)
    pairs = zip(given, test, strict=True)
    return np.array([[a == b for a, b in zip(key, rows.keys[i], strict=True)] if key else [False] * fields for key, i in pairs])


def _log_temperature(model: LabelModel, questions: Sequence[str], keys: Sequence[Labels]) -> list[float]:
    """The logarithm of the temperature that fits these rows, if there is one."""
    import numpy as np

    true = model.space.numbers(keys)
    known = np.flatnonzero(true >= 0)
    if len(model.space.labels) == 1 or not len(known):
        return []
    scores = model.scores(model.look_at([questions[int(i)] for i in known]))
    return [float(np.log(best_temperature(scores, true[known])))]
