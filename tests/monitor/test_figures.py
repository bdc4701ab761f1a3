"""The figures of a job are one and the same number for number: in the events, on screen and in the result file, raw or base64."""

import base64
import csv
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.io.connections import Connection, connection
from core.io.openai_calls import Client, file_content, make_client
from core.io.workspace import JobRecord, Workspace
from core.monitor.advice import facts_of
from core.monitor.curve import COLUMNS, METRICS
from core.monitor.story import Story
from core.monitor.watch import look
from core.train.start import start_training
from tests.train.workbench import save_bank, save_dataset, save_plan


@pytest.fixture
def here(engine_server: Any) -> Connection:
    return connection("this-machine", base_url=engine_server.base_url)


@pytest.fixture
def engine(engine_server: Any, here: Connection) -> Iterator[Client]:
    with make_client(here, engine_server.token) as client:
        yield client


@pytest.fixture(params=["labels, checked", "two fields, unchecked"])
def done(ws: Workspace, engine: Client, here: Connection, request: pytest.FixtureRequest) -> JobRecord:
    """A real practice run that has ended, with all of its diary here: one of three readings, and one of thirty steps."""
    now = datetime.now(UTC)
    project = ws.create_project("Cases", now=now)
    checked = "unchecked" not in request.param
    dataset = save_dataset(ws, project.id, n_train=60) if checked else save_bank(ws, project.id)
    plan = save_plan(ws, dataset, here, base_model="recall", practice=True, suffix="figures")
    record, end = start_training(ws, engine, plan, now=now), time.monotonic() + 60
    while record.snapshot is None or not record.snapshot.status.is_terminal or record.error is not None:
        assert time.monotonic() < end, record
        time.sleep(0.3)
        record = look(ws, engine, record, datetime.now(UTC))
    return record


def by_step(rows: list[dict[str, Any]]) -> dict[int, dict[str, float]]:
    return {int(row["step"]): {METRICS[name]: float(value) for name, value in row.items() if name in METRICS} for row in rows}


def test_screen_events_and_result_file_agree_number_for_number(ws: Workspace, engine: Client, done: JobRecord) -> None:
    job, events = done.snapshot, ws.events(done.id)
    assert job is not None
    story, checkpoints = Story().catch_up(ws, done.id), ws.checkpoints(done.id)
    drawn = story.curve(checkpoints)
    frame = drawn.frame.to_dict("records")
    screen = {row["step"]: {name: row[name] for name in COLUMNS if name in row and row[name] == row[name]} for row in frame}
    told = by_step([dict(event.data) for event in events if event.type == "metrics"])
    content = file_content(engine, job.result_files[0])
    assert not content.startswith(b"step"), "the engine's file is base64, as OpenAI's are"
    raw = base64.b64decode(content, validate=True)
    assert raw.startswith(b"step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"), "and raw it is the CSV of Azure's"
    file = by_step([{k: v for k, v in row.items() if v != ""} for row in csv.DictReader(raw.decode().splitlines())])
    assert len(screen) >= 3 and {"train_loss", "train_accuracy"} <= set().union(*screen.values())
    assert bool(job.validation_file) == any("valid_loss" in row and "valid_accuracy" in row for row in screen.values())
    assert screen == told == file
    assert {one.step: one.metrics["train_loss"] for one in checkpoints}.items() <= {s: r["train_loss"] for s, r in screen.items()}.items()
    assert story.verdict(drawn, facts_of(job, drawn, checkpoints, job.method)), "a real run gets its words"
