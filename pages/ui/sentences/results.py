"""Sentences about replies, scores and verdicts."""

from core.base.errors import N_

REASONS = {
    # core/playground/chat.py
    "system_prompt_differs": N_("This system prompt is not the one of the training: “{trained}”. Answers may be worse than they could be."),
    "system_prompt_missing": N_("The model was trained with a system prompt, “{trained}”, and is asked without it here."),
    "system_prompt_spacing_differs": N_("The system prompt differs from the training's in its spaces or line breaks only."),
    "system_prompt_was_none": N_("The model was trained without a system prompt; here it gets one."),
    "system_prompt_after_here": N_("The system prompt stands after the question here; in the training it stood before it."),
    "system_prompt_after_in_training": N_("The system prompt stood after the question in the training; here it stands before it."),
    "reply_cut_by_limit": N_("The reply was cut by the limit on its length."),
    "reply_filtered": N_("The server's content filter held back a part of the reply."),
    "reply_empty": N_("The model answered with nothing."),
    # core/playground/sampling.py
    "left_out_practice": N_("{model} picks among the answers that it was taught, so these change nothing and are not sent: {names}."),
    "left_out_refused": N_("{model} does not take these, so they are not sent: {names} (read on {as_of})."),
    # core/compare
    "better": N_(
        "Better: {tuned_right} of {n} right after training against {base_right} before. A difference like this is hardly chance (p {p})."
    ),
    "worse": N_(
        "Worse: {tuned_right} of {n} right after training against {base_right} before. A difference like this is hardly chance (p {p})."
    ),
    "perhaps_better": N_(
        "Better: {tuned_right} of {n} right after training against {base_right} before. But this could be chance (p {p})."
    ),
    "perhaps_worse": N_("Worse: {tuned_right} of {n} right after training against {base_right} before. But this could be chance (p {p})."),
    "cannot_tell": N_("Cannot tell: {tuned_right} of {n} right after training, and as many before."),
    "both_none": N_("Not one of the {n} rows is right, neither before nor after training. So it got neither better nor worse."),
    "both_all": N_("All {n} rows are right, before and after training. They are too easy to show a difference."),
    # core/compare/vote.py
    "vote_nothing": N_("Nobody has voted yet."),
    "vote_unfinished": N_("{voted} of {total} rows have a vote. The verdict comes when all do."),
    "vote_better": N_(
        "People prefer “{other}”: {second} rows against {first} for “{one}”, {even} undecided. A difference like this is hardly chance."
    ),
    "vote_worse": N_(
        "People prefer “{one}”: {first} rows against {second} for “{other}”, {even} undecided. A difference like this is hardly chance."
    ),
    "vote_cannot_tell": N_("Cannot tell: {second} rows prefer “{other}”, {first} “{one}”, {even} neither. This could be chance."),
    # core/compare/calibration.py
    "judge_nothing": N_("The judge has not given a verdict yet that can be read."),
    "judge_goes_by_place": N_(
        "This judge goes by the place: on {swayed} of {judged} rows it changed its mind when the two answers changed places. "
        "What it says cannot be used."
    ),
    "judge_not_calibrated": N_(
        "This judge is not calibrated. Rows that both people and it have judged: {common}; {needed} is the least that can tell a good "
        "judge from a guessing one. Until then its verdict cannot be used."
    ),
    "judge_like_chance": N_(
        "On the {common} rows that people have judged, too, this judge agrees with them hardly more than chance would. "
        "What it says cannot be used."
    ),
    "judge_usable": N_("This judge agrees with people more than chance would. It gives a hint and no verdict: the votes decide."),
    # core/compare/doubt.py
    "doubt_cut": N_("The reply was cut by the limit on its length."),
    "doubt_blank": N_("The model answered with nothing."),
    "doubt_invalid": N_("The answer is not built as the taught ones are."),
    "doubt_untaught_label": N_("No training row has this answer: {label}."),
    "doubt_untaught_labels": N_("No training row has these together: {label}."),
    "doubt_neighbour": N_("The closest training row, row {row}, has another answer: {label}."),
    "doubt_opinion": N_("A text classifier that learned from the same rows would sooner say: {label}."),
    "doubt_unlike": N_("The question is unlike everything that was taught."),
    # core/compare/strange.py
    "doubt_value": N_("{name} is {value}, far outside of what was taught ({low} to {high})."),
    "doubt_word": N_("{name} is “{value}”, which no training row has."),
    "doubt_unsure": N_("The model itself is unsure: {confidence_share}."),
    "doubt_rule": N_("The answer breaks a rule."),
    "doubt_foreign": N_("Numbers of another reading: {numbers}."),
    # core/compare/headline.py
    "nothing_yet": N_("Nothing has been compared yet."),
    "not_finished": N_("Rows still to be answered: {pending}. The verdict comes when all are."),
    "no_unseen_rows": N_(
        "No score: the model was trained on every one of these {rows} rows. Right answers on them show memory, not whether it got better."
    ),
    "too_few_unseen_rows": N_(
        "No score. Rows that were not in the training: {unseen} of {rows}; {needed} is the least that can show anything."
    ),
    "too_few_rows": N_("No score. Rows answered: {answered}; {needed} is the least that can show anything."),
    "text_has_no_score": N_("Free text has no right or wrong to count. Read both answers side by side below and judge for yourself."),
    "practice_text_has_no_score": N_(
        "The practice model repeats the closest answer that it was taught, so a score for free text would mean nothing. "
        "Read the answers below; a real model would write its own."
    ),
    "run_can_continue": N_("{done} of {total} rows are answered; it goes on at the next one."),
    "run_has_failed_rows": N_("{failed} of {total} rows could not be answered."),
    "run_waits_for_key": N_("{done} of {total} rows are answered. Enter the key in the sidebar to continue."),
}

# the same verdicts where it is not about before and after: two models of several, by name
BETWEEN = {
    "better": N_(
        "{second} is better than {first}: {tuned_right} of {n} right against {base_right}. A difference like this is hardly chance (p {p})."
    ),
    "worse": N_(
        "{second} is worse than {first}: {tuned_right} of {n} right against {base_right}. A difference like this is hardly chance (p {p})."
    ),
    "perhaps_better": N_(
        "{second} is ahead of {first}: {tuned_right} of {n} right against {base_right}. But this could be chance (p {p})."
    ),
    "perhaps_worse": N_("{second} is behind {first}: {tuned_right} of {n} right against {base_right}. But this could be chance (p {p})."),
    "cannot_tell": N_("{second} and {first} have equally many right: {tuned_right} of {n}."),
    "both_none": N_("Neither {second} nor {first} has any of the {n} rows right."),
    "both_all": N_("Both {second} and {first} have all {n} rows right."),
}
