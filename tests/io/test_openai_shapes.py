"""Whatever a server says about its jobs, it becomes one of our types, and unknown stays unknown."""

import json
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.fine_tuning import FineTuningJob

from core.base.remote import Job, JobStatus, ServerError
from core.base.types import Message
from core.io.openai_shapes import (
    EXTRA_CHARACTERS,
    EXTRA_FIELDS,
    JOB_KEYS,
    Page,
    chat_messages,
    checkpoint_from,
    event_from,
    file_from,
    ignored_from,
    job_from,
    model_from,
    notes_from,
    reply_from,
    status_of,
)
from core.io.workspace import plain, revive

WORDS = get_args(FineTuningJob.model_fields["status"].annotation)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "id",
    "status",
    "error",
    "code",
    "message",
    "param",
    "method",
    "type",
    "supervised",
    "hyperparameters",
    "metadata",
    "result_files",
]
FIELDS += ["created_at", "created", "finished_at", "trained_tokens", "seed", "model", "step_number", "metrics", "data", "bytes", "filename"]
FIELDS += ["shutdown_date", "choices", "usage", "delta", "content", "finish_reason", "system_fingerprint"]
objects = st.dictionaries(st.sampled_from(FIELDS), anything | st.dictionaries(st.sampled_from(FIELDS), anything, max_size=4), max_size=8)


def test_the_library_knows_the_statuses_that_we_think_it_does():
    assert len(WORDS) >= 6


@pytest.mark.parametrize("word", WORDS)
def test_every_status_of_the_library_is_known(word: str):
    assert status_of(word) is not JobStatus.UNKNOWN
    assert status_of(word).value == word


@pytest.mark.parametrize("word", ["pausing", "paused"])
def test_the_newer_statuses_are_known_too(word: str):
    assert status_of(word).value == word and not status_of(word).is_terminal


@pytest.mark.parametrize("word", ["cancelling", "deploying", "FAILED", "unknown", ""])
def test_any_other_status_is_unknown_and_keeps_its_word(word: str):
    job = job_from({"id": "ftjob-1", "status": word})
    assert job.status is JobStatus.UNKNOWN and job.raw_status == word and not job.status.is_terminal


@pytest.mark.parametrize("error", [None, {}, {"code": None, "message": None, "param": None}, [], "", False])
def test_a_null_error_is_no_error(error: Any):
    assert job_from({"status": "failed", "error": error}).error is None


def test_an_error_is_kept_word_for_word():
    words = {"code": "invalid_training_file", "message": "The job failed due to an invalid training file.", "param": "training_file"}
    assert job_from({"error": words}).error == ServerError(words["code"], words["message"], "training_file")


def test_a_whole_job():
    job = job_from(
        {
            "id": "ftjob-1",
            "status": "succeeded",
            "model": "gpt-4.1-mini-2025-04-14",
            "fine_tuned_model": "ft:x",
            "created_at": 1_790_000_000,
            "finished_at": "2026-09-21T15:00:00Z",
            "training_file": "file-1",
            "validation_file": None,
            "result_files": ["file-2"],
            "trained_tokens": 9123,
            "seed": 42,
            "hyperparameters": {"n_epochs": 3, "batch_size": "auto", "learning_rate_multiplier": None},
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"batch_size": 1, "n_epochs": None}}},
            "metadata": {"tunesmith_key": "abc"},
            "a_field_of_tomorrow": {"x": 1},
        }
    )
    assert job.status is JobStatus.SUCCEEDED and job.fine_tuned_model == "ft:x" and job.result_files == ("file-2",)
    assert job.created_at == datetime.fromtimestamp(1_790_000_000, UTC)
    assert job.finished_at == datetime(2026, 9, 21, 15, tzinfo=UTC)
    assert job.hyperparameters == {"n_epochs": 3, "batch_size": 1}
    assert job.metadata == {"tunesmith_key": "abc"} and job.trained_tokens == 9123 and job.seed == 42


def test_other_methods_have_their_hyperparameters_too():
    method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1}}}
    job = job_from({"hyperparameters": None, "method": method})
    assert job.hyperparameters == {"beta": 0.1} and job.method == method["type"]
    assert job_from({"method": None}).method == job_from({"method": "dpo"}).method == "", "not the shape of it: unknown"


def test_an_event_without_an_id_has_the_same_one_at_every_look():
    data = {"created_at": 1_790_000_000, "message": "Step 1", "data": {"step": 1}}
    assert event_from(data).id == event_from(json.loads(json.dumps(data))).id != event_from({**data, "message": "Step 2"}).id


def test_metrics_that_are_no_numbers_are_left_out():
    point = checkpoint_from({"step_number": 9, "metrics": {"step": 9, "train_loss": 0.5, "note": "good", "valid_loss": None, "ok": True}})
    assert point.step == 9 and point.metrics == {"step": 9.0, "train_loss": 0.5}


def test_the_day_of_a_models_end_is_read():
    assert model_from({"id": "m", "shutdown_date": "2027-01-14"}).shutdown_date == date(2027, 1, 14)
    assert model_from({"id": "m", "shutdown_date": "soon"}).shutdown_date is None
    assert model_from({"id": "m", "created": 0}).created_at is None
    azures = model_from({"id": "m", "created_at": 1646126127, "deprecation": {"fine_tune": 1677662127, "inference": 1709284527}})
    assert azures.shutdown_date == date(2024, 3, 1) and azures.created_at is not None
    assert model_from({"id": "m", "deprecation": {"inference": None}}).shutdown_date is None
    assert model_from({"id": "m", "deprecation": "never"}).shutdown_date is None


def test_a_refusal_is_the_reply():
    data = {"choices": [{"message": {"content": None, "refusal": "I cannot help with that."}, "finish_reason": "stop"}]}
    assert reply_from(data, {}, total_s=1.0).text == "I cannot help with that."


def test_half_a_surrogate_pair_in_a_reply_becomes_a_sign_that_can_be_kept():
    reply = reply_from(json.loads('{"choices": [{"message": {"content": "half \\ud83d, whole \\ud83d\\ude00"}}]}'), {}, total_s=0.0)
    assert reply.text == "half \ufffd, whole 😀" and reply.text.encode()


def test_content_in_parts_is_joined():
    data = {"choices": [{"message": {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}}]}
    assert reply_from(data, {}, total_s=1.0).text == "ab"


def test_the_engines_notes_are_read_and_broken_ones_are_not():
    assert notes_from({"x-tunesmith-notes": '{"similarity": 0.5}'}) == {"similarity": 0.5}
    for broken in ("", "{", "[1]", "null", "[" * 100_000):
        assert notes_from({"x-tunesmith-notes": broken}) == {}
    assert ignored_from({"x-tunesmith-ignored": "seed, temperature,"}) == ("seed", "temperature")


def test_what_belongs_to_training_files_is_not_sent_to_chat():
    sent = chat_messages([Message("assistant", "Yes", {"weight": 0, "name": "Ann", "tool_calls": [{"id": "1"}]})])
    assert sent == [{"role": "assistant", "content": "Yes", "name": "Ann", "tool_calls": [{"id": "1"}]}]


def test_a_page_is_a_tuple_that_knows_where_it_goes_on():
    page = Page([1, 2], "b")
    assert page == (1, 2) and page.has_more and page.after == "b"
    assert Page() == () and not Page([1]).has_more


@given(objects)
def test_no_answer_is_too_strange(data: dict[str, Any]):
    job, event = job_from(data), event_from(data)
    assert isinstance(job.status, JobStatus) and isinstance(event.created_at, datetime)
    assert isinstance(checkpoint_from(data).step, int) and isinstance(file_from(data).bytes, int)
    assert isinstance(model_from(data).id, str) and isinstance(reply_from(data, {}, total_s=0.0).text, str)


def test_what_a_server_says_of_a_job_beyond_what_is_known_is_kept_as_text():
    job = job_from(
        {"id": "ftjob-1", "trained_steps": 40, "a_field_of_tomorrow": {"x": [1, "é"]}, "note": "be **bold**", "none": None, "empty": []}
    )
    assert job.extra == {"trained_steps": "40", "a_field_of_tomorrow": '{"x": [1, "é"]}', "note": "be **bold**"}
    assert revive(Job, plain(job)) == job, "and survives in the workspace"
    assert job_from({field: None for field in JOB_KEYS} | {"object": "fine_tuning.job"}).extra == {}


def test_a_key_among_the_unknown_fields_is_masked_and_too_much_of_them_is_cut():
    key = "sk-proj-0aBcD1eFgH2iJkL3mNoP4qRsT5uV"
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    told = job_from(
        {"wandb": {"api_key": "a8F3kQ9zLm2Xv7Rt5Bn1", "at": key}, "long": "x" * 10_000, "deep": deep, **{f"f{n}": n for n in range(100)}}
    ).extra
    assert key not in str(told) and "a8F3kQ9zLm2Xv7Rt5Bn1" not in str(told) and "[…]" in told["wandb"]
    assert len(told) == EXTRA_FIELDS and len(told["long"]) == EXTRA_CHARACTERS + 1 and "deep" not in told
