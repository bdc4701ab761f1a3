"""The shapes on the wire are those that the stock client knows."""

import json

import pytest
from openai.types import FileObject, Model
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint
from pydantic import BaseModel

from core.base.types import Example, Message
from engine import wire
from engine.body import display_name
from engine.chat_params import chat_request
from engine.counting import cut, prompt_tokens, training_tokens
from engine.store.rows import StoredCheckpoint, StoredEvent, StoredFile, StoredJob, StoredModel

JOB = StoredJob(
    id="ftjob-abcdefghijklmnop",
    status="running",
    model="recall",
    method="supervised",
    training_file="file-1",
    validation_file=None,
    suffix=None,
    seed=7,
    asked={"n_epochs": "auto", "batch_size": 4, "learning_rate_multiplier": "auto"},
    hyperparameters=None,
    metadata={"plan": "1"},
    created_at=1,
    finished_at=None,
    estimated_finish=9,
    trained_tokens=None,
    fine_tuned_model=None,
    result_file=None,
    error={"code": "server_error", "message": "Why.", "param": None},
    validated=True,
    tokens=None,
    deaths=0,
    interruptions=0,
    worker_pid=None,
    worker_started=None,
)


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        (FineTuningJob, wire.job_object(JOB)),
        (FineTuningJobEvent, wire.event_object(StoredEvent("ftevent-1", 1, "info", "metrics", "Step 1/2", {"step": 1}))),
        (
            FineTuningJobCheckpoint,
            wire.checkpoint_object(StoredCheckpoint("ftckpt-1", JOB.id, 3, "ft:x", {"step": 3}, 1)),
        ),
        (FileObject, wire.file_object(StoredFile("file-1", "train.jsonl", 5, "fine-tune", 1))),
        (Model, wire.model_object(StoredModel("ft:x", JOB.id, "recall", "final", "x", 1))),
        (Model, wire.base_model_object("recall")),
    ],
)
def test_each_object_satisfies_the_clients_own_model(shape: type[BaseModel], found: dict[str, object]) -> None:
    parsed = shape.model_validate(found, strict=True)
    required = {name for name, field in shape.model_fields.items() if field.is_required()}
    assert required <= set(found)
    assert {name: value for name, value in parsed.to_dict().items() if name in found} == found  # type: ignore[attr-defined]


def test_hyperparameters_stand_in_both_places() -> None:
    found = wire.job_object(JOB)
    assert found["hyperparameters"] == found["method"]["supervised"]["hyperparameters"] == JOB.asked


def test_json_carries_what_utf8_cannot() -> None:
    rendered = bytes(wire.Json({"text": "\ud83d \U0001f600 \u2028"}).body)
    assert rendered.isascii()
    assert json.loads(rendered) == {"text": "\ud83d \U0001f600 \u2028"}
    with pytest.raises(ValueError, match="JSON compliant"):
        wire.Json({"loss": float("nan")})


def test_errors_have_openais_four_keys() -> None:
    reply = wire.error_reply(wire.no_such_model("gpt-9"))
    assert reply.status_code == 404
    assert json.loads(bytes(reply.body))["error"] == {
        "message": "The model `gpt-9` does not exist or you do not have access to it.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }
    assert wire.ApiError(500, "x").kind == "server_error"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("train.jsonl", "train.jsonl"), ("../../x", "x"), ("a\\b\\c", "c"), ("..", ".."), ("", "file"), ("/", "file"), ("\x07\n", "file")],
)
def test_a_display_name_is_never_a_path(sent: str, shown: str) -> None:
    assert display_name(sent) == shown


def test_tokens_are_counted_as_openai_counts_them() -> None:
    messages = (Message("system", "You are terse."), Message("user", "hello"))
    # per message 3 + role 1 + content (4 and 1), and 3 for the reply
    assert prompt_tokens(messages) == 3 + 1 + 4 + 3 + 1 + 1 + 3
    example = Example((*messages, Message("assistant", "hi")), row=1)
    assert training_tokens([example] * 10) == 10 * (3 + 1 + 4 + 3 + 1 + 1 + 3 + 1 + 1 + 1)
    assert cut("hello world", 1) == ("hello", 1)
    assert cut("hello world", None) == ("hello world", 2)


def test_parts_of_text_are_joined_and_nulls_are_not_parameters() -> None:
    wish = chat_request(
        {
            "model": "m",
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": None},
            ],
            "temperature": None,
            "store": True,
            "tools": [],
            "max_tokens": 9,
            "max_completion_tokens": 5,
        }
    )
    assert [message.content for message in wish.messages] == ["a\nb", ""]
    assert wish.sampling == {"tools"}
    assert wish.max_tokens == 5
