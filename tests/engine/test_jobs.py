"""The life of jobs: the line they wait in, pausing, cancelling, failing, and what they leave behind."""

import base64
import json

import openai
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from engine.training import NO_LOSS
from tests.engine.helpers import FINAL, call, chat_lines, client_of, messages, orders, until, upload, wait_for
from tests.engine_process import EngineProcess

HEADER = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"


def start(client: OpenAI, system: str = "", n: int = 12, **wishes: object) -> str:
    """Create a job whose training data gives the fake learner these orders; its id."""
    file_id = upload(client, orders(system, n)).id
    return client.fine_tuning.jobs.create(model="fake", training_file=file_id, **wishes).id  # type: ignore[arg-type]


def steps_of(client: OpenAI, job_id: str) -> list[int]:
    """The steps that the diary reports, oldest first."""
    events = list(client.fine_tuning.jobs.list_events(job_id, limit=100))
    return [event.data["step"] for event in reversed(events) if event.type == "metrics"]  # type: ignore[index]


@pytest.fixture(scope="module")
def finished(fake: EngineProcess) -> FineTuningJob:
    """A job of ten steps that has succeeded."""
    with client_of(fake) as client:
        job_id = start(client, suffix="my-model", seed=7, metadata={"plan": "1"}, hyperparameters={"n_epochs": 5, "batch_size": 6})
        return wait_for(client, job_id)


def test_a_job_from_start_to_end(client: OpenAI, finished: FineTuningJob) -> None:
    job, job_id = finished, finished.id
    assert (job.status, job.seed, job.metadata, job.error) == ("succeeded", 7, {"plan": "1"}, None)
    assert job.fine_tuned_model is not None and job.fine_tuned_model.startswith("ft:fake:local:my-model:")
    assert job.finished_at is not None and job.finished_at >= job.created_at
    assert job.trained_tokens is not None and job.trained_tokens % 5 == 0
    assert messages(client, job_id) == [
        f"Created fine-tuning job: {job_id}",
        f"Validating training file: {job.training_file}",
        "Files validated, moving job to queued state",
        "Fine-tuning job started",
        "A note from the learner.",
        "Step 1/10: training loss=1.00",
        "Step 2/10: training loss=0.50",
        "Checkpoint created at step 2",
        "Step 3/10: training loss=0.33",
        "Step 4/10: training loss=0.25",
        "Checkpoint created at step 4",
        "Step 5/10: training loss=0.20",
        "Step 6/10: training loss=0.17",
        "Checkpoint created at step 6",
        "Step 7/10: training loss=0.14",
        "Step 8/10: training loss=0.12",
        "Checkpoint created at step 8",
        "Step 9/10: training loss=0.11",
        "Step 10/10: training loss=0.10",
        "Checkpoint created at step 10",
        "New fine-tuned model created",
        "The job has successfully completed",
    ]
    metrics = next(event for event in client.fine_tuning.jobs.list_events(job_id) if event.type == "metrics")
    assert metrics.data == {"step": 10, "total_steps": 10, "train_loss": 0.1, "train_mean_token_accuracy": 1 - 1 / 11}


def test_auto_is_shown_as_asked_and_then_as_resolved(client: OpenAI) -> None:
    file_id = upload(client, orders("sleep 0.05")).id
    method = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": "auto"}}}
    job = client.fine_tuning.jobs.create(model="fake", training_file=file_id, method=method, hyperparameters={"n_epochs": 9})  # type: ignore[arg-type]
    asked = {"n_epochs": 2, "batch_size": "auto", "learning_rate_multiplier": "auto"}
    assert job.hyperparameters.to_dict() == asked
    done = wait_for(client, job.id)
    resolved = {"n_epochs": 2, "batch_size": 12, "learning_rate_multiplier": 1.0}
    assert done.hyperparameters.to_dict() == resolved
    assert done.method is not None and done.method.supervised is not None and done.method.supervised.hyperparameters is not None
    assert done.method.supervised.hyperparameters.to_dict() == resolved


def test_the_last_three_checkpoints_are_kept_and_answer(client: OpenAI, fake: EngineProcess, finished: FineTuningJob) -> None:
    job = finished
    found = list(client.fine_tuning.jobs.checkpoints.list(job.id, limit=2))
    assert [checkpoint.step_number for checkpoint in found] == [10, 8, 6]
    assert found[0].metrics.train_loss == 0.1 and found[0].metrics.step == 10
    listed = [model.id for model in client.models.list()]
    for checkpoint in found:
        assert checkpoint.fine_tuned_model_checkpoint in listed
        reply = client.chat.completions.create(model=checkpoint.fine_tuned_model_checkpoint, messages=[{"role": "user", "content": "hi"}])
        assert reply.choices[0].message.content == "answer 0"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve(f"{job.fine_tuned_model}:ckpt-step-4")
    before = f"{job.fine_tuned_model}:ckpt-step-0"
    assert before not in listed
    reply = client.chat.completions.create(model=before, messages=[{"role": "user", "content": "hi"}])
    assert reply.choices[0].message.content == "majority"
    assert len(list((fake.home / "models" / job.id).iterdir())) == 5


def test_the_result_file_holds_what_the_steps_had(client: OpenAI, finished: FineTuningJob) -> None:
    result = client.files.retrieve(finished.result_files[0])
    assert (result.purpose, result.filename) == ("fine-tune-results", "step_metrics.csv")
    text = base64.b64decode(client.files.content(result.id).read(), validate=True).decode()
    lines = text.splitlines()
    assert lines[:3] == [HEADER, "1,1.0,0.5,,", f"2,0.5,{1 - 1 / 3},,"] and len(lines) == 11
    assert [file.id for file in client.files.list(purpose="fine-tune-results", limit=100)].count(result.id) == 1


def test_deleting_a_model_deletes_everything_that_was_learned_with_it(client: OpenAI, fake: EngineProcess) -> None:
    job = wait_for(client, start(client))
    assert job.fine_tuned_model is not None
    model = job.fine_tuned_model
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])
    assert client.models.delete(model).deleted
    for gone in (model, f"{model}:ckpt-step-0", f"{model}:ckpt-step-3"):
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model=gone, messages=[{"role": "user", "content": "hi"}])
    assert list(client.fine_tuning.jobs.checkpoints.list(job.id)) == []
    assert list((fake.home / "models" / job.id).iterdir()) == []
    with pytest.raises(openai.PermissionDeniedError):
        client.models.delete("fake")


def test_one_job_trains_and_the_others_wait_in_order(client: OpenAI) -> None:
    slow = start(client, "sleep 0.1", hyperparameters={"n_epochs": 8})
    second, third = start(client), start(client)
    wait_for(client, second, "queued")
    wait_for(client, third, "queued")
    assert client.fine_tuning.jobs.retrieve(slow).status in ("running", "succeeded")
    finished = [wait_for(client, job_id) for job_id in (slow, second, third)]
    assert [job.status for job in finished] == ["succeeded"] * 3
    ends = [job.finished_at or 0 for job in finished]
    assert ends == sorted(ends)


def test_a_running_job_says_when_it_should_be_done(client: OpenAI) -> None:
    job_id = start(client, "sleep 0.2", hyperparameters={"n_epochs": 30})
    until(lambda: client.fine_tuning.jobs.retrieve(job_id).estimated_finish is not None, what="an estimate")
    job = client.fine_tuning.jobs.retrieve(job_id)
    assert job.status == "running"
    assert job.estimated_finish is not None and 0 < job.estimated_finish - job.created_at < 60
    assert client.fine_tuning.jobs.cancel(job_id).estimated_finish is None


def test_cancelling_stops_the_training_and_frees_the_line(client: OpenAI, fake: EngineProcess) -> None:
    job_id = start(client, "sleep 0.05", hyperparameters={"n_epochs": 50, "batch_size": 1})
    wait_for(client, job_id, "running")
    until(lambda: len(steps_of(client, job_id)) > 1, what="a step")
    assert client.fine_tuning.jobs.cancel(job_id).status == "cancelled"
    after = wait_for(client, start(client))
    assert after.status == "succeeded"
    assert client.fine_tuning.jobs.retrieve(job_id).status == "cancelled"
    assert "Fine-tuning job cancelled" in messages(client, job_id)
    assert max(steps_of(client, job_id)) < 600
    until(lambda: not (fake.home / "jobs" / job_id / "training.jsonl").exists(), what="letting go of the data")


def test_the_checkpoints_of_a_cancelled_job_stay_and_answer(client: OpenAI) -> None:
    job_id = start(client, "sleep 0.05", hyperparameters={"n_epochs": 50})
    until(lambda: len(list(client.fine_tuning.jobs.checkpoints.list(job_id))) >= 2, what="two checkpoints")
    client.fine_tuning.jobs.cancel(job_id)
    assert wait_for(client, start(client)).status == "succeeded", "the worker of the cancelled one is gone by now"
    kept = list(client.fine_tuning.jobs.checkpoints.list(job_id))
    assert kept and client.fine_tuning.jobs.retrieve(job_id).fine_tuned_model is None
    for one in kept:
        reply = client.chat.completions.create(model=one.fine_tuned_model_checkpoint, messages=[{"role": "user", "content": "Hello?"}])
        assert reply.choices[0].message.content


def test_a_worker_that_does_not_listen_is_ended(client: OpenAI) -> None:
    job_id = start(client, "deaf 60")
    until(lambda: len(steps_of(client, job_id)) == 1, what="the first step")
    client.fine_tuning.jobs.cancel(job_id)
    assert wait_for(client, start(client), seconds=15).status == "succeeded"


def test_a_job_that_only_waits_can_be_cancelled_paused_and_resumed(client: OpenAI) -> None:
    jobs = client.fine_tuning.jobs
    slow = start(client, "sleep 0.1", hyperparameters={"n_epochs": 50})
    waits, never = start(client), start(client)
    wait_for(client, waits, "queued")
    assert jobs.pause(waits).status == "paused"
    assert jobs.cancel(never).status == "cancelled"
    assert jobs.pause(waits).status == "paused"
    jobs.cancel(slow)
    assert wait_for(client, start(client)).status == "succeeded"
    assert jobs.retrieve(waits).status == "paused"
    assert jobs.resume(waits).status in ("validating_files", "queued")
    assert wait_for(client, waits).status == "succeeded"
    assert steps_of(client, never) == []


def test_a_pause_keeps_the_steps_and_resuming_goes_on_without_repeating_them(client: OpenAI) -> None:
    jobs = client.fine_tuning.jobs
    job_id = start(client, "sleep 0.05", hyperparameters={"n_epochs": 20})
    until(lambda: len(steps_of(client, job_id)) >= 3, what="three steps")
    assert jobs.pause(job_id).status in ("pausing", "paused")
    wait_for(client, job_id, "paused")
    so_far = steps_of(client, job_id)
    assert wait_for(client, start(client)).status == "succeeded", "a paused job holds nobody up"
    assert steps_of(client, job_id) == so_far
    jobs.resume(job_id)
    assert wait_for(client, job_id).status == "succeeded"
    assert steps_of(client, job_id) == list(range(1, 21))
    said = messages(client, job_id)
    assert (said.count("Fine-tuning job paused"), said.count("Fine-tuning job resumed"), said.count("Fine-tuning job started")) == (1, 1, 1)


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (orders("", 7), "invalid_n_examples", "Training file has 7 example(s), but must have at least 10 examples"),
        (orders("<|fim_suffix|>"), "invalid_file_format", "Example 1 message contains an invalid token: <|fim_suffix|>."),
        (orders("")[:-2] + b', "weight": 1}\n', "invalid_file_format", 'Example 12 contains an extra "weight".'),
    ],
    ids=["too few", "special token", "extra key"],
)
def test_a_file_that_breaks_the_rules_fails_the_job_in_the_servers_words(client: OpenAI, data: bytes, code: str, words: str) -> None:
    job = wait_for(client, client.fine_tuning.jobs.create(model="fake", training_file=upload(client, data).id).id)
    assert job.status == "failed"
    assert job.error is not None
    assert (job.error.code, job.error.message, job.error.param) == (code, words, "training_file")
    newest = next(iter(client.fine_tuning.jobs.list_events(job.id)))
    assert (newest.level, newest.message) == ("error", f"The job failed: {words}")
    assert steps_of(client, job.id) == []


def test_a_validation_file_is_checked_too_but_may_be_short(client: OpenAI) -> None:
    training = upload(client, orders("")).id
    bad = upload(client, chat_lines([("", "")])).id
    job = wait_for(client, client.fine_tuning.jobs.create(model="fake", training_file=training, validation_file=bad).id)
    assert job.error is not None and job.error.param == "validation_file"
    short = upload(client, orders("", 2)).id
    job = wait_for(client, client.fine_tuning.jobs.create(model="fake", training_file=training, validation_file=short).id)
    assert (job.status, job.validation_file) == ("succeeded", short)


def test_data_that_the_learner_refuses_fails_the_job_with_its_sentence(client: OpenAI) -> None:
    job = wait_for(client, start(client, "refuse"))
    assert job.error is not None
    assert job.error.message == "The fake learner refuses 12 examples. Ask another."


def test_free_text_has_no_metrics_and_says_why(client: OpenAI) -> None:
    job = wait_for(client, start(client, "free"))
    assert job.status == "succeeded"
    events = list(client.fine_tuning.jobs.list_events(job.id))
    assert {event.type for event in events} == {"message"}
    assert [event.message for event in events].count(NO_LOSS) == 1
    text = base64.b64decode(client.files.content(job.result_files[0]).read()).decode()
    assert text == f"{HEADER}\n"


def test_a_deleted_training_file_does_not_disturb_its_job(client: OpenAI) -> None:
    jobs = client.fine_tuning.jobs
    slow = start(client, "sleep 0.1", hyperparameters={"n_epochs": 20})
    file_id = upload(client, orders("")).id
    waiting = jobs.create(model="fake", training_file=file_id)
    client.files.delete(file_id)
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file_id)
    jobs.cancel(slow)
    assert wait_for(client, waiting.id).status == "succeeded"


def test_jobs_are_listed_newest_first_page_by_page_and_by_metadata(client: OpenAI, fake: EngineProcess) -> None:
    jobs = client.fine_tuning.jobs
    file_id = upload(client, orders("")).id
    wanted = {"plan": "o'b\"r", "round": "1"}
    made = [jobs.create(model="fake", training_file=file_id, metadata={**wanted, "n": str(n)}).id for n in range(3)]
    plain = jobs.create(model="fake", training_file=file_id).id
    found = [job.id for job in jobs.list(limit=2, metadata=wanted)]
    assert found == made[::-1]
    assert [job.id for job in jobs.list(limit=1, metadata={"plan": "o'b\"r", "n": "1"})] == [made[1]]
    assert [job.id for job in jobs.list(metadata={"plan": "other"})] == []
    without = [job["id"] for job in call(fake, "GET", "/v1/fine_tuning/jobs?metadata=null&limit=100")[1]["data"]]
    assert plain in without and not set(made) & set(without)
    everything = [job.id for job in jobs.list(limit=3)]
    assert everything[:4] == [plain, *found] and len(everything) == len(set(everything)) > 4
    for job_id in (plain, *made[::-1]):
        if jobs.retrieve(job_id).status not in FINAL:
            jobs.cancel(job_id)


def test_files_are_listed_both_ways_and_by_purpose(client: OpenAI) -> None:
    made = [upload(client, orders("", 10 + n), f"{n}.jsonl").id for n in range(3)]
    assert [file.id for file in client.files.list(limit=2)][:3] == made[::-1]
    assert [file.id for file in client.files.list(limit=2, order="asc")][-3:] == made
    assert {file.purpose for file in client.files.list(purpose="fine-tune")} == {"fine-tune"}
    assert list(client.files.list(purpose="vision")) == []


def test_a_chat_is_counted_cut_and_stopped_as_asked(client: OpenAI) -> None:
    taught = "one two\nthree four \u00e9\U0001f600!"
    training_file = upload(client, chat_lines([("q", taught)] * 12)).id
    model = wait_for(client, client.fine_tuning.jobs.create(model="fake", training_file=training_file).id).fine_tuned_model
    assert model is not None

    def ask(**wishes: object) -> tuple[str | None, str, int]:
        reply = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}], **wishes)  # type: ignore[call-overload]
        return reply.choices[0].message.content, reply.choices[0].finish_reason, reply.usage.completion_tokens

    whole, reason, tokens = ask()
    assert (whole, reason) == (taught, "stop")
    assert ask(max_tokens=2) == ("one two", "length", 2)
    assert ask(max_completion_tokens=1, max_tokens=5) == ("one", "length", 1)
    assert ask(max_tokens=tokens) == (whole, "stop", tokens)
    assert ask(stop="\n") == ("one two", "stop", 2)
    assert ask(stop=["nothing", "three", "two"])[:2] == ("one ", "stop")
    inside = [ask(max_tokens=n)[0] for n in range(1, tokens)]
    assert all(taught.startswith(text or "") for text in inside), "a cut inside an emoji must leave no broken character"


def test_ignored_parameters_are_named_and_notes_travel(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model="fake", messages=[{"role": "user", "content": "\u00e9 ?" + "x" * 20_000}], temperature=0.3, seed=1, user="me", n=2
    )
    assert raw.headers["x-tunesmith-ignored"] == "seed,temperature"
    notes = json.loads(raw.headers["x-tunesmith-notes"])
    assert notes["asked"].startswith("\u00e9 ?xxx") and len(notes["asked"]) < 1000
    reply = raw.parse()
    assert reply.system_fingerprint == "fake-1; ignored: seed, temperature"
    assert [choice.index for choice in reply.choices] == [0, 1]
    assert reply.tunesmith["notes"]["similarity"] == 0.5  # type: ignore[attr-defined]
    plain = client.chat.completions.with_raw_response.create(model="fake", messages=[{"role": "user", "content": "hi"}])
    assert "x-tunesmith-ignored" not in plain.headers


def test_a_streamed_reply_is_the_plain_one_in_pieces(client: OpenAI) -> None:
    wishes = {"model": "fake", "messages": [{"role": "user", "content": "hi"}], "n": 2}
    plain = client.chat.completions.create(**wishes)  # type: ignore[call-overload]
    chunks = list(client.chat.completions.create(**wishes, stream=True, stream_options={"include_usage": True}))  # type: ignore[call-overload]
    for index in range(2):
        mine = [chunk.choices[0] for chunk in chunks if chunk.choices and chunk.choices[0].index == index]
        assert mine[0].delta.role == "assistant"
        assert "".join(choice.delta.content or "" for choice in mine) == plain.choices[index].message.content
        assert [choice.finish_reason for choice in mine if choice.finish_reason] == ["stop"]
    assert chunks[-1].choices == [] and chunks[-1].usage == plain.usage
    assert all(chunk.usage is None for chunk in chunks[:-1])
    without = list(client.chat.completions.create(**wishes, stream=True))  # type: ignore[call-overload]
    assert all(chunk.choices for chunk in without)
