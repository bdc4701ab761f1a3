"""Sentences about reading, mapping, splitting and access; findings carry their own words in core/prepare/checks."""

from core.base.errors import N_

ENCODINGS = {  # what old programs write, by the languages that they write so
    "cp1252": N_("Western European (Windows)"),
    "mac_roman": N_("Western European (old Macs)"),
    "cp850": N_("Western European (DOS)"),
    "cp1250": N_("Central European (Windows)"),
    "cp1251": N_("Cyrillic (Windows)"),
    "cp1253": N_("Greek (Windows)"),
    "cp1254": N_("Turkish (Windows)"),
    "cp1256": N_("Arabic (Windows)"),
    "cp874": N_("Thai (Windows)"),
    "shift_jis": N_("Japanese (Shift JIS)"),
    "gb18030": N_("Simplified Chinese (GB 18030)"),
    "big5": N_("Traditional Chinese (Big5)"),
    "euc_kr": N_("Korean (EUC-KR)"),
}

# for a single epoch, in the place of the sentence of the same name below
ONCE = {
    "epochs_fewer_for_many": N_("One epoch: for as many as {n} examples servers read them fewer times."),
}
REASONS = {
    # core/prepare/reading.py and its neighbours
    "encoding_ascii": N_("plain letters without accents"),
    "encoding_chosen": N_("letters: {encoding}, as you chose"),
    "encoding_guessed": N_("letters: {encoding}, the best fit"),
    "encoding_marked": N_("letters: {encoding}, as the file says itself"),
    "encoding_mixed": N_("UTF-8 letters, but for lines in the letters of old Windows programs: {lines}"),
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
    "markdown_table": N_("a table drawn with upright bars"),
    "layout_table": N_("records as a plain table, as you chose"),
    "preference_pairs": N_("pairs of a better and a worse answer: the better one is taught, the worse one is kept beside it"),
    "sharegpt": N_("conversations in the ShareGPT layout"),
    "alpaca": N_("an instruction, its input and its output (the Alpaca layout) as question and answer"),
    "prompt_completion_turns": N_("a prompt and its completion as one conversation"),
    "fields_left_out": N_("fields that a conversation has no place for are not used ({columns})"),
    "decimal_commas": N_("numbers with a decimal comma, left as they are written ({columns})"),
    "sheet_only": N_("the sheet “{sheet}”"),
    "sheet_fullest": N_("the sheet “{sheet}”, the fullest of {of}"),
    "sheet_with_data": N_("the sheet “{sheet}”, the only one of {of} that holds anything"),
    "sheet_chosen": N_("the sheet “{sheet}”, as you chose"),
    "merged_filled": N_("merged cells give every row that they span the same value ({n} of them)"),
    "header_of_two_rows": N_("two rows of column names made one, since cells of the first span several columns"),
    "title_rows": N_("rows above the table are its title and were passed over ({text})"),
    "parquet": N_("a Parquet table"),
    "columns_of_bytes": N_("columns without text are not used ({columns})"),
    "member_only": N_("the file “{member}” in the zip"),
    "member_largest": N_("the file “{member}”, the largest table of {of} in the zip"),
    "member_chosen": N_("the file “{member}” in the zip, as you chose"),
    # core/prepare/guessing.py
    "answer_by_name": N_("{columns}: the answer, judging by the name"),
    "answer_by_content": N_("{columns}: the answer, judging by what it holds"),
    "question_by_name": N_("{columns}: the question, judging by the name"),
    "question_by_content": N_("{columns}: the question, judging by its text"),
    "question_from_numbers": N_("{columns}: together they are the question"),
    "question_is_the_rest": N_("{columns}: everything but the answer is the question"),
    "system_is_constant": N_("{column}: the same in every row, so it is the system prompt"),
    "system_by_name": N_("{column}: the system prompt, which differs by row"),
    "conversation_by_name": N_("{column}: rows with the same value there are one conversation"),
    "conversation_in_order": N_("{column}: rows with the same value there are one conversation, in the order of {order}"),
    "messages_by_role": N_("Each row is one message: {role} says who speaks, {text} what is said"),
    "weight_by_name": N_("{column}: whether the answer of a row is learned, judging by the name"),
    "columns_hardly_filled": N_("Not used, since nine rows of ten or more are empty there: {columns}"),
    "columns_ignored": N_("Not used: {columns}"),
    "no_question_column": N_("No column looks like a question. Choose one."),
    "no_answer_column": N_("No column looks like an answer. Choose one."),
    "encoding_utf16": N_("UTF-16 letters"),
    # core/prepare/splitting.py
    "all_train": N_(
        "All {n} different rows train: a training needs at least {minimum}, and what would be left is too little for a test. "
        "So nothing can show whether the model gets better. Different rows that are missing for a test: {missing}."
    ),
    "test_size": N_("Kept for the test: {n} of {of} rows. A score on them is sure to about ±{points} points."),
    "small_test": N_("Kept for the test: {n} of {of} rows. That is few: a score on them is only sure to about ±{points} points."),
    "shares_chosen": N_("As you chose, rows for validation: {validation}; for the test: {test}."),
    "kept_for_training": N_("No more rows are taken from the training, since it needs at least {minimum}."),
    "no_validation_rows": N_("No validation rows: with fewer than {from} rows they do more good in the training."),
    "own_test": N_(
        "Your own test file is the test. Rows in it: {n}; a score on them is sure to about ±{points} points. "
        "None of the {of} others are taken."
    ),
    "groups_together": N_("Rows with the same value under {columns} stay on one side, as do nearly the same questions. Groups: {groups}."),
    "groups_too_large": N_("No group is small enough to be the test, so there is none. Choose another column, or bring a test file."),
    "twins_together": N_("Nearly the same questions stay on one side. Rows with such a twin: {n}."),
    "split_by_time": N_("The latest rows are the test, those before them the validation; none from {since} on trains ({column})."),
    "validated_by_time": N_("The latest rows are the validation; none from {since} on trains ({column})."),
    "time_unread": N_("Rows with no date or number under {column}: {n}. They train."),
    "time_not_read": N_("{column} holds neither dates nor numbers that could be put in order, so the rows are drawn at random."),
    "time_not_told_apart": N_("The rows cannot be told apart by {column}, so they are drawn at random."),
    "classes_untaught": N_("In the test only: {n} of {of} categories. The model cannot get them right."),
    "split_random": N_("The rows are drawn at random; the same question is never on two sides."),
    "split_stratified": N_(
        "Every category goes to every side in its proportion (by {fields}, {classes} in all); the same question is never on two sides."
    ),
    "classes_untested": N_("With too few rows to be tested: {n} of {of} categories. All of theirs train."),
    "seed": N_("The same data is always shared out in the same way; another seed than {seed} would draw other rows."),
    # core/estimate/cost.py
    "epochs_asked": N_("Epochs, as you chose: {epochs}."),
    "epochs_here": N_("{epochs} passes over the examples: what the practice model takes when it is left to choose."),
    "seconds_here": N_("About {low} to {high} seconds for {n} examples. It was measured on another machine, and yours may differ."),
    "under_a_minute": N_("Less than a minute for {n} examples. It was measured on another machine, and yours may differ."),
    "under_a_minute_measured": N_("Less than a minute for {n} examples: an estimate, measured on this machine."),
    "seconds_measured_range": N_(
        "About {low} to {high} seconds for {n} examples: an estimate, measured on this machine. It takes longer where the machine is busy."
    ),
    "epochs_exactly": N_("Times that the model reads the examples: {epochs}, which is usual for {n} of them."),
    "seconds_measured": N_("About {time} seconds on this machine for these {n} examples: an estimate, measured on this processor."),
    "minutes_measured": N_("About {time} minutes on this machine for these {n} examples: an estimate, measured on this processor."),
    "hours_measured": N_("About {time} hours on this machine for these {n} examples: an estimate, measured on this processor."),
    "epochs_usual": N_("{epochs} epochs or one fewer: that is usual for {n} examples when the server chooses."),
    "epochs_more_for_few": N_("Up to {epochs} epochs: for as few as {n} examples servers read them more often."),
    "epochs_fewer_for_many": N_("Up to {epochs} epochs: for as many as {n} examples servers read them fewer times."),
    "free_here": N_("This machine does the work: there is nothing to pay."),
    "tokens_estimated": N_("How this model cuts text into tokens is not known, so they are counted as for other models ({encoding})."),
    "epochs_of_pairs": N_("From one to {epochs} epochs: how often a server reads {n} pairs when it is left to choose is not known."),
    "pairs_counted": N_(
        "Both answers of each pair are counted, with the question once at the least and twice at the most ({questions} tokens more): "
        "how a server bills pairs is not known."
    ),
    "price_unknown": N_("No price is known for this model on this connection."),
    "price_as_of": N_("{usd_per_million} US dollars for a million training tokens, as read on {as_of} from {source}."),
    "price_stale": N_("That price was read {days} days ago. Look up whether it still holds."),
    "price_yours": N_("Your price, entered on {on}: {usd_per_million} US dollars for a million training tokens."),
    "validation_billed": N_("{tokens} tokens of the validation file are billed like the others, each time that the examples are read."),
    "validation_not_billed": N_("The validation file is not billed."),
    "validation_perhaps_billed": N_(
        "Whether the {tokens} tokens of the validation file are billed is not known: the upper figure has them, the lower has not."
    ),
    # core/estimate/whole_life.py
    "exported_only": N_("Tunesmith cannot start a training there. Prepare exports the file, and you start it on their page."),
    "deploy_unknown": N_("What it costs to set the model up there once is not known."),
    "deploy_yours": N_("Your price for setting it up, entered on {on}: {usd} US dollars."),
    "deploy_costs": N_("Setting it up costs {usd} US dollars once, as read on {as_of}."),
    "hosting_unknown": N_("What keeping the model ready costs there is not known."),
    "hosting_yours": N_("Your price for keeping it ready, entered on {on}: {per_hour} US dollars an hour, for {hours} hours a month."),
    "hosting_never": N_("Keeping the model ready costs nothing there: only answers are billed. Read on {as_of} from {source}."),
    "hosting_while_deployed": N_(
        "{per_hour} US dollars for every hour until you delete the model's deployment, asked or not, here {hours} hours a month. "
        "Read on {as_of} from {source}."
    ),
    "hosting_by_the_minute": N_(
        "{per_hour} US dollars an hour, billed by the minute until you stop it, asked or not, here {hours} hours a month. "
        "Read on {as_of} from {source}."
    ),
    "hosting_unit": N_("That is for one {unit}, which is enough for a model of this size. Many questions at a time may need more."),
    "answers_included": N_("The answers cost nothing more."),
    "answers_as_examples": N_("A question of {question} tokens and an answer of {answer}, as in the examples."),
    "answers_unknown": N_("What the answers of the trained model cost there is not known."),
    "answers_yours": N_(
        "Your price, entered on {on}: {input} US dollars for a million tokens of questions, {output} for a million of answers."
    ),
    "answers_cost": N_(
        "{input} US dollars for a million tokens of questions, {output} for a million of answers. Read on {as_of} from {source}."
    ),
    "answers_in_bulk": N_("Asked in bulk, which is cheaper, and the answers may take a day."),
    "no_bulk_price": N_("No price for asking in bulk is known there, so that the usual one counts."),
    # core/estimate/break_even.py
    "break_even_unknown": N_("Whether your own model becomes cheaper than examples in each question cannot be said without those prices."),
    "break_even_never": N_(
        "Your own model is never cheaper than {model} with examples in each question, here {examples}: its answers cost more."
    ),
    "break_even_too_few": N_(
        "With {answers} answers a month your own model is never cheaper than {model} with examples in each question, here {examples}: "
        "keeping it ready pays from about {month} answers a month on."
    ),
    "break_even_perhaps": N_(
        "Your own model becomes cheaper than {model} with examples in each question, here {examples}, from about {low} answers on, "
        "or never, if the provider takes much less for examples that are the same each time."
    ),
    "break_even_from": N_(
        "From about {low} answers on, your own model is cheaper than {model} with examples in each question, here {examples}."
    ),
    "break_even_between": N_(
        "From somewhere between {low} and {high} answers on, your own model is cheaper than {model} with examples in each question, "
        "here {examples}."
    ),
    "server_counts_last": N_("{tokens} tokens in the training file, once over. The server's own count decides what is billed."),
    # core/prepare/verdict.py
    "enough_examples": N_("{n} examples; at least {minimum} are needed."),
    "no_mapping": N_("The columns have not been chosen yet."),
}
