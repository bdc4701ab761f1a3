"""What the engine refuses, in OpenAI's shapes, as the stock client and as a hostile one meet it."""

import json
from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.engine.helpers import call, client_of, multipart, orders, text_below, upload, wait_for
from tests.engine_process import EngineProcess

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def file_id(fake: EngineProcess) -> str:
    """An uploaded training file."""
    with client_of(fake) as client:
        return upload(client, orders("")).id


def test_a_wrong_or_missing_token_is_401(fake: EngineProcess) -> None:
    with OpenAI(base_url=fake.base_url, api_key="sk-wrong", max_retries=0) as stranger, pytest.raises(openai.AuthenticationError) as caught:
        stranger.models.list()
    assert caught.value.code == "invalid_api_key"
    assert "sk-wrong" not in str(caught.value)
    for header in ("", "Basic abc", "Bearer", "Bearer \u00e9", fake.token):
        status, body = call(fake, "GET", "/v1/models", headers={"Authorization": header})
        assert (status, body["error"]["code"]) == (401, "invalid_api_key"), header


def test_health_needs_no_token_and_tells_nothing(fake: EngineProcess) -> None:
    assert call(fake, "GET", "/health", headers={"Authorization": ""}) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/health", "/v1/models"])
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"Host": "evil.example"}, "host_not_allowed"),
        ({"Host": "127.0.0.1.evil.example:80"}, "host_not_allowed"),
        ({"Host": "evil.example#@127.0.0.1"}, "host_not_allowed"),
        ({"Origin": "http://127.0.0.1:8501"}, "origin_not_allowed"),
        ({"Origin": "null"}, "origin_not_allowed"),
    ],
)
def test_a_web_page_gets_no_answer(fake: EngineProcess, path: str, header: dict[str, str], code: str) -> None:
    status, body = call(fake, "GET", path, headers=header)
    assert (status, body["error"]["code"]) == (403, code)


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1:1234", "[::1]:1234", "LOCALHOST:80"])
def test_this_machine_is_let_in_by_each_of_its_names(fake: EngineProcess, host: str) -> None:
    assert call(fake, "GET", "/v1/models", headers={"Host": host})[0] == 200


def test_unknown_things_are_404(client: OpenAI) -> None:
    question: Any = [{"role": "user", "content": "hi"}]
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-4o", messages=question)
    assert caught.value.code == "model_not_found"
    by_model: list[Callable[[str], Any]] = [client.models.retrieve, client.models.delete]
    for look in by_model:
        with pytest.raises(openai.NotFoundError) as caught:
            look("ft:fake:local::nothing")
        assert caught.value.code == "model_not_found"
    by_file: list[Callable[[str], Any]] = [client.files.retrieve, client.files.delete, client.files.content]
    for look in by_file:
        with pytest.raises(openai.NotFoundError, match="No such File object: file-nothing"):
            look("file-nothing")
    jobs = client.fine_tuning.jobs
    by_job: list[Callable[[str], Any]] = [jobs.retrieve, jobs.cancel, jobs.pause, jobs.resume, jobs.list_events, jobs.checkpoints.list]
    for look in by_job:
        with pytest.raises(openai.NotFoundError) as caught:
            look("ftjob-nothing")
        assert caught.value.code == "fine_tune_not_found"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/v1/files/", 404),
        ("GET", "/v1/files/..%2f..%2fengine.db/content", 404),
        ("GET", "/v1/files/../../engine.db", 404),
        ("DELETE", "/v1/files", 405),
        ("PUT", "/v1/chat/completions", 405),
        ("OPTIONS", "/v1/models", 405),
    ],
)
def test_unknown_routes_answer_in_the_same_shape(fake: EngineProcess, method: str, path: str, status: int) -> None:
    found, body = call(fake, method, path)
    assert found == status
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"model": NaN}',
        b'{"seed": 1e999}',
        b'{"seed": ' + b"9" * 10_000 + b"}",
        b"[" * 200_000,
        b'{"a":' * 50_000,
    ],
    ids=["cut", "array", "text", "binary", "nan", "infinite", "digits", "brackets", "braces"],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/fine_tuning/jobs"])
def test_a_body_that_is_no_json_object_is_400(fake: EngineProcess, path: str, body: bytes) -> None:
    status, reply = call(fake, "POST", path, body, JSON)
    assert status == 400
    assert "could not parse the JSON body" in reply["error"]["message"]


def test_a_body_that_is_too_large_is_413(fake: EngineProcess) -> None:
    status, reply = call(fake, "POST", "/v1/chat/completions", b" " * (17 * 2**20), JSON)
    assert (status, reply["error"]["code"]) == (413, "content_size_limit_exceeded")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": "gpt-4o"}, "model"),
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"training_file": "file-nothing"}, "training_file"),
        ({"training_file": {"id": 1}}, "training_file"),
        ({"validation_file": "file-nothing"}, "validation_file"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**31}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"seed": True}, "seed"),
        ({"suffix": ""}, "suffix"),
        ({"suffix": "x" * 65}, "suffix"),
        ({"suffix": "a:b"}, "suffix"),
        ({"suffix": "a/../b"}, "suffix"),
        ({"hyperparameters": {"n_epochs": 0}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": "three"}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": True}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"batch_size": 257}}, "hyperparameters.batch_size"),
        ({"hyperparameters": {"learning_rate_multiplier": 0}}, "hyperparameters.learning_rate_multiplier"),
        ({"hyperparameters": {"beta": 0.1}}, "hyperparameters"),
        ({"method": {"type": "supervised", "supervised": {"hyperparameters": {"batch_size": 0}}}}, "hyperparameters.batch_size"),
        ({"method": {"type": "dpo"}}, "method.type"),
        ({"method": "supervised"}, "method"),
        ({"metadata": {"a": 1}}, "metadata"),
        ({"metadata": {"a" * 65: "b"}}, "metadata"),
        ({"metadata": {"a": "b" * 513}}, "metadata"),
        ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
        ({"integrations": [{"type": "wandb", "wandb": {"project": "x"}}]}, "integrations"),
        ({"unheard_of": 1}, None),
    ],
)
def test_a_job_with_a_bad_parameter_is_400(fake: EngineProcess, file_id: str, change: dict[str, Any], param: str | None) -> None:
    body = {"model": "fake", "training_file": file_id, **change}
    status, reply = call(fake, "POST", "/v1/fine_tuning/jobs", json.dumps(body), JSON)
    assert (status, reply["error"]["param"]) == (400, param), reply
    assert reply["error"]["code"]
    assert len(reply["error"]["message"]) < 300


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "king", "content": "hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ""}] * 2049}, "messages"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": -0.1}, "top_p"),
        ({"n": 0}, "n"),
        ({"n": 129}, "n"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": "many"}, "max_completion_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": 1}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"seed": "x"}, "seed"),
        ({"x-evil\r\nheader": 1}, None),
    ],
)
def test_a_chat_with_a_bad_parameter_is_400(fake: EngineProcess, change: dict[str, Any], param: str | None) -> None:
    body = {"model": "fake", "messages": [{"role": "user", "content": "hi"}], **change}
    status, reply = call(fake, "POST", "/v1/chat/completions", json.dumps(body), JSON)
    assert (status, reply["error"]["param"]) == (400, param), reply


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "train.jsonl", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "train.jsonl", "cannot be parsed"),
        (orders("") + b'{"messages": [\n', "train.jsonl", "Example 13 cannot be parsed"),
        (b'{"prompt": "a", "completion": "b"}\n', "train.jsonl", "expected either prompt/completion pairs or chat messages"),
        (b"[" * 500_000, "train.jsonl", "cannot be parsed"),
        (b'{"messages":' * 50_000, "train.jsonl", "cannot be parsed"),
        (b'{"messages": [{"role": "user", "content": ' + b"1" * 9999 + b"}]}", "train.jsonl", "cannot be parsed"),
        (b'{"messages": [{"role": "assistant", "content": NaN}]}\n', "train.jsonl", "NaN"),
        (orders(""), "train.csv", "Must be .jsonl"),
        (orders(""), "jsonl", "Must be .jsonl"),
    ],
    ids=["empty", "binary", "broken line", "completions", "brackets", "braces", "digits", "nan", "csv", "no ending"],
)
def test_a_file_that_cannot_be_training_data_is_refused_at_upload(client: OpenAI, content: bytes, name: str, words: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        upload(client, content, name)
    assert words in str(caught.value)


def test_an_upload_needs_its_parts(fake: EngineProcess) -> None:
    body, headers = multipart(orders(""), "train.jsonl")
    assert call(fake, "POST", "/v1/files", body, headers)[1]["error"]["param"] == "purpose"
    body, headers = multipart(orders(""), "train.jsonl", purpose="vision")
    assert call(fake, "POST", "/v1/files", body, headers)[1]["error"]["param"] == "purpose"
    assert call(fake, "POST", "/v1/files", b"{}", JSON)[0] == 400
    assert call(fake, "POST", "/v1/files", b"no parts at all", headers)[0] == 400
    assert call(fake, "POST", "/v1/files", body[:100], headers)[0] == 400
    many, headers = multipart(b"", "train.jsonl", **{f"field{n}": "" for n in range(50)})
    assert call(fake, "POST", "/v1/files", many, headers)[0] == 400
    assert not list((fake.home / "tmp").iterdir())


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../../etc/passwd.jsonl", "passwd.jsonl"),
        ("C:\\\\Users\\\\me\\\\train.jsonl", "train.jsonl"),
        ("/" + "a" * 3000 + ".jsonl", "a" * 249 + ".jsonl"),
        ("a\x00b\x1b[31m.jsonl", "ab[31m.jsonl"),
        ("\u202egnp.jsonl", "gnp.jsonl"),
    ],
)
def test_a_clients_file_name_is_only_ever_shown(fake: EngineProcess, sent: str, shown: str) -> None:
    body, headers = multipart(orders(""), sent, purpose="fine-tune")
    status, reply = call(fake, "POST", "/v1/files", body, headers)
    assert (status, reply.get("filename")) == (200, shown)
    assert (fake.home / "files" / reply["id"]).read_bytes() == orders("")
    assert call(fake, "DELETE", f"/v1/files/{reply['id']}")[0] == 200
    assert not (fake.home / "files" / reply["id"]).exists()


def test_a_file_over_the_limit_is_413_and_leaves_nothing(fake: EngineProcess, client: OpenAI) -> None:
    line = orders("", 1)
    before = {path.name for path in (fake.home / "files").iterdir()}
    with pytest.raises(openai.APIStatusError) as caught:
        upload(client, line * (3 * 2**20 // len(line)))
    assert (caught.value.status_code, caught.value.code) == (413, "content_size_limit_exceeded")
    assert {path.name for path in (fake.home / "files").iterdir()} == before
    assert not list((fake.home / "tmp").iterdir())
    assert upload(client, line * (2**20 // len(line))).bytes <= 2**20


@pytest.mark.parametrize(
    "query",
    [
        "fine_tuning/jobs?limit=0",
        "fine_tuning/jobs?limit=101",
        "fine_tuning/jobs?limit=ten",
        "fine_tuning/jobs?limit=" + "9" * 5000,
        "fine_tuning/jobs?after=ftjob-nothing",
        "files?order=random",
        "files?limit=10001",
        "files?after=file-nothing",
    ],
)
def test_a_bad_cursor_or_limit_is_400(fake: EngineProcess, query: str) -> None:
    assert call(fake, "GET", f"/v1/{query}")[0] == 400


def test_half_an_emoji_harms_nobody(fake: EngineProcess, client: OpenAI) -> None:
    halved = b'{"model": "fake", "messages": [{"role": "user", "content": "\\ud83d hello"}]}'
    status, reply = call(fake, "POST", "/v1/chat/completions", halved, JSON)
    assert (status, reply["tunesmith"]["notes"]["asked"]) == (200, "\ufffd hello")
    body = b'{"model": "fake", "training_file": "\\ud83d"}'
    assert call(fake, "POST", "/v1/fine_tuning/jobs", body, JSON)[0] == 400


def test_a_job_that_is_over_cannot_be_cancelled_but_cancelling_twice_is_no_error(client: OpenAI, file_id: str) -> None:
    jobs = client.fine_tuning.jobs
    done = wait_for(client, jobs.create(model="fake", training_file=file_id).id)
    for change in (jobs.cancel, jobs.pause, jobs.resume):
        with pytest.raises(openai.BadRequestError, match="is succeeded") as caught:
            change(done.id)
        assert caught.value.code == "invalid_job_status"
    slow = jobs.create(model="fake", training_file=upload(client, orders("sleep 0.2")).id)
    assert jobs.cancel(slow.id).status == "cancelled"
    assert jobs.cancel(slow.id).status == "cancelled"


def test_the_token_is_in_no_log_and_no_file_but_its_own(fake: EngineProcess) -> None:
    said = fake.log.read_text(encoding="utf-8")
    kept = text_below(fake.home).replace((fake.home / "engine.json").read_text(encoding="utf-8"), "")
    assert fake.token not in said
    assert fake.token not in kept
    assert "Traceback" not in said
