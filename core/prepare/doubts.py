"""Which labels are probably wrong, by models that have not seen their row: out-of-fold confidence, linear in the rows.

Measured on 5,000 and 100,000 rows made of the words of the bank sample, a twentieth of the labels changed at random, ten classes: a margin
of a quarter between the two chances finds 99% of the changed labels, with 0.3 to 2% of the other rows. The rule of confident learning
(cleanlab 2.9: likelier than that class is on average for its own rows) finds 73 to 81% by the same chances, since that average is near
one, and its table of all rows and classes is held in memory at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.base.bayes import HELD_OUT, best_temperature, log_softmax
from core.base.folds import deal
from core.prepare.question_features import Features, features_of

if TYPE_CHECKING:
    import numpy as np

FOLDS, FOLDS_OF_FEW = 3, 5
FEW = 5_000  # rows; so few are judged by models of more of them
STEPS = 500_000  # rows x classes that each model learns from at most, and
MOST_TAUGHT = 20_000  # rows at least
FEWEST_ROWS = 40  # judged by models of four fifths of them
FEWEST_OF_CLASS = 5  # rows of a class: with fewer, a model that lacks one of them has hardly heard of it
CLEAR = 0.4  # margin between the chances of the likelier class and of the one that is given
LIKELY = 0.25  # the same, where the models are known to be good
# The models are good where they agree with nearly all labels that they do not clearly doubt. On the 301 rows of the bank sample they agree
# with 74%, and what they doubt is mostly right.
STRONG = 0.95
MOST_DOUBTED = 0.25
INFORMED = 0.15  # so much more than the largest class the models have to be right, or the questions tell them nothing
KNOWN, HARDLY = 0.5, 0.25  # of a class's rows are recognised: of others the models know only that they are rare
MOST_CELLS = 8_000_000  # classes x features: 64 MB
MOST_FEATURES = 1 << 16
BLOCK_CELLS = 4_000_000  # chances computed at once, and
BLOCK_ROWS = 50_000  # rows


@dataclass(frozen=True, slots=True)
class Doubt:
    """Example `index` says `given`, and models that have not seen it would say `likelier`; chances from 0 to 1."""

    index: int
    given: str
    likelier: str
    chance_given: float
    chance: float

    @property
    def margin(self) -> float:
        return self.chance - self.chance_given


@dataclass(frozen=True, slots=True)
class Judged:
    """How many rows were judged, the share that the models got right, whether they are good judges, and the rows in doubt, worst first."""

    n: int
    right: float
    strong: bool
    doubts: tuple[Doubt, ...]


def judge(features: Features, labels: Sequence[str], groups: Sequence[int], *, seed: int = 0) -> Judged | None:
    """Look at each label (blank: none) with the eyes of models that have learned from rows of other groups; None where that says nothing.

    `features` are those of the questions. Rows of a class with too few rows are left aside, being no judge and not judged.
    """
    import numpy as np

    names = _large(labels)
    code = {name: number for number, name in enumerate(names)}
    rows = [index for index, label in enumerate(labels) if label in code]
    if len(rows) < FEWEST_ROWS or len(names) < 2:
        return None
    given = np.array([code[labels[index]] for index in rows])
    at_row = np.array(rows)
    folds = FOLDS if len(rows) > FEW else FOLDS_OF_FEW
    fold = deal(np.array([groups[index] for index in rows]), given, folds, seed=seed)
    models = [_model(features, at_row, given, np.flatnonzero(fold != held), len(names), seed) for held in range(folds)]
    if None in models:
        return None
    temperature = _temperature(models, features, at_row, fold, given, seed)
    chance_given, chance, other = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows), dtype=np.int64)
    right = np.zeros(len(rows), dtype=bool)
    for some, logs in _logs(models, features, at_row, fold, np.arange(len(rows)), temperature, len(names)):
        chances = np.exp(logs)
        at = np.arange(len(some))
        right[some] = chances.argmax(axis=1) == given[some]
        chance_given[some] = chances[at, given[some]]
        chances[at, given[some]] = -1.0
        other[some] = chances.argmax(axis=1)
        chance[some] = chances.max(axis=1)
    if right.mean() < np.bincount(given).max() / len(rows) + INFORMED:
        return None
    margin = chance - chance_given
    recognised = np.bincount(given[right], minlength=len(names)) / np.bincount(given, minlength=len(names))
    clear = (recognised[given] >= KNOWN) & (margin >= CLEAR)
    strong = right.sum() >= STRONG * (len(rows) - clear.sum()) and clear.mean() <= MOST_DOUBTED
    doubted = np.flatnonzero((recognised[given] >= (KNOWN if strong else HARDLY)) & (margin >= (LIKELY if strong else CLEAR)))
    ranked = doubted[np.argsort(-margin[doubted], kind="stable")]
    doubts = tuple(
        Doubt(rows[at], names[given[at]], names[other[at]], float(chance_given[at]), float(chance[at])) for at in ranked.tolist()
    )
    return Judged(len(rows), float(right.mean()), bool(strong), doubts)


def _logs(
    models: Sequence[Any],
    features: Features,
    at_row: "np.ndarray",
    fold: "np.ndarray",
    rows: "np.ndarray",
    temperature: float,
    classes: int,
) -> Iterator[tuple["np.ndarray", "np.ndarray"]]:
    """The logarithms of the chances of each class, in blocks of rows, each by the model that has not seen its fold."""
    for held, model in enumerate(models):
        mine = rows[fold[rows] == held]
        step = max(1, min(BLOCK_ROWS, BLOCK_CELLS // classes))
        for start in range(0, len(mine), step):
            some = mine[start : start + step]
            yield some, log_softmax(_scores(model, features.rows(at_row[some]), classes) / temperature)


def _model(features: Features, at_row: "np.ndarray", given: "np.ndarray", train: "np.ndarray", classes: int, seed: int) -> Any:
    """A linear model of each class against the others; None where there are no others."""
    import numpy as np
    from sklearn.linear_model import SGDClassifier

    most = max(MOST_TAUGHT, STEPS // classes)
    if len(train) > most:
        train = np.sort(np.random.default_rng(seed).permutation(train)[:most])
    if len(np.unique(given[train])) < 2:
        return None
    passes, alpha = int(min(20, max(3, 100_000 // len(train)))), 1e-4 if len(train) < FEW else 1e-5
    model = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=passes, tol=None, random_state=seed)
    return model.fit(features.rows(at_row[train]), given[train])


def _scores(model: Any, features: Any, classes: int) -> "np.ndarray":
    import numpy as np

    found = model.decision_function(features)
    found = np.stack([-found, found], axis=1) if found.ndim == 1 else found
    if len(model.classes_) == classes:
        return found
    scores = np.full((found.shape[0], classes), found.min() - 1.0)  # a class whose rows are all twins is in one fold alone
    scores[:, model.classes_] = found
    return scores


def _temperature(
    models: Sequence[Any], features: Features, at_row: "np.ndarray", fold: "np.ndarray", given: "np.ndarray", seed: int
) -> float:
    import numpy as np

    sample = np.sort(np.random.default_rng(seed).permutation(len(given))[:HELD_OUT])
    blocks = list(_logs(models, features, at_row, fold, sample, 1.0, int(given.max()) + 1))
    return best_temperature(np.concatenate([logs for _, logs in blocks]), given[np.concatenate([some for some, _ in blocks])])


def questions(keys: Sequence[str], fields: Iterable[Sequence[str]]) -> Features:
    """What `judge` looks at, for questions in normal form; `fields` are the labels to be judged: the more classes, the fewer columns."""
    return features_of(keys, min(MOST_FEATURES, MOST_CELLS // max([1, *(len(_large(labels)) for labels in fields)])))


def _large(labels: Sequence[str]) -> list[str]:
    """The classes with enough rows, in order."""
    return sorted(name for name, n in Counter(filter(None, labels)).items() if n >= FEWEST_OF_CLASS)
