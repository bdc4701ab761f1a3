"""What every classifier of labels and flat JSON answers has in common: one score a field, decided jointly over what was seen together."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.base.answers import AnswerShape
from core.base.bayes import log_softmax
from core.base.folds import twin_groups
from core.base.label_space import LabelSpace, labels_of

if TYPE_CHECKING:
    import numpy as np

BLOCK_CELLS = 2_000_000  # chances computed at once: 16 MB
FLOOR = 1e-4  # the least probability that a measured answer is given: one that was never taught costs 9.2 and does not hide the rest


@dataclass(frozen=True, eq=False)
class Rows:
    """Questions as features (n x features, sparse), the combination each answer is (-1: none that is known), and twins' groups."""

    features: Any
    combos: "np.ndarray"
    groups: "np.ndarray"

    def __len__(self) -> int:
        return len(self.combos)

    def take(self, indices: "np.ndarray") -> "Rows":
        """Some of the rows, in the order of the indices."""
        return Rows(self.features[indices], self.combos[indices], self.groups[indices])

    def known(self) -> "Rows":
        """The rows whose answer is known."""
        import numpy as np

        return self if (self.combos >= 0).all() else self.take(np.flatnonzero(self.combos >= 0))


class LabelModel(ABC):
    """Gives each combination of labels that was taught a score, the sum over the fields; an answer is in the words of the data."""

    space: LabelSpace

    @abstractmethod
    def look_at(self, questions: Sequence[str]) -> Any:
        """Questions as features, sparse."""

    @abstractmethod
    def field_scores(self, features: Any, field: int) -> "np.ndarray":
        """How well each label of a field fits: (rows, labels)."""

    @abstractmethod
    def to_arrays(self) -> tuple[dict[str, "np.ndarray"], dict[str, Any]]:
        """Everything that was learned as plain arrays, and the rest as JSON values."""

    @property
    @abstractmethod
    def heat(self) -> float:
        """What the scores are divided by before they become probabilities."""

    def scores(self, features: Any) -> "np.ndarray":
        """How well each combination fits: (rows, combinations)."""
        import numpy as np

        fields = range(len(self.space.classes))
        return np.sum([self.field_scores(features, f)[:, self.space.combos[:, f]] for f in fields], axis=0)

    def encode(self, questions: Sequence[str], answers: Sequence[str]) -> Rows:
        """Questions and answers as the model sees them."""
        combos = self.space.numbers([labels_of(answer, self.space.shape) for answer in answers])
        return Rows(self.look_at(questions), combos, twin_groups(questions))

    def predict(self, questions: Sequence[str]) -> list[tuple[str, float]]:
        """The likeliest answer of each question and its probability among all the combinations."""
        blocks = self._chances(self.look_at(questions)) if len(questions) else ()
        return [(self.space.texts[i], float(one[i])) for block in blocks for one, i in zip(block, block.argmax(axis=1), strict=True)]

    def guess(self, questions: Sequence[str]) -> "np.ndarray":
        """The number of the likeliest combination for each question."""
        import numpy as np

        blocks = [block.argmax(axis=1) for block in self._chances(self.look_at(questions))] if len(questions) else []
        return np.concatenate(blocks) if blocks else np.empty(0, dtype=np.int64)

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

    def _chances(self, features: Any) -> Iterator["np.ndarray"]:
        """The probability of each combination, (rows, combinations), some rows at a time."""
        import numpy as np

        step = max(1, BLOCK_CELLS // len(self.space.combos))
        for start in range(0, features.shape[0], step):
            yield np.exp(log_softmax(self.scores(features[start : start + step]) / self.heat))


def space_json(space: LabelSpace) -> dict[str, Any]:
    """The names of the labels as JSON values; their combinations are an array."""
    return {
        "kind": space.shape.kind,
        "fields": list(space.shape.fields),
        "bare": [list(pair) for pair in sorted(space.shape.bare)],
        "classes": [list(names) for names in space.classes],
        "texts": list(space.texts),
    }


def space_of(arrays: Mapping[str, "np.ndarray"], rest: Mapping[str, Any]) -> LabelSpace:
    """The labels again, of values that were checked (`label_arrays`)."""
    shape = AnswerShape(rest["kind"], tuple(rest["fields"]), frozenset((field, value) for field, value in rest["bare"]))
    return LabelSpace(shape, tuple(map(tuple, rest["classes"])), arrays["combos"], tuple(rest["texts"]))
