"""The figures of an adapter's and of a preference training are the same on the page, in the events and in the result file."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.io.connections import connection
from core.io.local_models import local_models
from core.io.openai_calls import file_content, make_client
from core.io.workspace import Dataset, Workspace
from core.monitor.curve import METRICS
from core.monitor.result_file import read
from core.prepare.work import save
from core.train.start import start_training
from tests.lora.plans import marv_rows
from tests.lora.test_preference import saved as saved_pairs
from tests.lora.test_preference import until_over
from tests.lora.walking import MODEL, engine_on
from tests.pages.conftest import open_app, watchers_wait, ws
from tests.pages.on_screen import drawn
from tests.train.workbench import save_plan

__all__ = ["open_app", "watchers_wait", "ws"]

LOSSES = {"train_loss", "valid_loss", "full_valid_loss"}
SHARES = {"supervised": "accuracy", "dpo": "preferred"}


def now() -> datetime:
    return datetime.now(UTC)


def saved_answers(ws: Workspace) -> Dataset:
    """Marv's answers, read and saved as Prepare does it, with rows for validation."""
    lines = [{"prompt": f"{row.question} ({at})", "completion": f"{row.answer} ({at})"} for at, row in enumerate(marv_rows(10) * 6)]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    project = ws.create_project("Marv", now=now(), connection_id="this-machine")
    source = ws.put_file(data, "marv.jsonl", now=now()).sha256
    args = {"source": source, "name": "marv.jsonl", "draft": {}, "min_examples": 10, "project": project.id}
    return ws.dataset(save(ws, args, lambda done, total: None, clock=now)["dataset_id"])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["supervised", "dpo"])
def test_the_charts_the_events_and_the_result_file_tell_the_same(
    open_app: Callable[..., AppTest], ws: Workspace, own_home: Path, library: Path, method: str
) -> None:
    with engine_on(own_home, library) as engine:
        here = connection("this-machine", base_url=engine.base_url)
        dataset = saved_pairs(ws) if method == "dpo" else saved_answers(ws)
        asked = {"n_epochs": 3, "batch_size": 5, "learning_rate_multiplier": 40}
        with make_client(here, engine.token) as client:
            assert local_models(client).find(MODEL) is not None
            plan = save_plan(ws, dataset, here, base_model=MODEL, small=True, method=method, overrides=asked)
            record = until_over(ws, client, start_training(ws, client, plan, now=now()))
            assert record.snapshot is not None and record.snapshot.fine_tuned_model, record
            packed = file_content(client, record.snapshot.result_files[0])
        app = open_app("monitor", ws.project(dataset.project_id))
        assert not app.exception
        shown = LOSSES | {f"{side}_{SHARES[method]}" for side in ("train", "valid", "full_valid")}
        told = {
            event.data["step"]: {METRICS[name]: float(value) for name, value in event.data.items() if name in METRICS}
            for event in ws.events(record.id)
            if event.type == "metrics"
        }
        assert shown <= set().union(*told.values()), "each was really measured"
        for file in (read(packed), read(base64.b64decode(packed, validate=True))):
            assert {step: dict(row) for step, row in file.rows.items()} == told, "every figure, those of single tokens too"
        charted = {step: {name: value for name, value in row.items() if name in shown} for step, row in told.items()}
        assert drawn(app) == charted and len(charted) >= 12
