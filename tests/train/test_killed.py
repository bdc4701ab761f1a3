"""The app is killed in the middle of a start: the next one finds out what became of it, and nothing is paid twice."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.io.openai_calls import Client
from core.io.workspace import Plan, Workspace
from core.train.reconcile import REMOTE, reconcile
from core.train.start import may_start, start_training
from tests.servers import FakeOpenAI, faults
from tests.train.workbench import NOW

ROOT = Path(__file__).resolve().parents[2]
SOON = NOW + timedelta(seconds=5)
LATER = NOW + timedelta(seconds=REMOTE.settle_s + 10)
APP = """
import sys
from pathlib import Path
from core.io.connections import connection
from core.io.openai_calls import make_client
from tests.train.workbench import NOW, make_workspace
from core.train.start import start_training

home, base_url, key, plan_id = sys.argv[1:]
with make_workspace(Path(home)) as ws, make_client(connection("custom", base_url=base_url), key) as client:
    print(start_training(ws, client, ws.plan(plan_id), now=NOW).state, flush=True)
"""


def start_app(ws: Workspace, server: FakeOpenAI, plan: Plan) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", APP, str(ws.home), server.base_url, server.key, plan.id]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("route", "fault", "found"),
    [
        ("POST /files", faults.slow(20), "absent"),
        ("POST /fine_tuning/jobs", faults.slow(20, acts=False), "uncertain"),
        ("POST /fine_tuning/jobs", faults.slow(20, acts=True), "created"),
    ],
    ids=["before the call", "during the call, not carried out", "during the call, carried out"],
)
def test_killed_in_the_middle(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan, route: str, fault: faults.Fault, found: str
) -> None:
    server.fail(route, fault)
    jobs = 1 if found == "created" else 0
    app = start_app(ws, server, plan)
    try:
        wait_for(lambda: server.seen(route))
        wait_for(lambda: len(server.jobs) == jobs)
        alive = ws.latest_attempt(plan.key)
        assert alive is not None and alive.state == "creating"
        if not jobs:
            # as long as it lives, nobody else touches its attempt, however long it takes
            assert reconcile(ws, client, alive, NOW + timedelta(minutes=10)).state == "creating"
    finally:
        app.kill()
        app.communicate()
    record = ws.latest_attempt(plan.key)
    assert record is not None and record.state == "creating"
    record = reconcile(ws, client, record, SOON)
    assert record.state == found
    if found == "uncertain":
        # the dead cannot send anything any more, but what was sent may still be under way
        assert not may_start(record)[0]
        record = reconcile(ws, client, record, LATER)
    if found == "created":
        assert record.remote_id in server.jobs
    else:
        assert record.state == "absent" and may_start(record)[0]
        server.heal()
        assert start_training(ws, client, plan, now=LATER).state == "created"
    assert len(server.jobs) == 1


def test_killed_after_the_answer(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    app = start_app(ws, server, plan)
    assert app.communicate(timeout=60)[0] == "created\n"
    assert start_training(ws, client, plan, now=LATER).state == "created"
    assert server.creates == 1


def test_three_apps_at_once_make_one_job(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    server.fail("POST /fine_tuning/jobs", faults.slow(0.5), always=True)
    apps = [start_app(ws, server, plan) for _ in range(3)]
    states = [app.communicate(timeout=60)[0].strip() for app in apps]
    assert all(app.returncode == 0 for app in apps)
    assert "created" in states and set(states) <= {"created", "creating"}
    assert server.creates == 1 and len(server.jobs) == 1
