"""Sentences about the free baselines: which kind of classifier was taken, and why."""

from core.base.errors import N_

REASONS = {
    # core/base/choice.py
    "family_linear": N_(
        "The classifier is a linear support vector machine, which draws lines between the categories: "
        "it gets {linear_share} of the whole answers right, counting runs of letters (naive Bayes) {bayes_share}."
    ),
    "family_bayes": N_(
        "The classifier counts which runs of letters go with which category (naive Bayes): it gets {bayes_share} of the whole answers "
        "right, a linear support vector machine {linear_share}. With few rows for each category that is usual."
    ),
    "family_alike": N_(
        "The classifier counts which runs of letters go with which category (naive Bayes), the simpler kind: it gets {bayes_share} of the "
        "whole answers right, a linear support vector machine {linear_share}, which is no clear difference."
    ),
    "family_no_time": N_(
        "The classifier counts which runs of letters go with which category (naive Bayes) and gets {bayes_share} of the whole answers "
        "right. With so many rows there was no time to try another kind, which might do better."
    ),
    "family_not_tried": N_(
        "The classifier counts which runs of letters go with which category (naive Bayes): there is too little to choose by."
    ),
}
