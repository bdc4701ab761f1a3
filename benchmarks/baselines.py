"""How well labels can be told for nothing, on a CSV or (--made) on 10,000 made questions in 77 classes, there beside a plain SVM."""

import resource
import sys
import time
from pathlib import Path
from typing import Any

from core.base.answers import AnswerShape
from core.base.classify import CrossValidation, cross_validate
from core.base.folds import FOLDS, deal, twin_groups
from core.prepare.work import prepare_draft

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data" / "bank_support.csv"
ROWS = 10_000


def main(arguments: list[str]) -> dict[str, Any]:
    """Cross-validate the file named first (the bank example unless told): 10 x 5 folds; or the made questions, once."""
    if arguments[:1] == ["--made"]:
        return _made(int(arguments[1]) if len(arguments) > 1 else 0)
    path = Path(arguments[0]) if arguments else SAMPLE
    prepared = prepare_draft(path.read_bytes(), path.name)
    if prepared.shape is None or prepared.shape.kind == "text":
        print("the answers of this file are not labels", file=sys.stderr)
        raise SystemExit(2)
    questions = [example.question for example in prepared.examples]
    answers = [example.answer for example in prepared.examples]
    found = cross_validate(questions, answers, prepared.shape, seed=0, folds=FOLDS, repeats=10)
    return {
        "rows": found.rows,
        "top": round(found.classifier.fields[prepared.shape.fields[0]], 3),
        "both": round(found.classifier.whole, 3),
        "majority": round(found.majority.whole, 3),
        "spread": round(found.classifier.spread, 3),
        **_further(found),
    }


def _further(found: CrossValidation) -> dict[str, Any]:
    return {
        "nearest": round(found.nearest.whole, 3),
        **{family: round(share, 3) for family, share in found.families.items()},
        "family": found.family,
        "agreed": round(found.agreed, 2),
    }


def _made(seed: int) -> dict[str, Any]:
    """Ours and the plain machine on the same folds."""
    from benchmarks._intents import intents

    questions, labels = intents(ROWS, seed)
    began, computed = time.perf_counter(), time.thread_time()
    found = cross_validate(questions, labels, AnswerShape("label"), seed=0, folds=FOLDS)
    ours, ours_computed = time.perf_counter() - began, time.thread_time() - computed
    began = time.perf_counter()
    plain = _plain(questions, labels)
    return {
        "rows": found.rows,
        "classes": len(set(labels)),
        "ours": round(found.classifier.whole, 4),
        "plain_svm": round(plain, 4),
        "ratio_svm": round(found.classifier.whole / plain, 4),
        **_further(found),
        "seconds": round(ours, 1),
        "cpu_seconds": round(ours_computed, 1),
        "plain_seconds": round(time.perf_counter() - began, 1),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _plain(questions: list[str], labels: list[str]) -> float:
    """The share that LinearSVC gets right on words, pairs of words and runs of letters, as everybody would write it."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    asked, true = np.array(questions, dtype=object), np.array(labels)
    _, classes = np.unique(true, return_inverse=True)
    fold = deal(twin_groups(questions), classes, FOLDS, seed=0)
    right = 0
    for held in range(FOLDS):
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        machine = make_pipeline(make_union(words, letters), LinearSVC()).fit(asked[fold != held], true[fold != held])
        right += int((machine.predict(asked[fold == held]) == true[fold == held]).sum())
    return right / len(true)
