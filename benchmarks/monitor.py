"""What open tabs of Monitor cost: the looks at the server for a running job, and a rerun of the page with a long diary.

A rerun is timed from the request to the last message of its script, over a WebSocket as a browser opens it, without the drawing. The
tabs draw their page anew whenever their timers fire, as those of a browser do, and the job's diary grows by an event a second. The
server is the tests' own on loopback.
"""

import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from core.base.remote import JobEvent
from core.io.openai_calls import make_client
from core.io.workspace import open_workspace
from core.monitor.watch import look
from core.train.start import start_training
from tests.app_process import App, running_app
from tests.servers import FakeOpenAI
from tests.train.workbench import fake_connection, save_dataset, save_plan

EVENTS = 50_000
TABS = 20
WATCHED_S = 30.0
REPEATS = 21
LOOK = "GET /fine_tuning/jobs/{id}"


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure: looks a second of all tabs together, and the median milliseconds of a rerun of one tab that is open alone."""
    events = int(arguments[0]) if arguments else EVENTS
    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        server = stack.enter_context(FakeOpenAI(key="none"))
        project, job = _running_job(Path(home), server, events)
        app = stack.enter_context(running_app(Path(home)))
        with _tab(app) as socket:
            state = _opened(socket, project)
            times = []
            for _ in range(REPEATS):
                time.sleep(0.3)  # a reader looks before clicking again
                began = time.perf_counter()
                _rerun(socket, state)
                times.append(1000 * (time.perf_counter() - began))
        print(f"rerun {min(times):.0f} to {max(times):.0f} ms", file=sys.stderr)
        over = threading.Event()
        stack.callback(over.set)
        threading.Thread(target=_grow, args=(server, job, events, over), daemon=True).start()
        looks_per_s = _watched(app, server, project)
    return {
        "events": events,
        "tabs": TABS,
        "looks_per_s": round(looks_per_s, 2),
        "rerun_ms": round(statistics.median(times), 1),
        "rerun_max_ms": round(max(times), 1),
    }


def _running_job(home: Path, server: FakeOpenAI, events: int) -> tuple[str, str]:
    """A running job of a workspace with a diary of so many steps; the project's id and the server's name for the job."""
    ws, where = open_workspace(home), fake_connection(server)
    began = datetime.now(UTC) - timedelta(seconds=10)
    project = ws.create_project("Cases", now=began, connection_id=where.id)
    dataset = save_dataset(ws, project.id)
    ws.set_setting(f"address {where.origin}", where.base_url)
    ws.update_project(project.id, began, dataset_id=dataset.id, base_url=where.base_url)
    with make_client(where, server.key) as client:
        record = start_training(ws, client, save_plan(ws, dataset, where), now=began)
        job = str(record.remote_id)
        server.set_job(job, status="running")
        look(ws, client, record, began + timedelta(seconds=3))
    ws.add_events(record.id, [_step(step, events, began) for step in range(1, events + 1)])
    ws.close()
    return project.id, job


def _figures(step: int, total: int) -> dict[str, float]:
    told = {"step": step, "total_steps": 2 * total, "train_loss": 0.4 + 2 * 0.9998**step, "train_mean_token_accuracy": 1 - 0.9999**step}
    return told | ({"valid_loss": 0.6 + 2 * 0.9998**step, "valid_mean_token_accuracy": 1 - 0.9999**step} if step % 10 == 0 else {})


def _step(step: int, total: int, began: datetime) -> JobEvent:
    at = began - timedelta(seconds=total - step)
    return JobEvent(f"ftevent-past-{step}", at, "info", "metrics", f"Step {step}/{2 * total}: training loss=1.00", _figures(step, total))


def _grow(server: FakeOpenAI, job: str, events: int, over: threading.Event) -> None:
    step = events
    while not over.wait(1.0):
        step += 1
        server.add_event(job, f"Step {step}/{2 * events}", data=_figures(step, events))


def _tab(app: App) -> ClientConnection:
    stream = app.url.replace("http", "ws") + "/_stcore/stream"
    return connect(stream, subprotocols=[Subprotocol("streamlit")], max_size=None, origin=Origin(app.url))


def _opened(socket: ClientConnection, project: str) -> ClientState:
    """What the browser tells of a tab that has opened Monitor and stays there."""
    state = ClientState(page_name="monitor", query_string=f"project={project}")
    state.page_script_hash = _rerun(socket, state)[0]
    return state


def _rerun(socket: ClientConnection, state: ClientState) -> tuple[str, dict[str, float]]:
    """Run the page once and wait for its end: its hash, and the fragments that it wants run by a timer, with their seconds."""
    socket.send(BackMsg(rerun_script=state).SerializeToString())
    page = ""
    timers: dict[str, float] = {}
    while True:
        message = ForwardMsg()
        message.ParseFromString(cast(bytes, socket.recv(timeout=120)))
        kind = message.WhichOneof("type")
        if kind == "new_session":
            page = message.new_session.page_script_hash
        elif kind == "auto_rerun":
            timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return page, timers


def _watched(app: App, server: FakeOpenAI, project: str) -> float:
    """The looks a second that all tabs cost while they are open, from the first second after the last of them has opened."""
    ready, counted = threading.Barrier(TABS + 1), threading.Event()

    def tab(_: int) -> int:
        with _tab(app) as socket:
            state = _opened(socket, project)
            timers = _rerun(socket, state)[1]
            ready.wait(120)
            due = {fragment: time.monotonic() + seconds for fragment, seconds in timers.items()}
            runs = 0
            while not counted.is_set():
                fragment = min(due, key=due.__getitem__)
                time.sleep(max(0.0, due[fragment] - time.monotonic()))
                state.fragment_id, state.is_auto_rerun = fragment, True
                _rerun(socket, state)
                due[fragment] = time.monotonic() + timers[fragment]
                runs += 1
            return runs

    with ThreadPoolExecutor(TABS) as tabs:
        open_tabs = [tabs.submit(tab, nth) for nth in range(TABS)]
        ready.wait(120)
        before, began = len(server.seen(LOOK)), time.monotonic()
        time.sleep(WATCHED_S)
        looks, took = len(server.seen(LOOK)) - before, time.monotonic() - began
        counted.set()
        runs = sum(one.result(60) for one in open_tabs)
    print(f"{looks} looks and {runs} runs of {TABS} tabs in {took:.0f} s", file=sys.stderr)
    if not looks:
        raise RuntimeError("no tab has looked at the job: the page does not watch it")
    return looks / took
