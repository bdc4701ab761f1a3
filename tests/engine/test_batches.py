"""Batches on the engine: answered in the background as the same requests alone would be, and kept through a crash."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import Batch

from engine.batching import BadInput, Batching, read_requests
from engine.learners.registry import Registry
from engine.serving import Shelf
from engine.store import open_store
from engine.store.batches import LIFETIME_S
from tests.engine.helpers import client_of, support, upload, wait_for
from tests.engine_process import EngineProcess, start_engine

ENDPOINT: Any = "/v1/chat/completions"


@pytest.fixture(scope="module")
def shipped_client(shipped: EngineProcess) -> Iterator[OpenAI]:
    with client_of(shipped) as client:
        yield client


@pytest.fixture(scope="module")
def model(shipped_client: OpenAI) -> str:
    job = shipped_client.fine_tuning.jobs.create(model="recall", training_file=upload(shipped_client, support(40)).id, seed=1)
    return str(wait_for(shipped_client, job.id).fine_tuned_model)


def line(custom_id: str, question: str, **body: Any) -> dict[str, Any]:
    asked = {"messages": [{"role": "user", "content": question}], **body}
    return {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": asked}


def order(client: OpenAI, lines: list[Any], **fields: Any) -> Batch:
    content = b"".join(one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in lines)
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    return client.batches.create(input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h", **fields)


def ended(client: OpenAI, batch: Batch, seconds: float = 60) -> Batch:
    end = time.monotonic() + seconds
    while batch.status not in ("completed", "failed", "cancelled", "expired"):
        assert time.monotonic() < end, f"the batch is still {batch.status}"
        time.sleep(0.05)
        batch = client.batches.retrieve(batch.id)
    return batch


def lines_of(client: OpenAI, file_id: str | None) -> dict[str, Any]:
    assert file_id is not None
    return {told["custom_id"]: told for told in map(json.loads, client.files.content(file_id).text.splitlines())}


def test_a_batch_gives_the_answers_that_its_requests_would_get_alone(shipped_client: OpenAI, model: str) -> None:
    questions = [f"My card was stolen near the station {n}" for n in range(30)] + ["I want a loan that is cheap"]
    lines = [line(f"row-{n}", question, model=model) for n, question in enumerate(questions)]
    batch = order(shipped_client, lines, metadata={"tunesmith_run": "abc"})
    assert batch.status in ("validating", "in_progress") and batch.object == "batch" and batch.completion_window == "24h"
    batch = ended(shipped_client, batch)
    assert batch.status == "completed" and batch.error_file_id is None and batch.metadata == {"tunesmith_run": "abc"}
    counts = batch.request_counts
    assert counts is not None and (counts.total, counts.completed, counts.failed) == (31, 31, 0)
    assert batch.completed_at and batch.in_progress_at and batch.completed_at >= batch.in_progress_at
    answers = lines_of(shipped_client, batch.output_file_id)
    assert set(answers) == {f"row-{n}" for n in range(31)}
    for n in (0, 30):
        alone = shipped_client.chat.completions.create(model=model, messages=[{"role": "user", "content": questions[n]}])
        body = answers[f"row-{n}"]["response"]["body"]
        assert body["choices"][0]["message"]["content"] == alone.choices[0].message.content
        assert body["usage"]["prompt_tokens"] == alone.usage.prompt_tokens  # type: ignore[union-attr]
    file = shipped_client.files.retrieve(str(batch.output_file_id))
    assert file.purpose == "batch_output"
    assert batch.id in [one.id for one in shipped_client.batches.list(limit=1)]


def test_a_request_that_is_refused_is_a_line_of_the_error_file(shipped_client: OpenAI, model: str) -> None:
    lines = [
        line("good", "My card was lost", model=model),
        line("unknown", "Hello", model="none"),
        line("hot", "Hi", model=model, temperature=9),
    ]
    batch = ended(shipped_client, order(shipped_client, lines))
    assert batch.status == "completed" and set(lines_of(shipped_client, batch.output_file_id)) == {"good"}
    errors = lines_of(shipped_client, batch.error_file_id)
    assert errors["unknown"]["response"]["status_code"] == 404
    assert errors["unknown"]["response"]["body"]["error"]["code"] == "model_not_found"
    assert errors["hot"]["response"]["status_code"] == 400


def test_a_file_that_is_no_batch_fails_with_its_lines(shipped_client: OpenAI, model: str) -> None:
    lines = [line("a", "Hi", model=model), b"{half\n", line("a", "Hi", model=model), {"custom_id": "b", "method": "GET"}]
    batch = ended(shipped_client, order(shipped_client, lines))
    assert batch.status == "failed" and batch.output_file_id is None and batch.errors is not None
    assert [(error.code, error.line) for error in batch.errors.data or ()] == [
        ("invalid_json_line", 2),
        ("duplicate_custom_id", 3),
        ("invalid_method", 4),
    ]


def test_what_cannot_be_ordered_is_refused(shipped_client: OpenAI) -> None:
    training = upload(shipped_client, support(12)).id
    for fields in (
        {"input_file_id": training},
        {"input_file_id": "file-none"},
        {"endpoint": "/v1/embeddings"},
        {"completion_window": "1h"},
    ):
        asked: dict[str, Any] = {"input_file_id": training, "endpoint": ENDPOINT, "completion_window": "24h", **fields}
        with pytest.raises(openai.BadRequestError):
            shipped_client.batches.create(**asked)
    with pytest.raises(openai.NotFoundError):
        shipped_client.batches.retrieve("batch-none")


def test_a_cancelled_batch_keeps_what_was_answered(shipped_client: OpenAI, model: str) -> None:
    lines = [line(f"row-{n}", f"My card was lost {n}", model=model) for n in range(2_000)]
    batch = order(shipped_client, lines)
    while (batch := shipped_client.batches.retrieve(batch.id)).request_counts.completed < 4:  # type: ignore[union-attr]
        time.sleep(0.01)
    assert shipped_client.batches.cancel(batch.id).status in ("cancelling", "cancelled")
    batch = ended(shipped_client, batch)
    counts = batch.request_counts
    assert batch.status == "cancelled" and counts is not None and 4 <= counts.completed < 2_000
    assert len(lines_of(shipped_client, batch.output_file_id)) == counts.completed
    errors = lines_of(shipped_client, batch.error_file_id)
    assert len(errors) == 2_000 - counts.completed and next(iter(errors.values()))["error"]["code"] == "batch_cancelled"
    with pytest.raises(openai.ConflictError):
        shipped_client.batches.cancel(order_done(shipped_client, model).id)


def order_done(client: OpenAI, model: str) -> Batch:
    return ended(client, order(client, [line("a", "My card was lost", model=model)]))


def test_a_killed_engine_goes_on_with_the_batch_and_answers_nothing_twice(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with start_engine(home) as engine, client_of(engine) as client:
        job = client.fine_tuning.jobs.create(model="recall", training_file=upload(client, support(40)).id, seed=1)
        taught = str(wait_for(client, job.id).fine_tuned_model)
        batch = order(client, [line(f"row-{n}", f"My card was lost {n}", model=taught) for n in range(300)])
        while client.batches.retrieve(batch.id).request_counts.completed < 20:  # type: ignore[union-attr]
            time.sleep(0.01)
        engine.process.kill()
        engine.process.wait()
    answers = home / "batches" / batch.id / "answers.jsonl"
    kept = [json.loads(raw) for raw in answers.read_bytes().split(b"\n")[:-1]]
    assert 20 <= len(kept) < 300
    with answers.open("ab") as file:
        file.write(b'{"half a li')  # as a crash of the machine leaves it
    with start_engine(home) as engine, client_of(engine) as client:
        batch = ended(client, client.batches.retrieve(batch.id))
        assert batch.status == "completed"
        found = lines_of(client, batch.output_file_id)
    assert len(found) == 300
    assert all(found[one["custom_id"]]["id"] == one["id"] for one in kept)


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_batch_whose_time_is_over_expires_with_what_was_answered_until_then(tmp_path: Path) -> None:
    clock, steps = Clock(), iter([0.0, LIFETIME_S - 1.0, LIFETIME_S + 0.0])

    def passes() -> None:  # between two groups of requests
        clock.now = 1_000_000.0 + next(steps)

    with closing(open_store(tmp_path)) as store:
        batching = Batching(store, Shelf(store, Registry({})), touch=passes, clock=clock)
        source = tmp_path / "requests.jsonl"
        source.write_text("".join(json.dumps(line(f"row-{n}", "Hello", model="none")) + "\n" for n in range(12)), "utf-8")
        batch = store.batches.create(source, input_file="file-1", endpoint=ENDPOINT, metadata=None, now=batching.now())
        batching.start()
        end = time.monotonic() + 20
        while not store.batches.need(batch.id).is_final:
            assert time.monotonic() < end
            time.sleep(0.01)
        batching.close()
        over = store.batches.need(batch.id)
        assert (over.status, over.times["expired_at"]) == ("expired", batch.expires_at)
        assert over.error_file is not None
        told = [json.loads(raw) for raw in store.files.path(over.error_file).read_bytes().splitlines()]
    assert [one["custom_id"] for one in told if (one["error"] or {}).get("code") == "batch_expired"] == [f"row-{n}" for n in range(8, 12)]
    assert sum(one["response"] is not None for one in told) == 8, "those that were refused in time keep their reason"


def test_a_batch_that_expired_while_the_engine_was_off_asks_nothing_more(tmp_path: Path) -> None:
    clock = Clock()
    with closing(open_store(tmp_path)) as store:
        source = tmp_path / "requests.jsonl"
        source.write_text(json.dumps(line("row-0", "Hello", model="none")) + "\n", "utf-8")
        batch = store.batches.create(source, input_file="file-1", endpoint=ENDPOINT, metadata=None, now=int(clock()))
        clock.now += LIFETIME_S + 5
        batching = Batching(store, Shelf(store, Registry({})), touch=lambda: None, clock=clock)
        batching.start()
        end = time.monotonic() + 20
        while not store.batches.need(batch.id).is_final:
            assert time.monotonic() < end
            time.sleep(0.01)
        batching.close()
        over = store.batches.need(batch.id)
        assert over.status == "expired" and not (store.batches.folder(batch.id) / "answers.jsonl").read_bytes()


def test_an_empty_file_and_one_that_is_too_long_are_said_so(tmp_path: Path) -> None:
    path = tmp_path / "input.jsonl"
    path.write_bytes(b"\n \n")
    with pytest.raises(BadInput, match="empty"):
        read_requests(path)
