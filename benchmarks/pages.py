"""How fast the pages are: the first paint of a fresh server, and a rerun of each page with a small and with a 50,000-row data set.

A rerun is timed from the request to the last message of its script, over a WebSocket as a browser opens it, without the drawing.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from benchmarks.made import questions
from tests.app_process import App, running_app
from tests.browser.conftest import chromium_path
from tests.browser.walk import Walk

ROWS = 50_000
REPEATS = 11
SCREENS = ("Prepare", "Estimate", "Train", "Monitor", "Playground", "Compare")


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure; the figures are seconds for `first_paint_s` (median of 5 fresh servers) and median milliseconds for the reruns."""
    rows = int(arguments[0]) if arguments else ROWS
    figures: dict[str, Any] = {"rows": rows}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        figures["first_paint_s"] = round(statistics.median(_first_paint(browser) for _ in range(5)), 2)
        for name, n in (("small", 300), ("large", rows)):
            with tempfile.TemporaryDirectory() as home, running_app(Path(home)) as app:
                page = browser.new_page()
                page.set_default_timeout(600_000)
                _walk(page, app, n)
                project = page.url.partition("project=")[2]
                page.close()
                for screen in SCREENS:
                    ms = _reruns(app, project, screen)
                    print(f"{name:>6} {screen:<11} rerun {ms:6.0f} ms", file=sys.stderr)
                    figures[f"{name}_{screen.lower()}_ms"] = round(ms)
        browser.close()
    figures["slowest_small_ms"] = max(v for k, v in figures.items() if k.startswith("small_"))
    figures["slowest_large_ms"] = max(v for k, v in figures.items() if k.startswith("large_"))
    return figures


def _first_paint(browser: Any) -> float:
    with tempfile.TemporaryDirectory() as home, running_app(Path(home)) as app:
        healthy = time.perf_counter()
        page = browser.new_page()
        page.goto(app.url)
        page.get_by_role("heading", name="Prepare").wait_for()
        painted = time.perf_counter() - healthy
        page.close()
    print(f"first paint {painted:.2f} s after the health check", file=sys.stderr)
    return painted


def _walk(page: Page, app: App, n: int) -> None:
    path = app.home / "made.csv"
    path.write_bytes(questions(n))
    page.goto(app.url)
    walk = Walk(page, patience_ms=600_000)
    walk.upload(path)
    walk.rest()


def _reruns(app: App, project: str, screen: str) -> float:
    """The median milliseconds from asking for a rerun of a screen to the last message of its script."""
    with connect(
        app.url.replace("http", "ws") + "/_stcore/stream", subprotocols=[Subprotocol("streamlit")], max_size=None, origin=Origin(app.url)
    ) as socket:
        state = ClientState(page_name=screen.lower(), query_string=f"project={project}")
        state.page_script_hash = _run(socket, state)
        times = []
        for _ in range(REPEATS):
            time.sleep(0.2)  # a reader looks before clicking again
            began = time.perf_counter()
            _run(socket, state)
            times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def _run(socket: ClientConnection, state: ClientState) -> str:
    socket.send(BackMsg(rerun_script=state).SerializeToString())
    page = ""
    while True:
        message = ForwardMsg()
        message.ParseFromString(cast(bytes, socket.recv(timeout=120)))
        if message.WhichOneof("type") == "new_session":
            page = message.new_session.page_script_hash
        # a screen that sends the visitor on ends one script and begins another
        if message.WhichOneof("type") == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return page
