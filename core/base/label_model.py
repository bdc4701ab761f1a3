"""The classifier for labels and flat JSON answers: naive Bayes on runs of letters, one for each field, decided jointly."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from core.base.answers import AnswerShape, parse_answer
from core.base.bayes import (
    BLOCK_CELLS,
    FLOOR,
    FOLDS,
    HELD_OUT,
    MOST_CELLS,
    MOST_FEATURES,
    NAME_COPIES,
    best_temperature,
    having_counted,
    label_sums,
    letter_runs,
    log_softmax,
)
from core.base.errors import TooFewExamples
from core.base.folds import deal, twin_groups
from core.base.label_arrays import count_arrays, demand_label_model, sparse_counts

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Rows:
    """Questions as TF-IDF features (n x features, sparse), the combination each answer is (-1: none that is known), and twins' groups."""

    features: Any
    combos: "np.ndarray"
    groups: "np.ndarray"

    def __len__(self) -> int:
        return len(self.combos)

    def take(self, indices: "np.ndarray") -> "Rows":
        """Some of the rows, in the order of the indices."""
        return Rows(self.features[indices], self.combos[indices], self.groups[indices])


class LabelModel:
    """One complement naive Bayes classifier for each field, whose log scores are summed over the combinations of labels that were seen.

    `start` fixes features, labels and combinations; `learn` counts rows, as often as it is called; `calibrate` makes the confidences
    agree with how often the answers are right. An answer is given in the words in which it was taught most often.
    """

    def __init__(
        self, shape: AnswerShape, classes: Sequence[Sequence[str]], combos: "np.ndarray", texts: Sequence[str], vectorizer: Any, size: int
    ) -> None:
        """`combos` (combinations x fields) numbers labels of `classes`, `texts` says how each is written; `size` rows are one pass."""
        self.shape = shape
        self.classes = tuple(map(tuple, classes))
        self.combos = combos
        self.texts = tuple(texts)
        self.vectorizer = vectorizer
        self.size = size
        self.taught = 0  # rows counted so far, over all passes
        self.temperature = 1.0
        self.fitted_at = size  # how many were counted when the temperature was right
        # each label's name as so many further rows of it
        self._named = [vectorizer.transform(names) * NAME_COPIES for names in self.classes]
        self.counters = [having_counted(named) for named in self._named]
        labels = (tuple(names[code] for names, code in zip(self.classes, combo, strict=True)) for combo in combos)
        self._known = {key: number for number, key in enumerate(labels)}

    @classmethod
    def start(cls, questions: Sequence[str], answers: Sequence[str], shape: AnswerShape) -> Self:
        """A model that knows the names of the labels and has counted nothing; answers that have not the shape are left out."""
        return cls.begin(questions, answers, shape)[0]

    @classmethod
    def begin(cls, questions: Sequence[str], answers: Sequence[str], shape: AnswerShape, *, calibrated: bool = True) -> tuple[Self, Rows]:
        """As `start`, with the rows that it can learn from, ready for `learn_rows`; without calibration its confidences mean nothing."""
        import numpy as np

        if shape.kind == "text":
            raise ValueError("free text has no labels")
        spellings: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        kept, keys = [], []
        for question, answer in zip(questions, answers, strict=True):
            if (key := _key(answer, shape)) is not None:
                spellings[key][answer.strip()] += 1
                kept.append(question)
                keys.append(key)
        if not keys:
            raise TooFewExamples(n=0, minimum=1)
        ordered = sorted(spellings)
        classes = [sorted({key[f] for key in ordered}) for f in range(len(shape.fields))]
        codes = [{name: code for code, name in enumerate(names)} for names in classes]
        combos = np.array([[codes[f][name] for f, name in enumerate(key)] for key in ordered], dtype=np.int64)
        vectorizer = letter_runs(max_features=min(MOST_FEATURES, MOST_CELLS // max(map(len, classes))))
        features = vectorizer.fit_transform(kept + [name for names in classes for name in names] * NAME_COPIES)[: len(kept)]
        model = cls(shape, classes, combos, [spellings[key].most_common(1)[0][0] for key in ordered], vectorizer, len(kept))
        rows = Rows(features, np.array([model._known[key] for key in keys], dtype=np.int64), twin_groups(kept))
        if calibrated:
            model.calibrate(rows)
        return model, rows

    def encode(self, questions: Sequence[str], answers: Sequence[str]) -> Rows:
        """Questions and answers as the model sees them."""
        import numpy as np

        keys = (_key(answer, self.shape) for answer in answers)
        combos = np.array([-1 if key is None else self._known.get(key, -1) for key in keys], dtype=np.int64)
        return Rows(self.vectorizer.transform(questions), combos, twin_groups(questions))

    def learn(self, questions: Sequence[str], answers: Sequence[str]) -> None:
        """Count these rows in (again); answers that `start` has not seen are left out."""
        self.learn_rows(self.encode(questions, answers))

    def learn_rows(self, rows: Rows) -> None:
        """As `learn`, of rows that are encoded already."""
        import numpy as np
        from scipy.sparse import vstack

        rows = _known_only(rows)
        if not len(rows):
            return
        before, self.taught = self._passes, self.taught + len(rows)
        more = self._passes - before
        for f, counter in enumerate(self.counters):
            counted, codes, weights = rows.features, self.combos[rows.combos, f], np.ones(len(rows))
            if more > 0:  # the names are there from the start, and keep their share from the second pass on
                names = np.arange(len(self.classes[f]))
                counted, codes = vstack([counted, self._named[f]], format="csr"), np.concatenate([codes, names])
                weights = np.concatenate([weights, np.full(len(names), more)])
            counter.partial_fit(counted, codes, sample_weight=weights)

    def calibrate(self, rows: Rows) -> None:
        """Fit the temperature: each row is judged by a model of as many passes from which its fold (twins together) was left out.

        Measured on the sample's held-out folds after three passes: mean confidence 0.62, right 0.64; the bare scores would say 0.15.
        """
        import numpy as np

        rows = _known_only(rows)
        if len(self.combos) == 1 or not len(rows) or rows.groups.min() == rows.groups.max():
            return  # nothing to be unsure about, or nothing to hold out
        fold = deal(rows.groups, rows.combos, FOLDS, seed=0)
        judged = np.random.default_rng(0).permutation(len(rows))[: min(HELD_OUT, max(100, BLOCK_CELLS // len(self.combos)))]
        scores = np.zeros((len(judged), len(self.combos)))
        for f, named in enumerate(self._named):
            codes = self.combos[rows.combos, f]
            everything = named + label_sums(rows.features, codes, len(self.classes[f]))
            for held in np.unique(fold[judged]):
                out, mine = fold == held, fold[judged] == held
                rest = having_counted((everything - label_sums(rows.features[out], codes[out], len(self.classes[f]))) * self._passes)
                scores[mine] += (rows.features[judged[mine]] @ rest.feature_log_prob_.T)[:, self.combos[:, f]]
        self.temperature = best_temperature(scores, rows.combos[judged])
        self.fitted_at = max(self.taught, self.size)

    def predict(self, questions: Sequence[str]) -> list[tuple[str, float]]:
        """The likeliest answer of each question and its probability among all the combinations."""
        blocks = self._chances(self.vectorizer.transform(questions)) if len(questions) else ()
        return [(self.texts[i], float(one[i])) for block in blocks for one, i in zip(block, block.argmax(axis=1), strict=True)]

    def measure(self, questions: Sequence[str], answers: Sequence[str]) -> dict[str, float]:
        """The mean log loss of the true answers (natural logarithm) and the share of whole answers that are right."""
        return self.measure_rows(self.encode(questions, answers))

    def measure_rows(self, rows: Rows) -> dict[str, float]:
        """As `measure`, of rows that are encoded already; an answer that was never taught is wrong and has the probability FLOOR."""
        import numpy as np

        if not len(rows):
            raise ValueError("no rows to measure")
        loss, right, at = 0.0, 0, 0
        for block in self._chances(rows.features):
            true = rows.combos[at : at + len(block)]
            given = np.where(true >= 0, block[np.arange(len(block)), true], 0.0)
            loss -= float(np.log(np.maximum(given, FLOOR)).sum())
            right += int((block.argmax(axis=1) == true).sum())
            at += len(block)
        return {"loss": loss / at, "accuracy": right / at}

    def to_arrays(self) -> tuple[dict[str, "np.ndarray"], dict[str, Any]]:
        """Everything that was learned as plain arrays, and the rest as JSON values."""
        features = self.vectorizer.get_feature_names_out().tolist()
        arrays = {"combos": self.combos, "idf": self.vectorizer.idf_}
        for f, counter in enumerate(self.counters):
            arrays |= count_arrays(counter.feature_count_, f)
        return arrays, {
            "kind": self.shape.kind,
            "fields": list(self.shape.fields),
            "bare": [list(pair) for pair in sorted(self.shape.bare)],
            "classes": [list(names) for names in self.classes],
            "texts": list(self.texts),
            "features": features,
            "size": self.size,
            "taught": self.taught,
            "fitted_at": self.fitted_at,
            "temperature": self.temperature,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, "np.ndarray"], rest: Mapping[str, Any]) -> Self:
        """The model again; raises ValueError, KeyError or TypeError where the two do not make one."""
        demand_label_model(arrays, rest)
        shape = AnswerShape(rest["kind"], tuple(rest["fields"]), frozenset((field, value) for field, value in rest["bare"]))
        classes, features = rest["classes"], rest["features"]
        runs = letter_runs(vocabulary={run: column for column, run in enumerate(features)})
        runs.idf_ = arrays["idf"]
        model = cls(shape, classes, arrays["combos"], rest["texts"], runs, rest["size"])
        model.taught, model.fitted_at, model.temperature = rest["taught"], rest["fitted_at"], rest["temperature"]
        sizes = [(len(names), len(features)) for names in classes]
        model.counters = [having_counted(sparse_counts(arrays, f, size)) for f, size in enumerate(sizes)]
        return model

    @property
    def _passes(self) -> float:
        return max(1.0, self.taught / self.size)

    def _chances(self, features: Any) -> Iterator["np.ndarray"]:
        """The probability of each combination, (rows, combinations), some rows at a time."""
        import numpy as np

        # Scores spread about as the root of what has been counted (best temperatures after 1, 2, 3, 6, 10, 20 passes over the sample: 0.12,
        # 0.19, 0.23, 0.33, 0.42, 0.57), so between two calibrations the temperature goes with it; within the first pass it stays about
        # the same (0.10 after a tenth, 0.13 after a third, 0.15 at its end).
        temperature = self.temperature * max(1.0, self.taught / self.fitted_at) ** 0.5
        step = max(1, BLOCK_CELLS // len(self.combos))
        for start in range(0, features.shape[0], step):
            some = features[start : start + step]
            scores = sum((some @ counter.feature_log_prob_.T)[:, self.combos[:, f]] for f, counter in enumerate(self.counters))
            yield np.exp(log_softmax(scores / temperature))


def _key(answer: str, shape: AnswerShape) -> tuple[str, ...] | None:
    values = parse_answer(answer, shape) if answer.strip() else None
    return None if values is None else tuple(values[field] for field in shape.fields)


def _known_only(rows: Rows) -> Rows:
    import numpy as np

    return rows if (rows.combos >= 0).all() else rows.take(np.flatnonzero(rows.combos >= 0))
