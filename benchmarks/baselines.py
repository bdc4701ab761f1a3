"""How well the label learner does on rows that it has not seen: 10 x stratified 5-fold on a CSV of questions and categories."""

import sys
from pathlib import Path
from typing import Any

from core.base.classify import cross_validate
from core.prepare.work import prepare_draft

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data" / "bank_support.csv"


def main(arguments: list[str]) -> dict[str, Any]:
    """Cross-validate the file named first (the bank example unless told); shares of the first field and of the whole answer."""
    path = Path(arguments[0]) if arguments else SAMPLE
    prepared = prepare_draft(path.read_bytes(), path.name)
    if prepared.shape is None or prepared.shape.kind == "text":
        print("the answers of this file are not labels", file=sys.stderr)
        raise SystemExit(2)
    questions = [example.question for example in prepared.examples]
    answers = [example.answer for example in prepared.examples]
    found = cross_validate(questions, answers, prepared.shape, seed=0, folds=5, repeats=10)
    return {
        "rows": found.rows,
        "top": round(found.classifier.fields[prepared.shape.fields[0]], 3),
        "both": round(found.classifier.whole, 3),
        "majority": round(found.majority.whole, 3),
        "spread": round(found.classifier.spread, 3),
    }
