"""The whole way on the engine of this machine: start, watch, compare, with real figures."""

import base64
import csv
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.base.leakage import seen_in_training
from core.base.remote import JobStatus
from core.compare.batch_runner import BatchRunner
from core.compare.outcome import Answered, outcome
from core.compare.rows import examples_of, shape_of
from core.compare.run import Candidate, start
from core.compare.runner import Runner
from core.io.connections import Connection, connection
from core.io.openai_calls import Client, file_content, make_client
from core.io.workspace import JobRecord, Plan, Workspace
from core.monitor.curve import curve, progress
from core.monitor.verdict import verdict
from core.monitor.watch import cancel, look
from core.playground.chat import Conversation, Settings, ask
from core.train.start import next_attempt, start_training
from tests.train.workbench import save_bank, save_plan


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def here(engine_server: Any) -> Connection:
    return connection("this-machine", base_url=engine_server.base_url)


@pytest.fixture
def engine(engine_server: Any, here: Connection) -> Iterator[Client]:
    with make_client(here, engine_server.token) as client:
        yield client


def plan_here(ws: Workspace, here: Connection, suffix: str, **changes: Any) -> Plan:
    project = ws.create_project("Cases", now=now())
    dataset = save_bank(ws, project.id)
    return save_plan(ws, dataset, here, base_model="recall", practice=True, suffix=suffix, **changes)


def until_over(ws: Workspace, client: Client, record: JobRecord) -> JobRecord:
    end = time.monotonic() + 60
    while record.snapshot is None or not record.snapshot.status.is_terminal or record.error is not None:
        assert time.monotonic() < end, record
        time.sleep(0.2)
        record = look(ws, client, record, now())
    return record


def test_from_a_plan_to_a_headline(ws: Workspace, engine: Client, here: Connection) -> None:
    plan = plan_here(ws, here, "walk")
    record = start_training(ws, engine, plan, now=now())
    assert record.state == "created" and record.origin == "this-machine"
    record = until_over(ws, engine, record)
    job = record.snapshot
    assert job is not None and job.status is JobStatus.SUCCEEDED and job.fine_tuned_model

    drawn = curve(ws.events(record.id))
    assert {"train_loss", "train_accuracy"} <= set(drawn.metrics) and drawn.last_step == drawn.total_steps
    assert progress(job, ws.events(record.id), now()).share == 1.0 and verdict(drawn)
    # the figures on screen are those of the result file, number for number
    raw = file_content(engine, job.result_files[0])
    text = (raw if raw.startswith(b"step") else base64.b64decode(raw)).decode()
    rows = list(csv.DictReader(text.splitlines()))
    told = [(int(row["step"]), float(row["train_loss"])) for row in rows if row["train_loss"]]
    assert told == [(step, pytest.approx(value)) for step, value in drawn.points("train_loss")]

    base = here.base_models[0]
    dataset = ws.dataset(plan.dataset_id)
    test = examples_of(ws, dataset, "test")
    seen = seen_in_training(test, examples_of(ws, dataset, "train"))
    sides = (
        Candidate("base", "Before", here.id, here.origin, base.before_of(job.fine_tuned_model)),
        Candidate("tuned", "After", here.id, here.origin, job.fine_tuned_model),
    )
    runs = [start(ws, plan.project_id, side, test, now=now(), dataset_id=dataset.id) for side in sides]
    for run in runs:
        runner = Runner(ws, run, engine).start()
        assert runner.join(60) and runner.problem is None
    before, after = (Answered(side, ws.predictions(run.id), total=run.total) for side, run in zip(sides, runs, strict=True))
    assert len({p.answer for p in before.predictions}) == 1  # the untaught practice model knows the most frequent answer alone
    made = outcome((before, replace(after, seen=seen)), shape_of(dataset), practice=True)
    assert made.total == len(test) and made.headline.verdict.code == "better"
    assert made.headline.scores is not None and made.headline.scores[1].low > made.headline.scores[0].high
    clean = made.scores[sides[1].id].clean
    assert [field.name for field in clean.fields] == ["Top Category", "Sub Category"] and clean.invalid == 0
    assert clean.failed == made.scores[sides[1].id].seen.failed == 0

    with ask(engine, job.fine_tuned_model, Conversation().asked(test[0].question), Settings()) as stream:
        assert "".join(stream) == after.predictions[0].answer  # streamed and whole agree


def test_train_again_and_cancel(ws: Workspace, engine: Client, here: Connection) -> None:
    plan = plan_here(ws, here, "again", overrides={"n_epochs": 50, "batch_size": 1})
    first = start_training(ws, engine, plan, now=now())
    assert start_training(ws, engine, plan, now=now()).remote_id == first.remote_id
    second = start_training(ws, engine, plan, now=now(), attempt=next_attempt(first))
    assert second.remote_id != first.remote_id
    second = until_over(ws, engine, cancel(ws, engine, second, now()))
    assert second.snapshot is not None and second.snapshot.status in (JobStatus.CANCELLED, JobStatus.SUCCEEDED)
    first = until_over(ws, engine, cancel(ws, engine, first, now()))
    assert first.snapshot is not None and first.snapshot.status in (JobStatus.CANCELLED, JobStatus.SUCCEEDED)
    assert ws.events(first.id)


def test_a_run_by_batch_brings_the_answers_that_it_would_bring_row_by_row(ws: Workspace, engine: Client, here: Connection) -> None:
    project = ws.create_project("Cases", now=now())
    rows = examples_of(ws, save_bank(ws, project.id), "test")[:12]
    # the base model has been taught nothing, which is an answer as well; the limit makes the two another run
    asked = [Candidate("base", "Before", here.id, here.origin, "recall", {"temperature": 0, "max_tokens": most}) for most in (50, 60)]
    one_by_one, batch = (start(ws, project.id, one, rows, now=now()) for one in asked)
    assert Runner(ws, one_by_one, engine).start().join(60)
    follower = BatchRunner(ws, batch, engine).start(ordering=True)
    assert follower.join(60) and follower.problem is None
    record = ws.batch_of(batch.id)
    assert record is not None and (record.state, record.status, record.done) == ("over", "completed", 12)
    assert [one.answer for one in ws.predictions(batch.id)] == [one.answer for one in ws.predictions(one_by_one.id)]
