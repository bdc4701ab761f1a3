"""Sentences about the free baselines: which kind of classifier was taken, and why."""

from core.base.errors import N_

REASONS = {
    # core/base/choice.py
    "family_linear": N_(
        "The text classifier is of the kind that draws lines between the categories (a linear support vector machine): it gets "
        "{linear_share} of the whole answers right. The kind that counts which pieces of words go with which category (naive Bayes) gets "
        "{bayes_share}."
    ),
    "family_bayes": N_(
        "The text classifier is of the kind that counts which pieces of words go with which category (naive Bayes): it gets "
        "{bayes_share} of the whole answers right. The kind that draws lines between the categories (a linear support vector machine) gets "
        "{linear_share}. With few rows for each category that is usual."
    ),
    "family_alike": N_(
        "The text classifier is of the simpler kind, which counts which pieces of words go with which category (naive Bayes): it gets "
        "{bayes_share} of the whole answers right. The kind that draws lines between the categories (a linear support vector machine) gets "
        "{linear_share}, which is no clear difference."
    ),
    "family_no_time": N_(
        "The text classifier is of the kind that counts which pieces of words go with which category (naive Bayes): it gets "
        "{bayes_share} of the whole answers right. With so many rows there was no time to try another kind, which might do better."
    ),
    "family_not_tried": N_(
        "The text classifier is of the kind that counts which pieces of words go with which category (naive Bayes): there is too little "
        "data to try which kind does best."
    ),
}
