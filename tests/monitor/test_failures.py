"""Each failure that servers are known to report gets its cause and remedy; what is not known is not dressed up."""

import string
from datetime import date

import pytest

from core.base.errors import AccessDenied, BadKey, BadSetting, NeedsKey, NoCredit, ServerFault, TrainingNotAvailable, Unreachable
from core.base.remote import ServerError
from core.monitor.failures import PLACES, as_of, explain, sentences, while_answering
from engine.learners.lora import BASE_GONE
from engine.learners.lora_training import ENDED_TWICE

# the server's words and codes as they were seen
KNOWN = [
    ("invalid_n_examples", "Training file has 7 example(s), but must have at least 10 examples", "too_few_examples", "prepare"),
    ("", "Invalid file format. Example 1273 cannot be parsed. Error: line contains invalid json: (line 1273)", "bad_json_line", "prepare"),
    (
        "invalid_training_file",
        "Unexpected file format, expected either prompt/completion pairs or chat messages.",
        "not_chat",
        "prepare",
    ),
    ("invalid_file_format", 'Example 1 contains an extra "weight".', "extra_key", "prepare"),
    ("invalid_training_file", "Example 100, message 2 Discriminator 'role' is missing in value", "missing_role", "prepare"),
    ("", "'str' object has no attribute 'get'", "content_not_text", "prepare"),
    ("", "Example 6174 message contains an invalid token: <|fim_suffix|>.", "special_token", "prepare"),
    (
        "invalid_training_file",
        "It is in the fine-tune-chat format, but the specified fine-tuning job is not using 'supervised' (provided method=dpo).",
        "wrong_method",
        "train",
    ),
    ("", "This file failed moderation safety checks. Flagged lines: 4, 13", "moderation", "prepare"),
    ("server_error", "The job failed due to an internal error", "server_error", "train"),
    ("training_not_available", "OpenAI is winding down the fine-tuning platform", "training_not_available", "connection"),
    ("insufficient_quota", "You exceeded your current quota", "no_credit", "train"),
    ("model_not_found", "The model does not exist", "unknown_model", "train"),
    ("invalid_training_file", "Something new about the file", "bad_file", "prepare"),
]


@pytest.mark.parametrize(("code", "words", "name", "place"), KNOWN)
def test_known_failures_are_translated_and_the_servers_words_kept(code: str, words: str, name: str, place: str) -> None:
    failure = explain(ServerError(code, words))
    assert failure.known and failure.name == name and failure.place == place
    assert failure.words == words and failure.code == code
    assert "{" not in failure.cause.format(**failure.params) + failure.remedy.format(**failure.params)


def test_figures_in_the_servers_words_find_their_way_into_the_sentence() -> None:
    failure = explain(ServerError("invalid_n_examples", "Training file has 7 example(s), but must have at least 10 examples"))
    assert failure.cause.format(**failure.params) == "The training file has only 7 examples."
    assert explain(ServerError("", 'Example 1 contains an extra "weight".')).params == {"key": "weight"}


def test_an_unknown_failure_stays_unknown() -> None:
    failure = explain(ServerError("quantum_flux", "The flux was out of phase."))
    assert not failure.known and failure.name == "unknown" and failure.place == ""
    assert failure.words == "The flux was out of phase." and failure.code == "quantum_flux"


def test_silence_is_said_to_be_silence() -> None:
    assert explain(None).name == "silent"
    assert explain(ServerError("", "")).name == "silent"


def test_errors_of_calls_are_translated_too() -> None:
    assert explain(TrainingNotAvailable(host="h", code="training_not_available")).place == "connection"
    assert explain(NoCredit(host="h", code="insufficient_quota")).name == "no_credit"
    own = explain(Unreachable(host="api.example.com", details="connection refused"))
    assert own.cause.format(**own.params) == "api.example.com cannot be reached."
    assert own.words == "connection refused"
    assert explain(BadKey(host="h")).known and explain(BadSetting()).known


def test_the_table_is_dated_and_every_sentence_can_be_filled() -> None:
    assert as_of() >= date(2026, 11, 22)
    assert len(sentences()) > 20
    for text in sentences():
        assert text.endswith(".") and text[0].isupper()
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= {
            "n",
            "key",
            "smaller",
            "batch",
            "length",
            "needed",
            "free",
            "model",
        }
    assert all(explain(ServerError(code, words)).place in PLACES for code, words, _, _ in KNOWN)


# the engine's own sentences, word for word: engine/lora/train.py, engine/learners/lora.py, engine/lora/desk.py, engine/lora/answer.py
LOCAL = [
    (
        "out_of_memory",
        "This machine has too little memory for batches of 8 examples. Try a batch_size of 4.",
        "out_of_memory",
        {"n": "8", "smaller": "4"},
    ),
    (
        "out_of_memory",
        "This machine has too little memory for examples of 2048 tokens. Try a context_length of 1024.",
        "out_of_memory",
        {"n": "2048", "smaller": "1024"},
    ),
    ("out_of_memory", "This machine has too little memory for this model. Choose a smaller one.", "out_of_memory", {}),
    (
        "out_of_memory",
        f"{ENDED_TWICE} This machine has too little memory for batches of 8 examples. Try a batch_size of 4.",
        "out_of_memory",
        {"n": "8", "smaller": "4"},
    ),
    ("out_of_memory", f"{ENDED_TWICE} This machine has too little memory for this model. Choose a smaller one.", "out_of_memory", {}),
    (
        "out_of_memory",  # as an earlier version said it
        f"{ENDED_TWICE} Try batch_size 2 and context_length 512, or a smaller model.",
        "out_of_memory",
        {"batch": "2", "length": "512"},
    ),
    ("out_of_memory", "This machine ran out of memory while it answered. Ask for a shorter answer.", "out_of_memory_answering", {}),
    (
        "model_too_large",
        "This needs about 3.3 GB of memory and this machine has 2.1 GB free. Close other programs, or choose a smaller model.",
        "model_too_large",
        {"needed": "3.3", "free": "2.1"},
    ),
    (
        "model_too_large",
        "This needs about 9.3 GB of memory and the graphics card has 8.1 GB free. Close other programs that use it.",
        "model_too_large",
        {"needed": "9.3", "free": "8.1"},
    ),
    ("model_unusable", "A file of this model is missing or has changed: model.safetensors.", "base_model_damaged", {}),
    ("diverged", "The loss is no number any more: the model was pulled too hard.", "diverged", {}),
    ("wrong_processes", "2 processes were planned, but 1 are at work.", "wrong_processes", {}),
    ("model_not_available", BASE_GONE.format(name="qwen3-0.6b"), "base_model_gone", {"model": "qwen3-0.6b"}),
    ("bad_data", "Row 7 cannot be trained on. This model's chat template has no place for calls of tools.", "bad_examples", {}),
    ("invalid_hyperparameter", "This model has no such lora_target_modules: x", "bad_setting", {}),
    (
        "insufficient_memory",
        "This model needs about 2.3 GB of memory to answer, and 1.0 GB are free. Close other programs, or take a smaller model.",
        "no_memory_to_answer",
        {"needed": "2.3", "free": "1.0"},
    ),
    (
        "insufficient_memory",
        "This model needs about 2.3 GB of memory to answer, and 1.0 GB are free on the graphics card. Close other programs that use it.",
        "no_memory_to_answer",
        {"needed": "2.3", "free": "1.0"},
    ),
    ("engine_overloaded", "2 models are answering now, and this engine keeps no more in memory at a time.", "answers_elsewhere", {}),
    ("context_length_exceeded", "This model's maximum context length is 512 tokens.", "conversation_too_long", {}),
]


@pytest.mark.parametrize(("code", "words", "name", "params"), LOCAL)
def test_what_this_machines_engine_says_is_told_in_plain_words(code: str, words: str, name: str, params: dict[str, str]) -> None:
    failure = explain(ServerError(code, words))
    assert (failure.known, failure.name, dict(failure.params), failure.words) == (True, name, params, words)
    told = failure.cause.format(**failure.params) + failure.remedy.format(**failure.params)
    assert "_" not in told.replace("TUNESMITH_PROCESSES", "") and "{" not in told


def test_a_chat_that_fails_for_lack_of_memory_says_so() -> None:
    words = "This model needs about 2.3 GB of memory to answer, and 1.0 GB are free."
    told = while_answering(ServerFault(details=words, host="This machine", code="insufficient_memory"))
    assert str(told) == "This model needs about 2.3 GB of memory to answer, and 1.0 GB are free." and told.details == words
    card = while_answering(ServerFault(details=words[:-1] + " on the graphics card.", host="This machine", code="insufficient_memory"))
    assert str(card).endswith("1.0 GB are free on the graphics card.")
    other = ServerFault(details="x", host="This machine", code="server_error")
    assert while_answering(other) is other
    assert while_answering(BadSetting("a")).message == "a"


def test_what_a_key_or_an_account_is_to_blame_for_is_mended_at_the_connection() -> None:
    for error in (BadKey(host="h"), NeedsKey(host="h"), AccessDenied(host="h"), TrainingNotAvailable(host="h")):
        assert explain(error).place == "connection"
    assert explain(Unreachable(host="h")).place == "" and explain(ServerError("invalid_api_key", "")).place == "connection"
