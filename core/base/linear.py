"""A linear support vector machine on words and runs of letters: the features, the fitting and the settings."""

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.base.bayes import letter_runs, plain

if TYPE_CHECKING:
    import numpy as np

VIEWS = ("words", "letters")
# Chosen on the 301 questions of sample_data/bank_support.csv by 5-fold cross-validation, 4 repeats (per cent of whole answers right, which
# scatter by a point), and on two made sets of 10,000 questions in 77 classes. This setting: 67.1; 92.1 and 92.6.
WORD = r"(?s)\w\w+|^(?!.*\w\w).+$"  # a text without any word is one, so that there is always something to count
WORDS = 3  # in a row; 2: 66.6; 90.6 and 91.3
COST = 1.0  # 0.3: 67.4; 90.8 and 92.1. 3: 66.8; 92.0 and 92.2
NAME_WEIGHT = 3.0  # a label's name counts as so many rows of it; none: 65.2; 92.1 and 92.6. 1: 66.8; 92.1 and 92.7
ROUNDS = 5  # of the solver in one pass; three passes come within 0.2 points of where it settles

MOST_FEATURES = 50_000  # of each view, the commonest
MOST_CELLS = 8_000_000  # labels x features over all fields: 32 MB as they are kept


def vectorizers(labels: int | None = None, columns: Mapping[str, Mapping[str, int]] | None = None) -> dict[str, Any]:
    """A vectorizer for each view; with `labels` (of all fields together) so few features that their table can be held.

    `columns` says which column each feature has, where that is settled.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    most = None if labels is None else min(MOST_FEATURES, MOST_CELLS // (labels * len(VIEWS)))
    words = TfidfVectorizer(
        token_pattern=WORD,
        ngram_range=(1, WORDS),
        sublinear_tf=True,
        preprocessor=plain,
        max_features=most,
        vocabulary=columns and columns["words"],
    )
    return {"words": words, "letters": letter_runs(max_features=most, vocabulary=columns and columns["letters"])}


def side_by_side(views: Sequence[Any]) -> Any:
    """The views' features as one sparse matrix."""
    from scipy.sparse import hstack

    return hstack(views, format="csr")


def weigh(features: Any, codes: "np.ndarray", named: Any, rounds: int) -> tuple["np.ndarray", "np.ndarray"]:
    """Learn to tell the labels (0 to n - 1) of one field apart: weights (features x labels) and offsets (labels), as 32-bit floats.

    `named` holds the features of each label's name, a row each. After `rounds` the solver stops, settled or not; its order of rows is
    always the same, so more rounds go on where fewer stopped.
    """
    import numpy as np
    from scipy.sparse import vstack
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    labels = named.shape[0]
    if labels == 1:
        return np.zeros((features.shape[1], 1), dtype=np.float32), np.zeros(1, dtype=np.float32)
    machine = LinearSVC(C=COST, max_iter=rounds, dual=True, random_state=0)
    share = np.concatenate([np.ones(len(codes)), np.full(labels, NAME_WEIGHT)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(vstack([features, named], format="csr"), np.concatenate([codes, np.arange(labels)]), sample_weight=share)
    weights, offsets = machine.coef_, machine.intercept_
    if labels == 2:  # it gives one line for two labels
        weights, offsets = np.vstack([-weights, weights]), np.concatenate([-offsets, offsets])
    return np.ascontiguousarray(weights.T, dtype=np.float32), offsets.astype(np.float32)
