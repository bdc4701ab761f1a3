"""Sentences about plans, jobs and curves."""

from core.base.errors import N_

# for a single epoch, in the place of the sentence of the same name below
ONCE = {
    "plan_auto": N_("{model} will read {n} examples about once on {host}. What comes out is a model of your own."),
    "plan_epochs": N_("{model} will read {n} examples once on {host}. What comes out is a model of your own."),
    "plan_auto_validated": N_(
        "{model} will read {n} examples about once on {host}, and be checked on {validation} other examples on the way. "
        "What comes out is a model of your own."
    ),
    "plan_epochs_validated": N_(
        "{model} will read {n} examples once on {host}, and be checked on {validation} other examples on the way. "
        "What comes out is a model of your own."
    ),
    "plan_pairs_auto": N_(
        "{model} will read {n} pairs of a better and a worse answer about once on {host} and learn to prefer the better. "
        "What comes out is a model of your own."
    ),
    "plan_pairs_epochs": N_(
        "{model} will read {n} pairs of a better and a worse answer once on {host} and learn to prefer the better. "
        "What comes out is a model of your own."
    ),
    "plan_pairs_auto_validated": N_(
        "{model} will read {n} pairs of a better and a worse answer about once on {host} and learn to prefer the better, "
        "checked on {validation} other pairs on the way. What comes out is a model of your own."
    ),
    "plan_stopping": N_(
        "{model} will read {n} examples at most once on {host}, and be checked on {validation} other examples on the way. "
        "What comes out is a model of your own."
    ),
    "plan_pairs_stopping": N_(
        "{model} will read {n} pairs of a better and a worse answer at most once on {host} and learn to prefer the better, "
        "checked on {validation} other pairs on the way. What comes out is a model of your own."
    ),
    "plan_pairs_epochs_validated": N_(
        "{model} will read {n} pairs of a better and a worse answer once on {host} and learn to prefer the better, "
        "checked on {validation} other pairs on the way. What comes out is a model of your own."
    ),
}
REASONS = {
    # core/train/method.py
    "copying_proposed": N_(
        "Copying is proposed: a model that knows the manner of good answers learns preferences best, and copying takes less work."
    ),
    "pairs_perhaps_taken": N_("Whether {host} can learn from pairs shows only when the training starts. A refusal costs nothing."),
    "pairs_not_taken": N_("Your data has worse answers, too. {model} cannot learn from them: it copies the good ones."),
    "pairs_too_few": N_(
        "Pairs of a better and a worse answer: {pairs}. Learning from them takes at least {minimum}, so the good answers are copied."
    ),
    # core/train/again.py
    "another_connection": N_("The plan was made for another connection. It would now run on {host}."),
    "another_base_model": N_("{model} cannot be trained there: {instead} takes its place."),
    "suffix_cut": N_("The name of your model, “{name}”, was cut to “{short}”: this connection takes {n} characters."),
    "setting_left_out": N_("The setting {setting} is not known on {host} and is left out."),
    # core/train/plan.py
    "plan_pairs_auto": N_(
        "{model} will read {n} pairs of a better and a worse answer about {epochs} times on {host} and learn to prefer the better. "
        "What comes out is a model of your own."
    ),
    "plan_pairs_epochs": N_(
        "{model} will read {n} pairs of a better and a worse answer {epochs} times on {host} and learn to prefer the better. "
        "What comes out is a model of your own."
    ),
    "plan_pairs_auto_validated": N_(
        "{model} will read {n} pairs of a better and a worse answer about {epochs} times on {host} and learn to prefer the better, "
        "checked on {validation} other pairs on the way. What comes out is a model of your own."
    ),
    "plan_pairs_epochs_validated": N_(
        "{model} will read {n} pairs of a better and a worse answer {epochs} times on {host} and learn to prefer the better, "
        "checked on {validation} other pairs on the way. What comes out is a model of your own."
    ),
    "plan_stopping": N_(
        "{model} will read {n} examples up to {epochs} times on {host}, and be checked on {validation} other examples on the way: "
        "it stops earlier where reading on no longer helps. What comes out is a model of your own."
    ),
    "plan_pairs_stopping": N_(
        "{model} will read {n} pairs of a better and a worse answer up to {epochs} times on {host} and learn to prefer the better, "
        "checked on {validation} other pairs on the way: it stops earlier where reading on no longer helps. "
        "What comes out is a model of your own."
    ),
    "plan_remembered": N_(
        "{model} will remember {n} examples on {host}, and answer each question with the closest of them. "
        "What comes out is a model of your own."
    ),
    "beta_usual_here": N_("{beta}, the usual pull: it follows your pairs and stays near to what it was"),
    "beta_left_to_server": N_("chosen when the training starts"),
    "plan_auto": N_("{model} will read {n} examples about {epochs} times on {host}. What comes out is a model of your own."),
    "plan_epochs": N_("{model} will read {n} examples {epochs} times on {host}. What comes out is a model of your own."),
    "plan_auto_validated": N_(
        "{model} will read {n} examples about {epochs} times on {host}, and be checked on {validation} other examples on the way. "
        "What comes out is a model of your own."
    ),
    "plan_epochs_validated": N_(
        "{model} will read {n} examples {epochs} times on {host}, and be checked on {validation} other examples on the way. "
        "What comes out is a model of your own."
    ),
    "epochs_left_to_server": N_("chosen when the training starts; for {n} examples about {usual} is usual"),
    "epochs_usual_here": N_("{usual}, which is usual for {n} examples"),
    "epochs_left_to_server_pairs": N_(
        "chosen when the training starts; for {n} examples about {usual} is usual, and for pairs it may be another number"
    ),
    "epochs_usual_here_pairs": N_("{usual}, which is usual for {n} pairs"),
    "epochs_of_practice": N_("{usual}, which is usual for the practice model"),
    "remembered_at_once": N_("no effect: the answers are free text, which the practice model remembers at once"),
    "epochs_fewer": N_("fewer than the usual {usual}: enough for a first look"),
    "epochs_fewest": N_("once is usual for {n} examples, and there is nothing less"),
    "epochs_more_with_validation": N_("more than the usual {usual}; the validation rows show if that is too much"),
    "epochs_more_without_validation": N_("more than the usual {usual}; without validation rows nobody sees if that is too much"),
    "batch_left_to_server": N_("chosen when the training starts, to suit {n} examples"),
    "batch_left_to_server_pairs": N_("chosen when the training starts, to suit {n} pairs"),
    "batch_usual_here_pairs": N_("{batch}: with {n} pairs that gives enough steps to learn from, and each of them steady enough"),
    "batch_usual_here": N_("{batch}: with {n} examples that gives enough steps to learn from, and each of them steady enough"),
    "rate_usual_here": N_("1, the usual speed for a model of this kind"),
    "stops_early": N_("the training ends when {checks} checks in a row on the validation rows were no better"),
    "set_by_you": N_("set by you"),
    "rate_not_raised": N_("not raised, so that each step is a careful one"),
    "rate_no_use_here": N_("the practice model has no use for it"),
    "rate_left_to_server": N_("chosen when the training starts"),
    "set_by_hand": N_("set by you, instead of {instead_of}"),
    # core/train/start.py
    "not_started": N_("This plan has not been started yet."),
    "nothing_was_started": N_("The last try started nothing, and nothing was charged."),
    "was_refused": N_("The server refused the last try. Nothing was started."),
    "being_started": N_("This plan is being started right now."),
    "already_started": N_("This plan has been started. One plan starts one training."),
    "already_started_elsewhere": N_("The same plan has been started in another project."),
    "try_cancelled": N_("The last training by this plan was cancelled. “Train again” begins a new one."),
    "try_failed": N_("The last training by this plan has failed. Monitor says why; “Train again” begins a new one."),
    "try_finished": N_("This plan has been trained, and its model is there. “Train again” makes one more."),
    "cannot_tell_yet": N_(
        "The server was asked to start, and its answer was lost. It may be training already, "
        "so starting again is blocked until that is known."
    ),
    # core/train/budget.py
    "over_budget": N_("This training may cost up to {high}, which is over the budget of {budget}. It is not started."),
    "budget_price_unknown": N_(
        "The price of this training is not known, so nobody can say whether it stays within the budget of {budget}. It is not started."
    ),
    # core/monitor/verdict.py
    "curve_too_short": N_("Steps so far: {points}. From {needed} on one can see where it is going."),
    "loss_falling": N_(
        "The training loss fell from about {first} in the first {few} steps to about {last} in the last {few}: the model is learning the "
        "examples."
    ),
    "loss_rising": N_("The training loss rose from about {first} in the first {few} steps to about {last} in the last {few}."),
    "loss_diverging": N_(
        "The training loss was down to about {best} around step {best_step}, has run away since and is about {last} now: "
        "the model forgets more than it learns."
    ),
    "loss_noisy": N_(
        "The training loss jumps between {low} and {high} from step to step, so nobody can tell whether the model is learning."
    ),
    "loss_jumps": N_("The training loss jumps between {low} and {high} from step to step; the checks tell more."),
    "loss_flat_low": N_("The training loss stays low at about {last}: there is little left to learn from these examples."),
    "loss_flat": N_("The training loss stays at about {last}: the model is hardly learning anything."),
    "loss_stays": N_("The training loss stays at about {last}."),
    "no_validation": N_(
        "No checks on validation rows were reported, so nobody sees whether the model also does well on questions that it has not read."
    ),
    "validation_too_short": N_("Checks on the validation rows so far: {points}. From {needed} on one can see where it is going."),
    "rising_validation": N_(
        "The validation loss has risen for {checks} checks; step {best_step} was best. The model begins to learn its examples by heart "
        "(overfitting)."
    ),
    "memorised": N_(
        "The training loss is down to about {train}, while the validation loss rose from {best} at step {best_step} to {now}: the model "
        "knows its examples by heart (overfitting)."
    ),
    "memorised_flat": N_(
        "The training loss is down to about {train}, while the validation loss stays near {last}: the model knows its examples by heart "
        "(overfitting)."
    ),
    "validation_rose": N_("The validation loss has risen for {checks} checks, to {now}; step {best_step} was best, with {best}."),
    "validation_early": N_(
        "The validation loss has not come below its first check yet. That is common at the beginning: from step {needed} on it says more."
    ),
    "validation_early_rise": N_(
        "The validation loss has risen since step {best_step}. So early that can still change: from step {needed} on it says more."
    ),
    "validation_came_back": N_(
        "The validation loss rose from {best} at step {best_step} to {high} at step {high_step} and has come down since, to {now}."
    ),
    "validation_falling": N_(
        "The validation loss fell from about {first} in the first {few} checks to about {last} in the last {few}: the model is less wrong "
        "about questions that it has not read."
    ),
    "stopped_too_early": N_(
        "The validation loss was still falling when the training ended, from about {from_loss} at step {since} to about {to_loss} at step "
        "{last_step}: "
        "there was more to learn."
    ),
    "validation_flat": N_("The validation loss stays near {last}."),
    "validation_low": N_(
        "The validation loss is low at about {last}: the right answers hardly surprise the model, also to questions that it has not read."
    ),
    "validation_noisy": N_(
        "The validation loss jumps between {lowest} and {highest} from check to check, so nobody can tell which way it goes."
    ),
    "pairs_loss_falling": N_(
        "The training loss fell from about {first} in the first {few} steps to about {last} in the last {few}: of the pairs that it "
        "reads, the model leans ever more to the better answers."
    ),
    "pairs_loss_flat": N_("The training loss stays at about {last}: the model hardly learns to tell the better answers from the worse."),
    "pairs_loss_flat_low": N_("The training loss stays low at about {last}: the model tells apart nearly all pairs that it has read."),
    "pairs_no_validation": N_(
        "No checks on validation pairs were reported, so nobody sees whether the model also leans to the better answers of pairs that it "
        "has not read."
    ),
    "pairs_rising_validation": N_(
        "The validation loss has risen for {checks} checks; step {best_step} was best. The model begins to learn its pairs by heart "
        "(overfitting)."
    ),
    "pairs_memorised": N_(
        "The training loss is down to about {train}, while the validation loss rose from {best} at step {best_step} to {now}: the model "
        "has learned its pairs by heart (overfitting)."
    ),
    "pairs_memorised_flat": N_(
        "The training loss is down to about {train}, while the validation loss stays near {last}: the model has learned its pairs by "
        "heart (overfitting)."
    ),
    "pairs_validation_falling": N_(
        "The validation loss fell from about {first} in the first {few} checks to about {last} in the last {few}: the model also leans to "
        "the better answers of pairs that it has not read."
    ),
    "pairs_validation_low": N_(
        "The validation loss is low at about {last}: the model tells apart nearly all pairs, also those that it has not read."
    ),
    "pairs_validation_guessing": N_(
        "The validation loss fell from about {first} in the first {few} checks to about {last} in the last {few}, which is "
        "still no better than guessing which answer is the better one."
    ),
    # core/monitor/advice.py
    "keep_checkpoint": N_("Keep the checkpoint of step {step}: it is the nearest to the best one."),
    "kept_already": N_("Nothing is lost: the model is the state of step {step}, which the checks found best."),
    "end_it_now": N_("It will hardly get better than at step {best_step}."),
    "one_epoch_less": N_("Train again with one epoch less ({to})."),
    "fewer_epochs": N_("Train again with fewer epochs ({to}): after that many the checks were best."),
    "one_epoch_more": N_("Train again with one epoch more ({to})."),
    "more_epochs": N_("Train again with one epoch more."),
    "more_varied_rows": N_("More rows that differ from one another help more than more training."),
    "more_validation_rows": N_("More validation rows make the checks steadier."),
    "lower_rate": N_("Train again with a learning rate multiplier that is half as high."),
    "larger_batch": N_("Train again with a larger batch size: each step is then steadier."),
    "look_at_answers": N_("Look at the answers: they may hold nothing that can be learned from the questions."),
    "look_at_pairs": N_("Look at the pairs: the better and the worse answers may be too alike to be told apart."),
    "add_validation": N_("Keep some rows for validation when you save the data."),
    # core/monitor/curve.py
    "no_curve_said": N_("There is no curve for this model, and that is as it should be. The server says: “{words}”"),
    "no_curve_yet": N_("The first figures come with the first step."),
    "no_curve_sent": N_("The training ended well, and the server sent no figures on the way."),
    "no_curve_ended_before": N_("The training ended before the first figures came."),
}

STATUS = {
    "validating_files": N_("Checking the files"),
    "queued": N_("Waiting its turn"),
    "running": N_("Training"),
    "pausing": N_("Pausing"),
    "paused": N_("Paused"),
    "succeeded": N_("Finished"),
    "failed": N_("Failed"),
    "cancelled": N_("Cancelled"),
    "unknown": N_("Unknown"),
}

SETTINGS = {
    "n_epochs": N_("Epochs"),
    "batch_size": N_("Batch size"),
    "learning_rate_multiplier": N_("Learning rate multiplier"),
    "seed": N_("Seed"),
    # core/base/lora_settings.py
    "tuning": N_("What is learned"),
    "lora_r": N_("Adapter rank"),
    "lora_alpha": N_("Adapter alpha"),
    "lora_dropout": N_("Adapter dropout"),
    "lora_target_modules": N_("Adapted parts"),
    "context_length": N_("Longest example, in tokens"),
    "warmup_ratio": N_("Warm-up, as a share of the steps"),
    "weight_decay": N_("Weight decay"),
    "max_grad_norm": N_("Largest gradient"),
    "early_stopping": N_("Stop early after so many checks"),
    "beta": N_("Beta"),
    "trained_tokens": N_("Tokens trained"),
}

# core/train/method.py
METHODS = {
    "supervised": N_("Copy the good answers"),
    "dpo": N_("Prefer the better of two answers"),
}
METHODS_EXPLAINED = {
    "supervised": N_("The model learns to write answers like your better ones; the worse ones stay unread."),
    "dpo": N_("The model reads both answers and learns to lean towards the better and away from the worse."),
}

# core/train/leaving.py
PRIVATE = {
    "secret_key": N_("keys, tokens or passwords"),
    "personal_email": N_("e-mail addresses of people"),
    "personal_phone": N_("telephone numbers"),
    "personal_card": N_("numbers of payment cards"),
    "personal_iban": N_("international bank account numbers (IBAN)"),
    "personal_account": N_("bank account numbers"),
    "personal_id": N_("identity card, passport or social insurance numbers"),
    "personal_birth": N_("dates of birth"),
    "personal_street": N_("street addresses"),
    "device_id": N_("numbers that stand for one device each"),
    "network_address": N_("addresses of computers in the internet"),
}

TUNINGS = {
    "lora": N_("an adapter beside the model"),
    "full": N_("all of the model"),
}

VALUES = {
    **TUNINGS,
    "all-linear": N_("every part that can be adapted"),
}

METRICS = {
    "train_loss": N_("Training loss"),
    "valid_loss": N_("Validation loss"),
    "full_valid_loss": N_("Validation loss, all rows (once an epoch)"),
    "train_accuracy": N_("Training accuracy"),
    "valid_accuracy": N_("Validation accuracy"),
    "full_valid_accuracy": N_("Validation accuracy, all rows (once an epoch)"),
    "train_preferred": N_("Training pairs"),
    "valid_preferred": N_("Validation pairs"),
    "full_valid_preferred": N_("Validation pairs, all of them (once an epoch)"),
}
