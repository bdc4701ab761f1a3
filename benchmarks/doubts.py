"""Whether answers that Compare flags as doubtful are wrong more often than the others, on a file of labels, by cross-validation."""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.base.answers import AnswerShape
from core.base.families import FAMILIES, taught
from core.base.folds import FOLDS, deal, twin_groups
from core.base.replies import Prediction
from core.base.types import Example
from core.compare.doubt import Taught, doubts
from core.compare.score import judge_all
from core.prepare.work import prepare_draft

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data" / "bank_support.csv"
REPEATS = 3
RIGHT = 0.8  # of a stand-in for a model that no classifier resembles: its mistakes are drawn by chance


def main(arguments: list[str]) -> dict[str, Any]:
    """Flagged and other rows with how many of each were wrong, by who answers; REPEATS x FOLDS folds of the file named first."""
    path = Path(arguments[0]) if arguments else SAMPLE
    prepared = prepare_draft(path.read_bytes(), path.name)
    if prepared.shape is None or prepared.shape.kind == "text":
        print("the answers of this file are not labels", file=sys.stderr)
        raise SystemExit(2)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for train, test in _folds(prepared.examples):
        known = Taught.of(train, test, prepared.shape)
        for who, answers in _answers(train, test, prepared.shape).items():
            asked = [Prediction(one.row, one.question, one.answer, text) for one, text in zip(test, answers, strict=True)]
            found = doubts([one.question for one in test], asked, known)
            for doubt, judged in zip(found, judge_all(asked, prepared.shape), strict=True):
                wrong = not judged.right
                for what in ["flagged" if doubt.reasons else "others", *(reason.code for reason in doubt.reasons)]:
                    counts[who].update({what: 1, f"{what}_wrong": int(wrong)})
    return {"rows": len(prepared.examples), **{who: _told(found) for who, found in counts.items()}}


def _told(found: Counter[str]) -> dict[str, str]:
    return {what: f"{found[f'{what}_wrong']} of {n} wrong" for what, n in found.items() if not what.endswith("_wrong")}


def _folds(examples: Sequence[Example]) -> Iterator[tuple[list[Example], list[Example]]]:
    groups = twin_groups([one.question for one in examples])
    order = {answer: number for number, answer in enumerate(sorted({one.answer for one in examples}))}
    classes = np.array([order[one.answer] for one in examples])
    for seed in range(REPEATS):
        fold = deal(groups, classes, FOLDS, seed=seed)
        for held in range(FOLDS):
            yield [examples[i] for i in np.flatnonzero(fold != held).tolist()], [examples[i] for i in np.flatnonzero(fold == held).tolist()]


def _answers(train: Sequence[Example], test: Sequence[Example], shape: AnswerShape) -> dict[str, list[str]]:
    questions, answers = [one.question for one in train], [one.answer for one in train]
    said = {family: taught(family, questions, answers, shape).predict([one.question for one in test]) for family in FAMILIES}
    draw = random.Random(len(train) + test[0].row)
    chance = [one.answer if draw.random() < RIGHT else draw.choice(answers) for one in test]
    return {family: [text for text, _ in given] for family, given in said.items()} | {"chance": chance}
