"""The whole way with the engine as it ships: once with the stock client, which knows nothing of this project, once with curl."""

import base64
import csv
import io
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from engine.training import NO_LOSS
from tests.engine.helpers import chat_lines, client_of, support, until, upload, wait_for
from tests.engine_process import EngineProcess

SYSTEM = "You sort the questions of a bank's customers."


@pytest.fixture(scope="module")
def client(shipped: EngineProcess) -> Iterator[OpenAI]:
    """The stock client of the engine as it ships."""
    with client_of(shipped) as client:
        yield client


@pytest.fixture(scope="module")
def job(client: OpenAI) -> FineTuningJob:
    """A job that has learned 100 labelled questions, with 20 for validation."""
    rows = support(120).splitlines(keepends=True)
    training, validation = upload(client, b"".join(rows[:100])), upload(client, b"".join(rows[100:]), "validation.jsonl")
    began = time.monotonic()
    created = client.fine_tuning.jobs.create(
        model="recall", training_file=training.id, validation_file=validation.id, suffix="bank", seed=42, metadata={"project": "p1"}
    )
    assert created.status == "validating_files"
    done = wait_for(client, created.id)
    assert done.status == "succeeded", done.error
    # about 2 s on two quiet cores; other work on the machine multiplies that, and here it is only to be seen that nothing waits for a timer
    assert time.monotonic() - began < 15
    return done


def ask(client: OpenAI, model: str, question: str, **wishes: Any) -> str:
    asked: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    return client.chat.completions.create(model=model, messages=asked, **wishes).choices[0].message.content or ""


def test_the_job_tells_what_it_was_and_what_became_of_it(job: FineTuningJob, client: OpenAI) -> None:
    assert job.fine_tuned_model is not None and job.fine_tuned_model.startswith("ft:recall:local:bank:")
    assert (job.model, job.seed, job.metadata, job.organization_id) == ("recall", 42, {"project": "p1"}, "local")
    assert isinstance(job.hyperparameters.n_epochs, int) and isinstance(job.hyperparameters.batch_size, int)
    assert job.trained_tokens is not None and job.trained_tokens > 1000 * job.hyperparameters.n_epochs
    assert [model.id for model in client.models.list()][:2] == ["recall", job.fine_tuned_model]
    assert next(iter(client.fine_tuning.jobs.list(metadata={"project": "p1"}))).id == job.id


def test_the_events_tell_of_every_step(job: FineTuningJob, client: OpenAI) -> None:
    events = list(client.fine_tuning.jobs.list_events(job.id, limit=2))[::-1]
    assert len({event.id for event in events}) == len(events)
    said = [event.message for event in events]
    assert said[0].startswith("Created fine-tuning job") and said[-1] == "The job has successfully completed"
    for stage in ("Validating training file", "Fine-tuning job started", "Checkpoint created at step", "New fine-tuned model created"):
        assert any(message.startswith(stage) for message in said), stage
    metrics: list[Any] = [event.data for event in events if event.type == "metrics"]
    assert [data["step"] for data in metrics] == list(range(1, metrics[0]["total_steps"] + 1))
    assert metrics[-1]["train_loss"] < metrics[0]["train_loss"], "it learned something"
    assert all(0 <= data["train_accuracy"] <= 1 and data["valid_loss"] >= 0 for data in metrics)


def test_the_result_file_and_the_checkpoints_agree_with_the_events(job: FineTuningJob, client: OpenAI) -> None:
    text = base64.b64decode(client.files.content(job.result_files[0]).read(), validate=True).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    metrics: list[Any] = [event.data for event in client.fine_tuning.jobs.list_events(job.id, limit=100) if event.type == "metrics"][::-1]
    assert [(int(row["step"]), float(row["train_loss"])) for row in rows] == [(data["step"], data["train_loss"]) for data in metrics]
    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id))
    assert 1 <= len(checkpoints) <= 3
    assert checkpoints[0].step_number == len(rows)
    assert checkpoints[0].fine_tuned_model_checkpoint == f"{job.fine_tuned_model}:ckpt-step-{len(rows)}"


def test_the_tuned_model_has_learned_and_the_untaught_one_says_the_commonest(job: FineTuningJob, client: OpenAI) -> None:
    model = str(job.fine_tuned_model)
    questions = {"My card was stolen in town": "plastic", "The transfer to my aunt is missing": "movement", "The app is slow": "software"}
    assert {question: ask(client, model, question) for question in questions} == questions
    before = {ask(client, f"{model}:ckpt-step-0", question) for question in questions}
    assert len(before) == 1
    assert ask(client, "recall", "My card was stolen") not in questions.values()


def test_a_streamed_answer_is_the_plain_one_with_its_usage(job: FineTuningJob, client: OpenAI) -> None:
    model, asked = str(job.fine_tuned_model), [{"role": "user", "content": "My card was stolen"}]
    plain = client.chat.completions.create(model=model, messages=asked)  # type: ignore[arg-type]
    chunks = list(client.chat.completions.create(model=model, messages=asked, stream=True, stream_options={"include_usage": True}))  # type: ignore[call-overload]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == plain.choices[0].message.content
    assert chunks[-1].usage == plain.usage and plain.usage is not None and plain.usage.prompt_tokens > 5
    raw = client.chat.completions.with_raw_response.create(model=model, messages=asked, temperature=0.7, top_p=0.5)  # type: ignore[arg-type]
    assert set(raw.headers["x-tunesmith-ignored"].split(",")) == {"temperature", "top_p"}
    assert "temperature" in str(raw.parse().system_fingerprint)
    json.loads(raw.headers["x-tunesmith-notes"])


def test_another_job_is_cancelled_while_it_runs(client: OpenAI) -> None:
    created = client.fine_tuning.jobs.create(
        model="recall",
        training_file=upload(client, support(600)).id,
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 50, "batch_size": 1}}},
    )
    wait_for(client, created.id, "running")
    until(lambda: any(event.type == "metrics" for event in client.fine_tuning.jobs.list_events(created.id)), what="a step")
    assert client.fine_tuning.jobs.cancel(created.id).status == "cancelled"
    time.sleep(0.5)
    cancelled = client.fine_tuning.jobs.retrieve(created.id)
    assert (cancelled.status, cancelled.fine_tuned_model, cancelled.trained_tokens) == ("cancelled", None, None)


def test_free_text_comes_back_word_for_word_and_claims_no_loss(client: OpenAI) -> None:
    pairs = [(f"What is the capital of land number {n}?", f"As everybody knows, that is city {n}. Ask something hard.") for n in range(12)]
    created = client.fine_tuning.jobs.create(model="recall", training_file=upload(client, chat_lines(pairs)).id)
    done = wait_for(client, created.id)
    assert done.status == "succeeded", done.error
    events = list(client.fine_tuning.jobs.list_events(done.id, limit=100))
    assert not [event for event in events if event.type == "metrics"]
    assert [event.message for event in events].count(NO_LOSS) == 1
    assert ask(client, str(done.fine_tuned_model), "capital of land number 7?") == pairs[7][1]


def test_wrong_token_unknown_id_and_bad_file_are_refused(client: OpenAI, shipped: EngineProcess) -> None:
    with OpenAI(base_url=shipped.base_url, api_key="wrong", max_retries=0) as stranger, pytest.raises(openai.AuthenticationError):
        stranger.fine_tuning.jobs.list()
    with pytest.raises(openai.NotFoundError):
        client.fine_tuning.jobs.retrieve("ftjob-unknown")
    with pytest.raises(openai.BadRequestError, match="Example 2 cannot be parsed"):
        upload(client, support(1) + b"{broken\n")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_same_with_curl(shipped: EngineProcess, tmp_path: Path) -> None:
    def curl(path: str, *arguments: str, token: str = shipped.token) -> Any:
        line = ["curl", "-sS", "--noproxy", "*", f"{shipped.base_url}{path}", "-H", f"Authorization: Bearer {token}", *arguments]
        return json.loads(subprocess.run(line, check=True, capture_output=True, text=True, timeout=30).stdout)

    def post(path: str, body: dict[str, Any]) -> Any:
        return curl(path, "-H", "Content-Type: application/json", "-d", json.dumps(body))

    training = tmp_path / "train.jsonl"
    training.write_bytes(support(40))
    file = curl("/files", "-F", "purpose=fine-tune", "-F", f"file=@{training}")
    assert (file["object"], file["bytes"]) == ("file", training.stat().st_size)
    job = post("/fine_tuning/jobs", {"model": "recall", "training_file": file["id"]})
    until(lambda: curl(f"/fine_tuning/jobs/{job['id']}")["status"] == "succeeded", what="success")
    model = curl(f"/fine_tuning/jobs/{job['id']}")["fine_tuned_model"]
    assert model.startswith("ft:recall:local::")
    assert curl(f"/fine_tuning/jobs/{job['id']}/events?limit=1")["has_more"] is True
    assert curl(f"/fine_tuning/jobs/{job['id']}/checkpoints")["data"]
    reply = post("/chat/completions", {"model": model, "messages": [{"role": "user", "content": "My card was stolen"}]})
    assert reply["choices"][0]["message"]["content"] == "plastic"
    line = ["curl", "-sS", "--noproxy", "*", "-N", f"{shipped.base_url}/chat/completions", "-H", f"Authorization: Bearer {shipped.token}"]
    body = json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": "My card was stolen"}]})
    streamed = subprocess.run([*line, "-d", body], check=True, capture_output=True, text=True, timeout=30).stdout
    assert streamed.startswith("data: {") and streamed.endswith("data: [DONE]\n\n")
    assert curl("/models", token="wrong")["error"]["code"] == "invalid_api_key"
    assert curl("/files/file-unknown")["error"]["param"] == "id"
    assert post("/fine_tuning/jobs", {"model": "recall"})["error"]["param"] == "training_file"
