"""Sentences about reading, mapping, splitting and access; findings carry their own words in core/prepare/checks."""

from core.base.errors import N_

REASONS = {
    # core/prepare/reading.py and its neighbours
    "encoding_ascii": N_("plain letters without accents"),
    "encoding_chosen": N_("{encoding} letters, as you chose"),
    "encoding_guessed": N_("{encoding} letters, the best fit"),
    "encoding_marked": N_("{encoding} letters, as the file says itself"),
    "encoding_mixed": N_("mostly UTF-8 letters, with parts in {encoding}"),
    "encoding_utf8": N_("UTF-8 letters"),
    "delimiter_chosen": N_("columns separated by “{delimiter}”, as you chose"),
    "delimiter_found": N_("columns separated by “{delimiter}”"),
    "delimiter_named": N_("columns separated by “{delimiter}”, as the file says itself"),
    "one_column": N_("a single column"),
    "quotes_are_text": N_("quotation marks are part of the text"),
    "header_chosen": N_("the first row as you chose"),
    "header_first_row": N_("the first row holds the column names"),
    "no_header_numbers": N_("there is no row of column names: the first row holds numbers"),
    "no_header_repeats": N_("there is no row of column names: the first row holds values that come again below"),
    "json_array": N_("one JSON list of records"),
    "json_lines": N_("one JSON record on each line"),
    "json_objects": N_("JSON records one after the other"),
    "chat_lines": N_("one conversation on each line"),
    # core/prepare/mapping.py
    "answer_by_name": N_("{columns}: the answer, judging by the name"),
    "answer_by_content": N_("{columns}: the answer, judging by what it holds"),
    "question_by_name": N_("{columns}: the question, judging by the name"),
    "question_by_content": N_("{columns}: the question, judging by its text"),
    "question_from_numbers": N_("{columns}: together they are the question"),
    "columns_ignored": N_("Not used: {columns}"),
    "no_question_column": N_("No column looks like a question. Choose one."),
    "no_answer_column": N_("No column looks like an answer. Choose one."),
    "encoding_utf16": N_("UTF-16 letters"),
    # core/prepare/splitting.py
    "all_train": N_(
        "All {n} different rows train: a training needs at least {minimum}, and what would be left is too little for a test. "
        "So nothing can show whether the model gets better; {missing} more different rows would change that."
    ),
    "test_size": N_("Of {of} rows, {n} are kept for the test: a score on them is sure to about ±{points} points."),
    "small_test": N_("Of {of} rows, {n} are kept for the test. That is few: a score on them is only sure to about ±{points} points."),
    "shares_chosen": N_("{validation} rows for validation and {test} for the test, as you chose."),
    "kept_for_training": N_("No more rows are taken from the training, since it needs at least {minimum}."),
    "no_validation_rows": N_("No validation rows: with fewer than {from} rows they do more good in the training."),
    "split_random": N_("The rows are drawn at random; the same question is never on two sides."),
    "split_stratified": N_(
        "Every category goes to every side in its proportion (by {fields}, {classes} in all); the same question is never on two sides."
    ),
    "classes_untested": N_("{n} of {of} categories have too few rows to be tested; all of theirs train."),
    "seed": N_("The same data is always shared out in the same way; another seed than {seed} would draw other rows."),
    # core/estimate/access.py
    "local_free": N_("The training runs here, costs nothing and needs no key."),
    "refused_before": N_("It has refused a training before: this account may not train any more."),
    "training_closed": N_("Nobody can start a training there since {on}."),
    "training_closes": N_("New trainings end there on {on}, in {days} days."),
    "training_may_close": N_("Trainings there are only assured until {on}, {days} days from now."),
    "not_asked": N_("It has not been asked yet, or did not answer."),
    "no_history": N_("This account has no trainings so far."),
    "never_trained": N_("This account has never trained a model, and accounts like it are refused since {on}."),
    "trained_before": N_("This account has trained before: {jobs} trainings and {models} fine-tuned models."),
    "trained_lately": N_("This account started a training on {on}."),
    "depends_on_use": N_("Since {on} only accounts whose fine-tuned models answered something in the last {days} days may train."),
    "has_jobs": N_("It lists {jobs} trainings of this account."),
    "lists_jobs": N_("It has a list of trainings, and it is empty."),
    "chat_only": N_("It answers questions but has no list of trainings."),
    "model_gone": N_("{model} was switched off on {on}."),
    "model_ends": N_("{model} and every model trained from it stop answering on {on}, in {days} days."),
    "model_not_listed": N_("{model} is not among the models that it offers."),
    # core/estimate/cost.py
    "epochs_asked": N_("{epochs} epochs, as you chose."),
    "epochs_here": N_("{epochs} passes over the examples: what the practice model takes when it is left to choose."),
    "seconds_here": N_("About {low} to {high} seconds for {n} examples. It was measured on another machine, and yours may differ."),
    "epochs_usual": N_("{epochs} epochs or one fewer: that is usual for {n} examples when the server chooses."),
    "epochs_more_for_few": N_("Up to {epochs} epochs: for as few as {n} examples servers read them more often."),
    "epochs_fewer_for_many": N_("Up to {epochs} epochs: for as many as {n} examples servers read them fewer times."),
    "free_here": N_("This machine does the work: there is nothing to pay."),
    "tokens_estimated": N_("How this model cuts text into tokens is not known, so they are counted as for other models ({encoding})."),
    "price_unknown": N_("No price is known for this model on this connection."),
    "price_as_of": N_("{usd_per_million} US dollars for a million training tokens, as read on {as_of} from {source}."),
    "price_stale": N_("That price was read {days} days ago. Look up whether it still holds."),
    "server_counts_last": N_("{tokens} tokens in the training file, once over. The server's own count decides what is billed."),
    # core/prepare/verdict.py
    "enough_examples": N_("{n} examples; at least {minimum} are needed."),
    "no_mapping": N_("The columns have not been chosen yet."),
}
