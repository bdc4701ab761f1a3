"""Each failure that servers are known to report gets its cause and remedy; what is not known is not dressed up."""

import string
from datetime import date

import pytest

from core.base.errors import BadKey, BadSetting, NoCredit, TrainingNotAvailable, Unreachable
from core.base.remote import ServerError
from core.monitor.failures import PLACES, as_of, explain, sentences

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
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= {"n", "key"}
    assert all(explain(ServerError(code, words)).place in PLACES for code, words, _, _ in KNOWN)
