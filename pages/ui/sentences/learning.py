"""Sentences about the learning curve: what more rows would bring."""

from core.base.errors import N_

REASONS = {
    # core/estimate/gain.py
    "more_helps": N_("More rows would still help: about +{gain} points for {more} more (between +{low} and +{high})."),
    "more_not": N_("More of the same will not help much: {more} more rows would bring at most {high} of 100 answers."),
    "more_unclear": N_("Too little to tell whether more rows would help: {more} more could bring anything from {low} to {high} points."),
    "more_too_few": N_(
        "Too little to tell whether more rows would help. Different questions: {n}; a learning curve can be drawn from {needed} on."
    ),
    "more_sampled": N_(
        "Up to {n} rows, more rows still help. You have {all}, and whether even more than those would help was not measured: it would take "
        "too long here."
    ),
}
