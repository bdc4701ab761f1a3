"""The figures of an engine's job are the same number for number: on the page, in the events, and in the result file, raw and base64."""

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.io.connections import connection
from core.io.local_engine import ensure_engine
from core.io.openai_calls import file_content, make_client
from core.io.workspace import Project, Workspace
from core.monitor.curve import METRICS
from core.monitor.result_file import read
from core.monitor.watch import look
from core.train.start import start_training
from tests.pages.on_screen import drawn
from tests.train.workbench import save_plan

ALL = {"train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "full_valid_loss", "full_valid_accuracy"}


def test_the_charts_the_events_and_the_result_file_tell_the_same(
    open_app: Callable[..., AppTest], bank: Project, ws: Workspace, own_home: Path
) -> None:
    address = ensure_engine(own_home)  # the one that the app will find
    here = connection("this-machine", base_url=address.base_url)
    with make_client(here, address.token) as client:
        now = datetime.now(UTC)
        assert bank.dataset_id is not None
        plan = save_plan(ws, ws.dataset(bank.dataset_id), here, base_model="recall", practice=True, overrides={"n_epochs": 4})
        record, end = start_training(ws, client, plan, now=now), time.monotonic() + 60
        while record.snapshot is None or not record.snapshot.status.is_terminal or record.error is not None:
            assert time.monotonic() < end, record
            time.sleep(0.3)
            record = look(ws, client, record, datetime.now(UTC))
        packed = file_content(client, record.snapshot.result_files[0])
    app = open_app("monitor", ws.project(bank.id))
    assert not app.exception
    screen = drawn(app)
    told = {
        event.data["step"]: {METRICS[name]: float(value) for name, value in event.data.items() if name in METRICS}
        for event in ws.events(record.id)
        if event.type == "metrics"
    }
    raw = base64.b64decode(packed, validate=True)
    assert set().union(*told.values()) == ALL, "each of the six was really measured"
    assert len(screen) >= 4
    for name, file in (("base64", read(packed)), ("raw", read(raw))):
        assert screen == told == {step: dict(row) for step, row in file.rows.items()}, name
    assert read(packed).encoded and not read(raw).encoded and read(raw).table == raw
