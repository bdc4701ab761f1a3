"""How far labels can be told from questions: the majority, and an honest cross-validation of the label model."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.base.answers import AnswerShape, answer_kind, parse_answer
from core.base.bayes import PASSES
from core.base.errors import TooFewExamples
from core.base.folds import deal, twin_groups
from core.base.label_model import LabelModel, Rows

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CrossValidation", "LabelModel", "Rows", "cross_validate", "majority"]


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Shares (0 to 1) of rows answered right by models that had not seen them, beside those of always giving the commonest answer.

    `fields` and `majority_fields` go by field, `whole` and `majority_whole` by whole answer; `spread` is the standard deviation of `whole`
    over the repeats (0 for one).
    """

    rows: int
    folds: int
    repeats: int
    fields: Mapping[str, float]
    whole: float
    spread: float
    majority_fields: Mapping[str, float]
    majority_whole: float


def majority(answers: Sequence[str]) -> str:
    """The commonest answer as it is written most often, the first of equals; JSON that differs in spacing alone is one answer."""
    shape = answer_kind(answers)
    keys = [_labels(answer, shape) or (answer.strip(),) for answer in answers]
    if not keys:
        raise TooFewExamples(n=0, minimum=1)
    common = Counter(keys).most_common(1)[0][0]
    return Counter(answer.strip() for answer, key in zip(answers, keys, strict=True) if key == common).most_common(1)[0][0]


def cross_validate(
    questions: Sequence[str], answers: Sequence[str], shape: AnswerShape, *, seed: int, folds: int = 5, repeats: int = 1
) -> CrossValidation:
    """Judge every row by a model that has learned from the other folds; classes are spread over the folds and identical questions are not.

    Rows whose answer has not the shape are left out. A label that stands in one row only cannot be got right, and counts as wrong.
    Raises TooFewExamples where fewer than two different questions are left.
    """
    import numpy as np

    usable = [(question, answer, key) for question, answer in zip(questions, answers, strict=True) if (key := _labels(answer, shape))]
    groups = twin_groups([question for question, _, _ in usable])
    different = len(np.unique(groups))
    if different < 2:
        raise TooFewExamples(n=different, minimum=2)
    folds = min(folds, different)
    keys = [key for _, _, key in usable]
    order = {key: number for number, key in enumerate(sorted(set(keys)))}
    classes = np.array([order[key] for key in keys])
    right = np.zeros((repeats, len(usable), len(shape.fields)), dtype=bool)
    for repeat in range(repeats):
        fold = deal(groups, classes, folds, seed=seed + repeat)
        for held in range(folds):
            for row, given in _judge(usable, np.flatnonzero(fold != held), np.flatnonzero(fold == held), shape):
                right[repeat, row] = [a == b for a, b in zip(given, keys[row], strict=True)]
    whole = right.all(axis=2).mean(axis=1)
    return CrossValidation(
        rows=len(usable),
        folds=folds,
        repeats=repeats,
        fields={field: float(right[:, :, f].mean()) for f, field in enumerate(shape.fields)},
        whole=float(whole.mean()),
        spread=float(whole.std()),
        majority_fields={field: _top_share([key[f] for key in keys]) for f, field in enumerate(shape.fields)},
        majority_whole=_top_share(keys),
    )


def _judge(
    usable: Sequence[tuple[str, str, tuple[str, ...]]], train: "np.ndarray", test: "np.ndarray", shape: AnswerShape
) -> list[tuple[int, tuple[str, ...]]]:
    """For each test row the labels that a model of the training rows gives."""
    model, rows = LabelModel.begin([usable[i][0] for i in train], [usable[i][1] for i in train], shape, calibrated=False)
    for _ in range(PASSES):
        model.learn_rows(rows)
    given = model.predict([usable[i][0] for i in test])
    return [(row, _labels(text, shape) or ()) for row, (text, _) in zip(test, given, strict=True)]


def _labels(answer: str, shape: AnswerShape) -> tuple[str, ...] | None:
    values = parse_answer(answer, shape) if answer.strip() else None
    return None if values is None else tuple(values[field] for field in shape.fields)


def _top_share(values: Sequence[object]) -> float:
    return max(Counter(values).values()) / len(values)
