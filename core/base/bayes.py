"""Naive Bayes on runs of letters: the features, the counting and the settings, with the measurements that chose them."""

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

# Chosen on the 301 questions of sample_data/bank_support.csv (26 combinations) by 5-fold cross-validation, 5 repeats: per cent of whole
# answers right, which scatter by half a point from repeat to repeat. This setting: 65.2.
LETTERS = (2, 5)  # runs inside words; 2-4: 64.7, 3-5: 64.2, 2-6: 64.3, 1-5: 64.8
SMOOTHING = 2.0  # 0.5: 61.6, 1: 63.5, 4: 64.7, 8: 62.6
NAME_COPIES = 3  # a label's name as so many further rows of it; none: 61.1, 1: 63.9, 2: 64.9, 5: 64.3, 10: 63.7
# Each pass counts everything again, names included, which weakens the smoothing. After 1, 2, 3, 6, 10, 20 passes 63.6, 64.9, 65.2, 63.5,
# 62.1, 59.7 are right, with a held-out log loss of 1.59, 1.52, 1.50, 1.50, 1.52, 1.58: some help, many do harm, as with any learner.
PASSES = 3

MOST_FEATURES = 50_000  # runs of letters kept, the commonest
MOST_CELLS = 10_000_000  # labels x features of one field: 80 MB
HELD_OUT = 2000  # rows that decide the temperature
EMPTY = "\N{EMPTY SET}"  # stands for a question without text, so that there is always something to count


def plain(text: str) -> str:
    """The text in small letters, written in one way; never empty."""
    return unicodedata.normalize("NFKC", text).lower().strip() or EMPTY


def letter_runs(**more: Any) -> Any:
    """Texts to TF-IDF weights of their runs of letters; `more` goes to scikit-learn's TfidfVectorizer."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char_wb", ngram_range=LETTERS, sublinear_tf=True, preprocessor=plain, **more)


def having_counted(counts: Any) -> Any:
    """A classifier that has counted just these sums (labels x features): to it they are one long text for each label."""
    import numpy as np
    from sklearn.naive_bayes import ComplementNB

    counts.data = np.maximum(counts.data, 0.0)  # a difference of sums may end a hair below nothing
    labels = np.arange(counts.shape[0])
    return ComplementNB(alpha=SMOOTHING).partial_fit(counts, labels, classes=labels)


def label_sums(features: Any, codes: "np.ndarray", labels: int) -> Any:
    """The features summed for each label, sparse."""
    import numpy as np
    from scipy.sparse import csr_matrix

    return csr_matrix((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(labels, len(codes))) @ features


def log_softmax(scores: "np.ndarray") -> "np.ndarray":
    """Scores (rows x choices) as logarithms of probabilities that sum to one in each row."""
    import numpy as np

    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def best_temperature(scores: "np.ndarray", true: "np.ndarray") -> float:
    """The temperature between 0.01 and 100 at which the true combinations are likeliest.

    One row in n + 2 is taken to be any combination at all, as in Platt (1999): where all rows held out are right, that is no certainty.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar

    any_at_all = 1.0 / (len(true) + 2)

    def loss(log_temperature: float) -> float:
        logs = log_softmax(scores / np.exp(log_temperature))
        return -float((1 - any_at_all) * logs[np.arange(len(true)), true].mean() + any_at_all * logs.mean())

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.01), np.log(100.0)), method="bounded").x))
