"""A second opinion on labels: what a text classifier says that was taught the same rows, where it finds an answer unlikely."""

from collections.abc import Sequence
from typing import Final

from core.base.answers import AnswerShape
from core.base.errors import TooFewExamples
from core.base.families import Family, taught
from core.base.folds import FOLDS, deal
from core.base.held_out import Labelled
from core.base.label_model import LabelModel
from core.base.label_space import Labels, labels_of

FEWEST: Final = 10  # training rows
MOST: Final = 0.8  # of right answers are not doubted by the classifier, however good or bad it is with these data
ECHO: Final = 0.98  # a classifier that agrees with so many answers is the model itself, and its opinion no second one
MOST_FOR_LINEAR: Final = 3_000  # training rows: the linear classifier would take minutes for more


def second_opinion(
    questions: Sequence[str], given: Sequence[Labels | None], shape: AnswerShape, asked: Sequence[str], answers: Sequence[str]
) -> list[Labels | None]:
    """What a classifier says that was taught `asked` and `answers`, of rows whose answer (`given`) it finds unlikely; None of the others.

    Unlikely is what stands lower in its order than most right answers do. The practice model is such a classifier itself: where the first
    family gives the same answers, the second is asked, and is believed wherever it differs: the two agree in four of five rows of the bank
    example, and of the others 79% are wrong against 23% (`python -m benchmarks doubts`).
    """
    none: list[Labels | None] = [None] * len(questions)
    try:
        rows = Labelled.of(asked, answers, shape)
    except TooFewExamples:
        return none
    if len(rows) < FEWEST or len(set(rows.keys)) < 2 or not questions:
        return none
    families: tuple[Family, ...] = ("bayes", "linear") if len(rows) <= MOST_FOR_LINEAR else ("bayes",)
    for family in families:
        model = taught(family, rows.questions, rows.answers, shape)
        said = [labels_of(text, shape) for text, _ in model.predict(questions)]
        both = [a == b for a, b in zip(said, given, strict=True) if b is not None]
        if sum(both) < ECHO * len(both):
            deepest = _depth(rows) if family == families[0] else 0
            ranks = _ranks(model, questions, given)
            return [top if rank is not None and rank > deepest else None for top, rank in zip(said, ranks, strict=True)]
    return none


def _ranks(model: LabelModel, questions: Sequence[str], answers: Sequence[Labels | None]) -> list[int | None]:
    """How many other answers a classifier finds likelier than each of these; None of an answer that it was not taught."""
    scores = model.scores(model.look_at(questions))
    places = model.space.numbers(answers).tolist()
    return [int((line > line[at]).sum()) if at >= 0 else None for line, at in zip(scores, places, strict=True)]


def _depth(rows: Labelled) -> int:
    """The rank that most right answers reach or better, among training rows held out fold by fold: the test rows stay for measuring."""
    import numpy as np

    fold = deal(rows.groups, rows.classes, min(FOLDS, rows.different), seed=0)
    ranks: list[int] = []
    for held in range(FOLDS if len(rows) <= MOST_FOR_LINEAR else 1):
        train, rest = np.flatnonzero(fold != held).tolist(), np.flatnonzero(fold == held).tolist()
        if rest and len({rows.keys[at] for at in train}) > 1:
            model = taught("bayes", [rows.questions[at] for at in train], [rows.answers[at] for at in train], rows.shape)
            found = _ranks(model, [rows.questions[at] for at in rest], [rows.keys[at] for at in rest])
            ranks += [rank for rank in found if rank is not None]
    return sorted(ranks)[int(MOST * len(ranks))] if len(ranks) >= FEWEST else len(rows)
