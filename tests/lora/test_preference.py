"""From a saved data set of pairs through the plan to a finished training by preference, on a real engine with the tiny model."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.base.remote import JobStatus
from core.base.types import Message
from core.io.connections import Connection, connection
from core.io.local_models import LocalBase, local_models
from core.io.openai_calls import Client, chat, make_client
from core.io.workspace import Dataset, JobRecord, Workspace, open_workspace
from core.monitor.curve import curve, preferred
from core.monitor.watch import look
from core.prepare.work import save
from core.train.method import offer
from core.train.start import start_training
from tests.engine_process import EngineProcess
from tests.lora.plans import marv_rows
from tests.lora.walking import MODEL, engine_on
from tests.train.workbench import save_plan

DULL = "I am happy to help you with that."
ASKED = {"n_epochs": 3, "batch_size": 5, "learning_rate_multiplier": 40, "beta": 0.2}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def engine(library: Path, tmp_path: Path) -> Iterator[EngineProcess]:
    with engine_on(tmp_path / "engine", library) as running:
        yield running


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path / "workspace") as opened:
        yield opened


def saved(ws: Workspace) -> Dataset:
    """Marv's answers before dull ones, read and saved as Prepare does it."""
    lines = [
        {"prompt": f"{row.question} ({at})", "chosen": row.answer, "rejected": f"{DULL} ({at})"} for at, row in enumerate(marv_rows(10) * 6)
    ]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    project = ws.create_project("Marv", now=now(), connection_id="this-machine")
    source = ws.put_file(data, "marv.jsonl", now=now()).sha256
    args = {"source": source, "name": "marv.jsonl", "draft": {}, "min_examples": 10, "project": project.id}
    return ws.dataset(save(ws, args, lambda done, total: None, clock=now)["dataset_id"])


def until_over(ws: Workspace, client: Client, record: JobRecord) -> JobRecord:
    end = time.monotonic() + 150
    while record.snapshot is None or not record.snapshot.status.is_terminal or record.error is not None:
        assert time.monotonic() < end, record
        time.sleep(0.2)
        record = look(ws, client, record, now())
    return record


def the_tiny(client: Client, here: Connection, dataset: Dataset) -> LocalBase:
    """The tiny model, which the engine says learns from pairs."""
    base = local_models(client).find(MODEL)
    assert base is not None
    assert offer(dataset, here, base.as_base()).methods == ("supervised", "dpo")
    return base


@pytest.mark.slow
def test_from_saved_pairs_to_a_model_that_prefers_the_better(ws: Workspace, engine: EngineProcess) -> None:
    here = connection("this-machine", base_url=engine.base_url)
    dataset = saved(ws)
    with make_client(here, engine.token) as client:
        base = the_tiny(client, here, dataset)
        plan = save_plan(ws, dataset, here, base_model=base.id, small=True, method="dpo", overrides=ASKED)
        record = start_training(ws, client, plan, now=now())
        assert record.state == "created", record
        assert start_training(ws, client, plan, now=now()).remote_id == record.remote_id, "one plan is one job"
        record = until_over(ws, client, record)
        job = record.snapshot
        assert job is not None and job.status is JobStatus.SUCCEEDED and job.fine_tuned_model, job
        assert job.method == "dpo" and {name: job.hyperparameters[name] for name in ASKED} == ASKED
        told = [event.data for event in ws.events(record.id) if event.type == "metrics"]
        assert told[0]["train_loss"] == pytest.approx(0.693, abs=1e-3), "nothing is preferred yet"
        assert told[-1]["train_loss"] < 0.5 and told[-1]["train_reward_accuracy"] == pytest.approx(1.0)
        assert told[-1]["full_valid_loss"] < 0.693, "pairs that it never read, too"
        assert curve(ws.events(record.id)).points("full_valid_loss")
        assert preferred(ws.events(record.id)) == pytest.approx(told[-1]["full_valid_reward_accuracy"])
        assert told[-1]["full_valid_reward_accuracy"] > 0.5
        asked = [Message("user", marv_rows(1)[0].question)]
        before, after = (chat(client, model, asked, temperature=0, max_tokens=20).text for model in (MODEL, job.fine_tuned_model))
        assert before != after
