"""Which category was answered where which was expected: the confusion matrix of each field, macro F1, and answers that cannot be."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.base.answers import AnswerShape, parse_answer
from core.base.replies import Prediction
from core.compare.score import WHOLE

NO_ANSWER: Final = None  # stands for an answer that has not the shape of the others: broken JSON, a missing field
BETWEEN: Final = " / "  # between the fields of a whole answer


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One category: how often it was expected, answered, and both at once."""

    label: str
    expected: int
    answered: int
    right: int

    @property
    def precision(self) -> float:
        """The share of its answers that were right; 0 where it was never answered, as scikit-learn has it."""
        return self.right / self.answered if self.answered else 0.0

    @property
    def recall(self) -> float:
        """The share of its rows that were answered right; 0 where no row expects it."""
        return self.right / self.expected if self.expected else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.expected + self.answered
        return 2 * self.right / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Confusion:
    """One field of one model's answers: `cells` holds the rows by (expected, answered), the largest first, right ones included."""

    field: str
    cells: Mapping[tuple[str, str | None], tuple[int, ...]]
    classes: tuple[ClassScore, ...]
    untaught: Mapping[str, tuple[int, ...]]

    @property
    def macro_f1(self) -> float | None:
        """The mean F1 of the categories that the rows expect, each weighing the same however rare it is; None without rows.

        scikit-learn's `f1_score(average="macro", labels=expected ones)`: a category that is answered and nowhere expected has no F1 of its
        own, it lowers the recall of the ones that it was taken for.
        """
        expected = [one.f1 for one in self.classes if one.expected]
        return sum(expected) / len(expected) if expected else None

    @property
    def mistakes(self) -> tuple[tuple[str, str | None], ...]:
        """The cells beside the diagonal, the commonest first."""
        return tuple(cell for cell in self.cells if cell[0] != cell[1])


def confusions(predictions: Sequence[Prediction], shape: AnswerShape, taught: Iterable[str]) -> tuple[Confusion, ...]:
    """One confusion for each field of a JSON answer and last of the whole answer, or the only one of a label; none for free text.

    `taught` are the answers of the training rows: what none of them says is named in `untaught`, for the whole answer combinations whose
    parts were taught. Rows without an answer and rows whose own answer has another shape than the rest are left out.
    """
    if shape.kind == "text":
        return ()
    pairs = []
    for one in predictions:
        wanted = parse_answer(one.expected, shape) if one.answer is not None else None
        if wanted is not None:
            pairs.append((one.row, wanted, parse_answer(one.answer or "", shape)))
    known = [values for answer in taught if (values := parse_answer(answer, shape)) is not None]
    found = []
    if shape.kind == "json":
        for name in shape.fields:
            rows = [(row, wanted[name], given[name] if given else NO_ANSWER) for row, wanted, given in pairs]
            found.append(_confusion(name, rows, {values[name] for values in known}))
        if len(shape.fields) == 1:
            return tuple(found)
    whole = [(row, _joined(wanted), _joined(given) if given else NO_ANSWER) for row, wanted, given in pairs]
    combinations = {_joined(values) for values in known}
    if shape.kind == "json":
        # a combination with a part that nobody taught is told with that part, and not a second time
        parts = {name: {values[name] for values in known} for name in shape.fields}
        combinations |= {_joined(given) for _, _, given in pairs if given and any(given[name] not in parts[name] for name in parts)}
    return (*found, _confusion(WHOLE, whole, combinations))


def _confusion(name: str, rows: Sequence[tuple[int, str, str | None]], taught: set[str]) -> Confusion:
    cells: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    untaught: defaultdict[str, list[int]] = defaultdict(list)
    for row, wanted, given in rows:
        cells[wanted, given].append(row)
        if given is not None and given not in taught:
            untaught[given].append(row)
    expected, answered = Counter(wanted for _, wanted, _ in rows), Counter(given for _, _, given in rows if given is not None)
    return Confusion(
        name,
        {cell: tuple(cells[cell]) for cell in sorted(cells, key=lambda cell: (-len(cells[cell]), cell[0], cell[1] or ""))},
        tuple(
            ClassScore(label, expected[label], answered[label], len(cells.get((label, label), ())))
            for label in sorted(expected | answered, key=lambda label: (-expected[label], label))
        ),
        {given: tuple(untaught[given]) for given in sorted(untaught, key=lambda given: (-len(untaught[given]), given))},
    )


def _joined(values: Mapping[str, str]) -> str:
    return BETWEEN.join(values.values())


def worst(found: Confusion, most: int) -> tuple[str, ...]:
    """The categories with the most mistakes, at most so many: those whose rows and columns are worth a picture."""
    wrong: Counter[str] = Counter()
    for (wanted, given), rows in found.cells.items():
        if wanted != given:
            for label in (wanted, given):
                if label is not None:
                    wrong[label] += len(rows)
    return tuple(label for label, _ in wrong.most_common(most))
