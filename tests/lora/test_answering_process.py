"""The answering process behind the engine, through the stock client."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest
from openai import OpenAI

from tests.engine.helpers import client_of, until
from tests.engine_process import EngineProcess, start_engine
from tests.lora.test_answers import SCHEMA, make_adapter


@pytest.fixture(scope="module")
def engine(tiny_qwen: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    adapter = make_adapter(tiny_qwen, tmp_path_factory.mktemp("tuned") / "adapter", 1)
    env = {"TINY_BASE": str(tiny_qwen), "TINY_ADAPTER": str(adapter)}
    with start_engine(tmp_path_factory.mktemp("engine") / "home", module="tests.lora.lora_engine", env=env) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(engine: EngineProcess) -> Iterator[OpenAI]:
    with client_of(engine) as client:
        yield client


def asked(model: str = "tiny", text: str = "My card was stolen", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 12, "temperature": 0, **more}


def process(engine: EngineProcess) -> psutil.Process:
    [found] = [one for one in psutil.Process(engine.process.pid).children() if "engine.lora.answer" in one.cmdline()]
    return found


def test_base_and_tuned_answer_from_one_process_streamed_as_plain(client: OpenAI, engine: EngineProcess) -> None:
    texts = []
    for model in ("tiny", "tiny-tuned", "tiny"):
        plain = client.chat.completions.create(**asked(model))
        chunks = list(client.chat.completions.create(**asked(model), stream=True, stream_options={"include_usage": True}))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == plain.choices[0].message.content
        assert chunks[-1].usage == plain.usage and plain.usage is not None and plain.usage.completion_tokens == 12
        assert len([chunk for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]) > 3, "it comes in pieces"
        texts.append(text)
    assert texts[0] == texts[2] != texts[1], "the adapter switched off gives the base again, token for token"
    process(engine)


def test_many_at_once_answer_as_one_by_one(client: OpenAI) -> None:
    wishes = [asked(("tiny", "tiny-tuned")[n % 2], f"question {n} " * (n + 1), seed=n, temperature=n % 3 / 2) for n in range(16)]

    def ask(wish: dict[str, Any]) -> str | None:
        return client.chat.completions.create(**wish).choices[0].message.content

    one_by_one = [ask(wish) for wish in wishes]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, wishes)) == one_by_one


def test_several_choices_differ_and_a_seed_gives_them_again(client: OpenAI) -> None:
    wish = asked(n=3, temperature=1.5, seed=3)
    first, again = (client.chat.completions.create(**wish) for _ in range(2))
    texts = [choice.message.content for choice in first.choices]
    assert len(set(texts)) == 3 and texts == [choice.message.content for choice in again.choices]
    assert first.usage is not None and first.usage.completion_tokens == 36


def test_an_answer_keeps_to_its_schema(client: OpenAI) -> None:
    form: Any = {"type": "json_schema", "json_schema": {"name": "label", "schema": SCHEMA, "strict": True}}
    reply = client.chat.completions.create(**asked("tiny-tuned", response_format=form) | {"max_tokens": 300, "temperature": 1.0})
    assert set(json.loads(reply.choices[0].message.content or "")) == set(SCHEMA["properties"])  # type: ignore[call-overload]
    form["json_schema"]["schema"] = {"type": "nothing"}
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError, match="Invalid type: nothing") as caught:
            client.chat.completions.create(**asked(response_format=form), stream=stream)
        assert caught.value.param == "response_format"


def test_logprobs_have_the_shape_of_the_api(client: OpenAI) -> None:
    logprobs = client.chat.completions.create(**asked(logprobs=True, top_logprobs=2)).choices[0].logprobs
    assert logprobs is not None and logprobs.content is not None and len(logprobs.content) == 12
    for entry in logprobs.content:
        assert entry.token == bytes(entry.bytes or []).decode("utf-8", "replace") and entry.logprob <= 0 and len(entry.top_logprobs) == 2


def test_a_question_that_is_too_long_is_refused_and_an_answer_ends_with_the_context(client: OpenAI) -> None:
    with pytest.raises(
        openai.BadRequestError, match=r"maximum context length is 512 tokens\. However, your messages resulted in"
    ) as caught:
        client.chat.completions.create(**asked(text="word " * 600))
    assert (caught.value.code, caught.value.param) == ("context_length_exceeded", "messages")
    # only one token may come, and it is no end: the answer goes on for as long as there is room
    reply = client.chat.completions.create(**asked(logit_bias={"40": 100}) | {"max_tokens": 10_000})
    assert reply.usage is not None and reply.usage.total_tokens == 512 and reply.choices[0].finish_reason == "length"


def test_a_token_that_the_model_does_not_have_is_refused(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="This model's tokens go up to"):
        client.chat.completions.create(**asked(logit_bias={"999999": 1}))


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_killed_process_is_told_of_and_the_next_question_starts_another(client: OpenAI, engine: EngineProcess) -> None:
    expected = client.chat.completions.create(**asked()).choices[0].message.content
    first = process(engine)
    with client.chat.completions.create(**asked(logit_bias={"40": 100}) | {"max_tokens": 10_000}, stream=True) as stream:
        next(iter(stream))
        first.send_signal(signal.SIGKILL)
        with pytest.raises(openai.APIError, match="lack of memory"):
            list(stream)
    assert client.chat.completions.create(**asked()).choices[0].message.content == expected
    assert process(engine).pid != first.pid


def test_the_process_ends_with_the_engine(tiny_qwen: Path, tmp_path: Path) -> None:
    env = {"TINY_BASE": str(tiny_qwen), "TINY_ADAPTER": ""}
    with start_engine(tmp_path / "home", module="tests.lora.lora_engine", env=env) as engine, client_of(engine) as client:
        client.chat.completions.create(**asked())
        child = process(engine)
        engine.process.kill()
        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="the end of the answering process")
