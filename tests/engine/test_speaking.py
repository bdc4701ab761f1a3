"""Models that speak token by token, through the stock client."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest
from openai import OpenAI

from tests.engine.helpers import call, client_of, until
from tests.engine.test_desk import weights
from tests.engine_process import EngineProcess, start_engine

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("talker") / "log"


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory, log: Path) -> Iterator[EngineProcess]:
    folder = weights(tmp_path_factory.mktemp("bases") / "talker")
    env = {"TALKER_FOLDER": str(folder), "FAKE_ANSWERS_LOG": str(log)}
    with start_engine(tmp_path_factory.mktemp("talking") / "home", module="tests.engine.talking_engine", env=env) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(talking: EngineProcess) -> Iterator[OpenAI]:
    with client_of(talking) as client:
        yield client


def asked(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "talker", "messages": [{"role": "user", "content": text}], **more}


def test_an_answer_is_counted_by_the_model_itself_and_what_is_acted_on_is_not_called_ignored(client: OpenAI) -> None:
    acted_on = {"temperature": 0.3, "top_p": 0.5, "seed": 1, "presence_penalty": 1, "frequency_penalty": 1, "logit_bias": {"3": -100}}
    raw = client.chat.completions.with_raw_response.create(
        **asked("one two", **acted_on, response_format={"type": "json_object"}, tool_choice="auto", reasoning_effort="low")
    )
    assert raw.headers["x-tunesmith-ignored"] == "reasoning_effort"
    reply = raw.parse()
    assert (reply.choices[0].message.content or "").split() == ["one", "two"]
    assert reply.choices[0].finish_reason == "stop" and reply.choices[0].logprobs is None
    assert reply.system_fingerprint == "lora-talker; ignored: reasoning_effort"
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (2, 2, 4)


def test_a_stream_is_the_plain_reply_with_every_choice_its_own(client: OpenAI) -> None:
    wishes = asked("one two", n=2, logprobs=True, top_logprobs=0)
    plain = client.chat.completions.create(**wishes)
    assert [(choice.message.content or "").split() for choice in plain.choices] == [["one", "two", "#0"], ["one", "two", "#1"]]
    chunks = list(client.chat.completions.create(**wishes, stream=True, stream_options={"include_usage": True}))
    for index, choice in enumerate(plain.choices):
        mine = [chunk.choices[0] for chunk in chunks if chunk.choices and chunk.choices[0].index == index]
        assert mine[0].delta.role == "assistant"
        assert "".join(one.delta.content or "" for one in mine) == choice.message.content
        told = [token for one in mine if one.logprobs for token in one.logprobs.content or []]
        assert choice.logprobs is not None and told == choice.logprobs.content and told[0].token == "one"
        assert [one.finish_reason for one in mine if one.finish_reason] == ["stop"]
    assert chunks[-1].choices == [] and chunks[-1].usage == plain.usage


def test_words_arrive_when_they_are_said(client: OpenAI, log: Path) -> None:
    before = log.read_text(encoding="utf-8").count("cancelled") if log.exists() else 0
    with client.chat.completions.create(**asked("wait then"), stream=True) as stream:
        chunks = iter(stream)
        texts = [next(chunks).choices[0].delta.content for _ in range(2)]
    assert texts == ["", "wait "], "the second word comes half a minute later"
    until(lambda: log.exists() and log.read_text(encoding="utf-8").count("cancelled") == before + 1, what="the end of the work")


def test_a_client_that_leaves_before_the_whole_answer_ends_the_work(talking: EngineProcess, log: Path) -> None:
    before = log.read_text(encoding="utf-8").count("cancelled") if log.exists() else 0
    address = urlsplit(talking.root)
    body = json.dumps(asked("wait then")).encode()
    lines = (
        "POST /v1/chat/completions HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {talking.token}",
        f"Content-Length: {len(body)}",
    )
    head = "\r\n".join((*lines, "", ""))
    with socket.create_connection((str(address.hostname), address.port or 80)) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(0.5)
    until(lambda: log.exists() and log.read_text(encoding="utf-8").count("cancelled") == before + 1, what="the end of the work")


def test_many_streams_do_not_keep_anybody_waiting(client: OpenAI, talking: EngineProcess) -> None:
    streams = [client.chat.completions.create(**asked("wait"), stream=True) for _ in range(60)]
    try:
        began = time.monotonic()
        assert client.models.list().data
        assert client.chat.completions.create(**asked("quick")).choices[0].message.content == "quick  "
        assert time.monotonic() - began < 5
    finally:
        for stream in streams:
            stream.close()


def test_refusals_have_their_own_status_even_of_a_stream(client: OpenAI) -> None:
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(**asked("refuse"), stream=stream)
        assert (caught.value.code, caught.value.param) == ("invalid_json_schema", "response_format")
    with pytest.raises(openai.APIError, match=r"It broke\.") as broken:
        list(client.chat.completions.create(**asked("break it"), stream=True))
    assert broken.value.code == "out_of_memory"
    with pytest.raises(openai.InternalServerError, match=r"It broke\."):
        client.chat.completions.create(**asked("break it"))


def test_a_process_that_dies_is_told_of_and_answers_again(client: OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="lack of memory"):
        client.chat.completions.create(**asked("die"))
    assert client.chat.completions.create(**asked("back")).choices[0].message.content == "back  "


def test_tools_are_handed_on_and_what_cannot_be_done_with_them_is_said(client: OpenAI) -> None:
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    raw = client.chat.completions.with_raw_response.create(**asked("hi", tools=[tool], tool_choice="required"))
    assert raw.headers["x-tunesmith-ignored"] == "tool_choice"
    assert "left in the text" in json.loads(raw.headers["x-tunesmith-notes"])["tools"]
    raw = client.chat.completions.with_raw_response.create(**asked("toolless", tools=[tool]))
    assert raw.headers["x-tunesmith-ignored"] == "tools" and "tools" not in json.loads(raw.headers["x-tunesmith-notes"])


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({"logit_bias": {"x": 1}}, "logit_bias"),
        ({"logit_bias": {"1": 101}}, "logit_bias"),
        ({"logit_bias": [1]}, "logit_bias"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.schema"),
        ({"response_format": "json"}, "response_format.type"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"messages": [{"role": "assistant", "tool_calls": [1]}]}, "messages[0].tool_calls"),
    ],
)
def test_what_is_wrong_is_refused_before_the_model_is_asked(talking: EngineProcess, wish: dict[str, Any], param: str) -> None:
    status, reply = call(talking, "POST", "/v1/chat/completions", json.dumps(asked("hi") | wish), JSON)
    assert (status, reply["error"]["param"]) == (400, param)


def test_many_clients_at_once_each_get_their_own(client: OpenAI) -> None:
    def ask(n: int) -> str:
        return (client.chat.completions.create(**asked(f"number {n}")).choices[0].message.content or "").strip()

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(48))) == [f"number {n}" for n in range(48)]
