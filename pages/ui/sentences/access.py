"""Sentences about connections: whether one can train, what a key may do, and when something ends."""

from core.base.errors import N_

REASONS = {
    # core/estimate/access.py
    "local_free": N_("The training runs here, costs nothing and needs no key."),
    "refused_before": N_("It refused a training on {on}, because this account may not train any more."),
    "key_may_not_train": N_("The account may be allowed to train, and this key is not. What it lacks: {permissions}."),
    "permission_missing": N_("The key lacks a permission: {permissions}."),
    "not_asked": N_("It has not been asked yet, or did not answer."),
    "no_history": N_("This account has no trainings so far."),
    "never_trained": N_("This account has never trained a model, and accounts like it are refused since {on}."),
    "trained_before": N_("This account has trained before. Trainings: {jobs}; fine-tuned models: {models}."),
    "used_lately": N_("A fine-tuned model of this account answered on {on}, and that is asked for: an answer within {days} days."),
    "trained_lately": N_(
        "This account started a training on {on}. It is still let in if one of its fine-tuned models answered something in the last "
        "{days} days."
    ),
    "depends_on_use": N_("Since {on} only accounts whose fine-tuned models answered something in the last {days} days may train."),
    "has_jobs": N_("Trainings of this account that it lists: {jobs}."),
    "lists_jobs": N_("It has a list of trainings, and it is empty."),
    "chat_only": N_("It answers questions but has no list of trainings."),
    "no_lists": N_("It has neither a list of models nor one of trainings. Look whether its address is complete: most end in /v1."),
    "model_past_its_day": N_("{model} was to be switched off on {on}, and is still among the models that it offers."),
    "model_not_listed": N_("{model} is not among the models that it offers."),
    # core/estimate/timeline.py
    "both_end": N_("New trainings end on {on}; {model} and every model trained from it stop answering on {model_on}."),
    "training_closed": N_("Nobody can start a training there since {on}."),
    "training_closes": N_("New trainings end there on {on}. Days left: {days}."),
    "training_may_close": N_("Trainings there are only assured until {on}. Days left: {days}."),
    "training_uncertain": N_("Trainings there were only assured until {on}. Whether they go on shows when one is started."),
    "model_gone": N_("{model} was switched off on {on}."),
    "model_ends": N_("{model} and every model trained from it stop answering on {on}. Days left: {days}."),
}

# The scopes by the names that OpenAI's own page of key permissions gives them, and what Tunesmith needs them for (the guide “rbac” of
# developers.openai.com and help.openai.com article 8867743, read on 2026-11-25; which scope stands behind which name: the tests of the
# resource project_api_key in jianyuan/terraform-provider-openai). To train one has to write, so that the word for reading is not offered.
PERMISSIONS = {
    "api.model.read": N_("to see the list of models (“List models”: Read)"),
    "model.read": N_("to see the list of models (“List models”: Read)"),
    "api.fine_tuning.jobs.read": N_("to see and start trainings (“Fine-tuning”: Write)"),
    "api.fine_tuning.jobs.write": N_("to see and start trainings (“Fine-tuning”: Write)"),
    "api.files.read": N_("to send the training file (“Files”: Write)"),
    "api.files.write": N_("to send the training file (“Files”: Write)"),
    "model.request": N_("to ask models questions (“Model capabilities”: Request)"),
    "api.model.request": N_("to ask models questions (“Model capabilities”: Request)"),
}
