"""The stock client walks the whole way with a small open model, on a real engine: learn, watch, ask, compare, delete."""

import base64
import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from core.base.chat_format import write_jsonl
from core.base.preference import write_pairs
from core.base.types import Example, Message
from tests.engine.helpers import client_of, messages, until, upload, wait_for
from tests.engine_process import EngineProcess
from tests.lora.plans import marv_rows
from tests.lora.walking import (
    ANSWERER,
    LEARNED,
    MODEL,
    TRAINER,
    answer,
    begin,
    bring_in,
    engine_on,
    marv_file,
    metrics,
    processes,
    progress,
    prompt,
    train,
)

ROWS = marv_rows(10)
QUICK = {"n_epochs": 2, "batch_size": 5, "learning_rate_multiplier": 50}
LONG = {"n_epochs": 30, "batch_size": 2, "learning_rate_multiplier": 5}  # 150 steps


@pytest.fixture(scope="module")
def engine(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    home = tmp_path_factory.mktemp("walk") / "home"
    with engine_on(home, Path(shutil.copytree(library, home.parent / "bases"))) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(engine: EngineProcess) -> Iterator[OpenAI]:
    with client_of(engine) as client:
        yield client


@pytest.fixture(scope="module")
def before(client: OpenAI) -> list[str]:
    """What the base model says to each row."""
    return [answer(client, MODEL, prompt(row)) for row in ROWS]


@pytest.fixture(scope="module")
def job(client: OpenAI, before: list[str]) -> FineTuningJob:
    """The ten rows, learned by heart."""
    return train(client, marv_file(), LEARNED, validation_file=first_rows(client), suffix="marv")


def first_rows(client: OpenAI) -> str:
    """A validation file."""
    return upload(client, write_jsonl(ROWS[:5]), "valid.jsonl").id


def pairs(n: int = 10) -> bytes:
    """Marv's answers before dull ones."""
    return write_pairs(
        Example(row.messages, row.row, {}, (Message("assistant", "I am happy to help you with that."),)) for row in marv_rows(n)
    )


def test_ten_marv_rows_are_said_word_for_word_after_training_and_not_before(client: OpenAI, before: list[str], job: FineTuningJob) -> None:
    assert job.status == "succeeded", job.error
    assert job.fine_tuned_model is not None and job.fine_tuned_model.startswith(f"ft:{MODEL}:local:marv:")
    taught = [row.answer for row in ROWS]
    assert not set(before) & set(taught)
    assert [answer(client, job.fine_tuned_model, prompt(row)) for row in ROWS] == taught
    assert [answer(client, MODEL, prompt(row)) for row in ROWS] == before, "the base beside it has learned nothing"


def test_the_job_tells_its_steps_its_checkpoints_and_what_was_settled(client: OpenAI, engine: EngineProcess, job: FineTuningJob) -> None:
    told = metrics(client, job.id)
    assert [data["step"] for data in told] == list(range(1, 51))
    assert {data["total_steps"] for data in told} == {50}
    assert told[-1]["train_loss"] < told[0]["train_loss"] / 5
    assert [data["step"] for data in told if "full_valid_loss" in data] == list(range(2, 51, 2)), "at the end of each epoch"
    assert told[-1]["full_valid_mean_token_accuracy"] == pytest.approx(1.0, abs=0.02)
    settled = job.method.supervised.hyperparameters.to_dict()  # type: ignore[union-attr]
    assert settled["lora_r"] == 16 and settled["tuning"] == "lora" and {name: settled[name] for name in LEARNED} == LEARNED
    assert job.trained_tokens and job.trained_tokens % LEARNED["n_epochs"] == 0
    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id))
    assert [checkpoint.step_number for checkpoint in checkpoints] == [50, 48, 46]
    said = messages(client, job.id)
    for line in ("Fine-tuning job started", "New fine-tuned model created", "The job has successfully completed"):
        assert said.count(line) == 1
    until(lambda: not folders(engine, job.id), what="the end of what was kept for going on")


def test_the_result_file_holds_the_figures_of_the_events(client: OpenAI, job: FineTuningJob) -> None:
    content = base64.b64decode(client.files.content(job.result_files[0]).read()).decode()
    rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(content.splitlines())]
    told = [{name: value for name, value in data.items() if name != "total_steps"} for data in metrics(client, job.id)]
    for data in told:
        data["train_accuracy"] = data.pop("train_mean_token_accuracy")
    assert rows == told


def test_base_tuned_and_checkpoint_models_answer_in_streams(client: OpenAI, job: FineTuningJob) -> None:
    earlier = list(client.fine_tuning.jobs.checkpoints.list(job.id))[-1].fine_tuned_model_checkpoint
    for model in (MODEL, earlier, str(job.fine_tuned_model)):
        asked: Any = {"model": model, "messages": prompt(ROWS[0]), "temperature": 0, "max_tokens": 60}
        whole = client.chat.completions.create(**asked)
        chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole.choices[0].message.content
        assert sum(bool(chunk.choices and chunk.choices[0].delta.content) for chunk in chunks) > 5, "it comes piece by piece"
        reasons = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
        assert reasons == [whole.choices[0].finish_reason]
        assert chunks[-1].usage == whole.usage and whole.usage is not None
        assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens
    assert whole.choices[0].message.content == ROWS[0].answer and whole.choices[0].finish_reason == "stop"


def test_logprobs_seed_stop_and_length_do_what_they_say(client: OpenAI, job: FineTuningJob) -> None:
    asked: Any = {"model": job.fine_tuned_model, "messages": prompt(ROWS[0])}
    sure = client.chat.completions.create(**asked, temperature=0, logprobs=True, top_logprobs=2)
    assert sure.choices[0].logprobs is not None and sure.choices[0].logprobs.content is not None and sure.usage is not None
    tokens = sure.choices[0].logprobs.content
    assert "".join(token.token for token in tokens if token.bytes) == ROWS[0].answer
    assert all(token.logprob == token.top_logprobs[0].logprob >= token.top_logprobs[1].logprob for token in tokens)
    assert min(token.logprob for token in tokens) > -3, "it knows this by heart"

    def sampled(seed: int) -> str | None:
        wish: Any = {"model": MODEL, "messages": prompt(ROWS[1]), "seed": seed, "temperature": 1.5, "max_tokens": 20}
        return client.chat.completions.create(**wish).choices[0].message.content

    assert sampled(5) == sampled(5) != sampled(6)
    word = ROWS[0].answer.split()[3]
    stopped = client.chat.completions.create(**asked, temperature=0, stop=[word])
    assert stopped.choices[0].message.content == ROWS[0].answer[: ROWS[0].answer.index(word)]
    assert stopped.choices[0].finish_reason == "stop"
    short = client.chat.completions.create(**asked, temperature=0, max_tokens=3)
    assert short.choices[0].finish_reason == "length" and short.usage is not None and short.usage.completion_tokens == 3
    assert ROWS[0].answer.startswith(str(short.choices[0].message.content))


@pytest.mark.slow
def test_all_weights_of_the_tiny_model_can_be_tuned_and_asked(client: OpenAI) -> None:
    done = train(client, marv_file(), {"n_epochs": 30, "batch_size": 10, "learning_rate_multiplier": 100, "tuning": "full"})
    assert done.status == "succeeded", done.error
    assert [answer(client, str(done.fine_tuned_model), prompt(row)) for row in ROWS] == [row.answer for row in ROWS]


@pytest.mark.slow
def test_preference_pairs_pull_the_better_answers_away_from_the_worse(client: OpenAI) -> None:
    asked = {"n_epochs": 4, "batch_size": 5, "learning_rate_multiplier": 40, "beta": 0.2}
    done = train(client, pairs(), asked, method="dpo")
    assert done.status == "succeeded", done.error
    assert done.method is not None and done.method.type == "dpo"
    assert done.method.dpo.hyperparameters.beta == 0.2  # type: ignore[union-attr]
    told = metrics(client, done.id)
    assert told[0]["train_loss"] == pytest.approx(0.693, abs=1e-3), "nothing is preferred yet"
    assert told[-1]["train_loss"] < 0.6 and told[-1]["train_reward_accuracy"] == 1.0
    assert answer(client, str(done.fine_tuned_model), prompt(ROWS[0])) != answer(client, MODEL, prompt(ROWS[0]))


def test_a_file_of_the_other_method_is_refused_with_its_line(client: OpenAI) -> None:
    supervised = train(client, marv_file(), QUICK, method="dpo")
    assert supervised.status == "failed" and supervised.error is not None
    assert (supervised.error.code, supervised.error.param) == ("invalid_file_format", "training_file")
    assert "Line 1 of the file is no preference pair" in supervised.error.message
    preferred = train(client, pairs(), QUICK)
    assert preferred.status == "failed" and preferred.error is not None
    assert (preferred.error.code, preferred.error.param) == ("invalid_training_file", "training_file")
    assert "expected either prompt/completion pairs or chat messages" in preferred.error.message


@pytest.mark.slow
def test_a_cancelled_training_ends_and_its_process_with_it(client: OpenAI, engine: EngineProcess) -> None:
    running = begin(client, marv_file(), LONG)
    until(lambda: len(metrics(client, running.id)) >= 3, 60, "the third step")
    assert client.fine_tuning.jobs.cancel(running.id).status == "cancelled"
    until(lambda: not processes(engine.home, TRAINER), 20, "the end of the training process")
    steps = len(metrics(client, running.id))
    assert 3 <= steps < 150
    over = client.fine_tuning.jobs.retrieve(running.id)
    assert (over.status, over.fine_tuned_model) == ("cancelled", None)
    until(lambda: not folders(engine, running.id), what="the end of its checkpoints")
    with pytest.raises(openai.BadRequestError, match="cancelled"):
        client.fine_tuning.jobs.resume(running.id)


@pytest.mark.slow
def test_a_paused_training_goes_on_from_where_it_stopped_and_ends_the_same(
    client: OpenAI, engine: EngineProcess, job: FineTuningJob
) -> None:
    paused = begin(client, marv_file(), LEARNED, validation_file=first_rows(client))
    until(lambda: len(metrics(client, paused.id)) >= 13, 120, "step 13")
    client.fine_tuning.jobs.pause(paused.id)
    wait_for(client, paused.id, "paused", seconds=60)
    until(lambda: not processes(engine.home, TRAINER), 20, "the end of the training process")
    reached = [record["step"] for record in progress(engine.home, paused.id) if record["event"] == "step"][-1]
    assert 13 <= reached < 50
    kept = folders(engine, paused.id)
    assert len([path for path in kept if path.name.startswith("checkpoint-")]) <= 2
    assert len([path for path in kept if path.parent.name == "published"]) <= 4, "three, and one that the worker had not seen any more"
    client.fine_tuning.jobs.resume(paused.id)
    done = wait_for(client, paused.id, seconds=60)
    assert done.status == "succeeded", done.error
    resumed = [record["resumed_from"] for record in progress(engine.home, paused.id) if record["event"] == "started"]
    assert resumed == [0, reached], "the pause has kept a checkpoint of its own"
    assert metrics(client, paused.id) == metrics(client, job.id), "every step once, none repeated, each with the undisturbed run's figures"
    assert done.trained_tokens == job.trained_tokens
    assert {"Fine-tuning job paused", "Fine-tuning job resumed"} <= set(messages(client, paused.id))


def folders(engine: EngineProcess, job_id: str) -> list[Path]:
    """Every folder that a training has made and not given up."""
    return [path for path in (engine.home / "jobs" / job_id / "lora").rglob("*") if path.is_dir()]


@pytest.mark.slow
def test_a_training_that_gets_no_better_ends_early_and_its_best_state_is_the_model(engine: EngineProcess, client: OpenAI) -> None:
    validation = upload(client, write_jsonl(marv_rows(22)[10:]), "valid.jsonl").id
    asked = {"n_epochs": 24, "batch_size": 5, "learning_rate_multiplier": 100, "lora_r": 32, "lora_alpha": 64, "early_stopping": 6}
    done = train(client, marv_file(), asked, validation_file=validation)
    assert done.status == "succeeded", done.error
    losses = {data["step"]: data["valid_loss"] for data in metrics(client, done.id) if "valid_loss" in data}
    best, said = min(losses, key=lambda step: losses[step]), messages(client, done.id)
    assert best < max(losses) < 48
    assert any(line.startswith(f"The training ended early, at step {max(losses)} of 48") for line in said), said
    assert any(line.startswith(f"Validation was best at step {best} of 48; that state is the model") for line in said), said
    assert done.fine_tuned_model in [model.id for model in client.models.list()]
    saved = engine.home / "models" / done.id / "final"
    assert json.loads((saved / "about.json").read_text(encoding="utf-8"))["metrics"]["valid_loss"] == losses[best]
    assert answer(client, str(done.fine_tuned_model), prompt(marv_rows(1)[0]))


@pytest.mark.slow
def test_modules_that_the_model_does_not_have_are_refused_with_a_sentence(client: OpenAI) -> None:
    failed = train(client, marv_file(), {**QUICK, "lora_target_modules": ["no_such_module"]})
    assert failed.status == "failed" and failed.error is not None
    assert failed.error.code == "invalid_hyperparameter"
    assert failed.error.message.startswith("This model has no such lora_target_modules")
    assert "Traceback" not in failed.error.message


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"lora_rank": 8}, "Unrecognized hyperparameter supplied: lora_rank"),
        ({"lora_r": 0}, "Invalid 'lora_r': expected 'auto' or an integer between 1 and 256, but got 0 instead."),
        ({"beta": 0.2}, "Unrecognized hyperparameter supplied: beta"),
        ({"tuning": "qlora"}, "Invalid 'tuning'"),
    ],
)
def test_unknown_and_impossible_hyperparameters_are_refused_before_there_is_a_job(
    client: OpenAI, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        begin(client, marv_file(), asked)
    assert words in refused.value.message


def test_a_model_that_does_not_fit_is_refused_before_it_starts(
    client: OpenAI, engine: EngineProcess, tiny_llama: Path, tmp_path: Path
) -> None:
    giant = Path(shutil.copytree(tiny_llama, tmp_path / "giant"))
    config = json.loads((giant / "config.json").read_text(encoding="utf-8"))
    (giant / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 500, "hidden_size": 60_000}), encoding="utf-8")
    bring_in(client, giant, "giant")
    failed = train(client, marv_file(), QUICK, model="giant")
    assert failed.error is not None and failed.error.code == "model_too_large", failed.error
    assert "GB of memory and this machine has" in failed.error.message
    assert float(failed.error.message.split("about ")[1].split(" GB")[0]) > 800
    assert not metrics(client, failed.id)
    assert not (engine.home / "jobs" / failed.id / "lora").exists(), "no process was started"


@pytest.mark.slow
def test_an_idle_answering_process_ends_and_the_next_question_starts_it_again(library: Path, tmp_path: Path) -> None:
    with engine_on(tmp_path / "home", library, module="tests.lora.impatient_engine") as engine, client_of(engine) as client:
        said = answer(client, MODEL, prompt(ROWS[0]), max_tokens=5)
        (first,) = (process for process in processes(library, ANSWERER) if process.ppid() == engine.process.pid)
        until(lambda: not psutil.pid_exists(first.pid), 20, "the end of the answering process")
        assert answer(client, MODEL, prompt(ROWS[0]), max_tokens=5) == said


def test_a_tuned_model_says_which_base_it_misses_and_answers_again_when_it_is_back(
    client: OpenAI, engine: EngineProcess, tiny_llama: Path, tiny_qwen: Path, job: FineTuningJob
) -> None:
    tuned = str(job.fine_tuned_model)
    assert answer(client, tuned, prompt(ROWS[0])) == ROWS[0].answer
    assert answering(engine)
    client.delete(f"/tunesmith/bases/{MODEL}", cast_to=object)
    assert not answering(engine), "its memory is given back"
    with pytest.raises(openai.APIStatusError) as missing:
        answer(client, tuned, prompt(ROWS[0]))
    assert f"The base model {MODEL} is no longer on this machine." in missing.value.message
    assert not answering(engine)
    with pytest.raises(openai.NotFoundError):
        answer(client, MODEL, prompt(ROWS[0]))
    with pytest.raises(openai.BadRequestError, match="not available"):
        begin(client, marv_file(), QUICK)
    bring_in(client, tiny_qwen, MODEL)
    with pytest.raises(openai.APIStatusError, match="is another base model now than the one that this model was trained on"):
        answer(client, tuned, prompt(ROWS[0]))
    client.delete(f"/tunesmith/bases/{MODEL}", cast_to=object)
    bring_in(client, tiny_llama, MODEL)
    assert answer(client, tuned, prompt(ROWS[0])) == ROWS[0].answer


def answering(engine: EngineProcess) -> list[psutil.Process]:
    """The processes that answer with the tiny model of this engine (all weights that were tuned have a process of their own)."""
    folder = engine.home.parent / "bases" / MODEL
    found = [process for process in processes(folder, ANSWERER) if process.ppid() == engine.process.pid]
    return [process for process in found if str(folder) in process.cmdline()[process.cmdline().index("--base") + 1]]


def test_a_deleted_model_is_gone_with_its_checkpoints(client: OpenAI, job: FineTuningJob) -> None:
    model = str(job.fine_tuned_model)
    names = [model, *(checkpoint.fine_tuned_model_checkpoint for checkpoint in client.fine_tuning.jobs.checkpoints.list(job.id))]
    assert client.models.delete(model).deleted
    for name in names:
        with pytest.raises(openai.NotFoundError) as gone:
            client.chat.completions.create(model=name, messages=prompt(ROWS[0]))
        assert gone.value.code == "model_not_found"
    assert not set(names) & {one.id for one in client.models.list()}
    assert answer(client, MODEL, prompt(ROWS[0]), max_tokens=5)
