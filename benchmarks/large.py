"""A chat file from the folder of this machine, end to end from Prepare to Estimate: `python -m benchmarks large [MB]`.

The pages run as scripts (AppTest), the work in its worker process, as in the app. `slowest_rerun_s` is how long any run of a page took
but the first visit to each: so long could a click have had to wait. `slowest_first_visit_s` is the longest of those, which import libraries
and start the engine, whatever the size of the file. `worker_mb` and `page_mb` are the most memory that the worker with its children and
this process held. 512 MB take minutes, most of them in Prepare, which checks every row; saving takes over what was found there.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest

from benchmarks._chats import write_chats

MB = 512
ROOT = Path(__file__).resolve().parents[1]
LOOK_S = 0.2


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure; sizes are in millions of bytes."""
    set_log_level("error")  # every run of a script outside a server is warned of
    size = int(arguments[0]) if arguments else MB
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
        lines = write_chats(Path(folder) / "chats.jsonl", size * 1_000_000)
        os.environ |= {"TUNESMITH_HOME": home, "TUNESMITH_FOLDER": folder}
        memory = _Memory()
        walk = _Walk(AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120))
        walk.run(first=True)
        walk.choose("folder_file_new", "chats.jsonl")
        walk.press("use_folder_new")
        walk.wait("copied", lambda app: bool(app.query_params.get("project")))
        walk.wait("prepared", lambda app: _has_button(app, "save"))
        walk.press("save")
        walk.wait("saved", lambda app: _has_button(app, "next_estimate"))
        walk.press("next_estimate", first=True)
        walk.wait("counted", lambda app: any("tokens together" in one.value for one in app.markdown))
        for screen in ("estimate", "train", "playground", "compare", "prepare"):
            walk.visit(screen)
        memory.stop()
        return {
            "mb": size,
            "chats": lines,
            **{f"{name}_s": round(seconds, 1) for name, seconds in walk.waited.items()},
            **{f"rerun_{name}_s": round(seconds, 2) for name, seconds in walk.visited.items()},
            "slowest_rerun_s": round(max(walk.reruns), 2),
            "slowest_first_visit_s": round(max(walk.first_visits), 2),
            "worker_mb": round(memory.worker / 1e6),
            "page_mb": round(memory.page / 1e6),
        }


class _Walk:
    """One visitor, with a watch."""

    def __init__(self, app: AppTest) -> None:
        self._app = app
        self.reruns: list[float] = []
        self.first_visits: list[float] = []
        self.waited: dict[str, float] = {}
        self._seen = {"prepare", "estimate"}  # which the walk has opened before it visits all of them
        self.visited: dict[str, float] = {}

    def run(self, *, first: bool = False) -> float:
        began = time.perf_counter()
        self._app.run()
        took = time.perf_counter() - began
        (self.first_visits if first else self.reruns).append(took)
        if self._app.exception:
            raise RuntimeError(self._app.exception[0].message)
        if self._app.error:
            raise RuntimeError(self._app.error[0].value)
        return took

    def choose(self, key: str, value: str) -> None:
        self._app.selectbox(key=key).set_value(value)
        self.run()

    def press(self, key: str, *, first: bool = False) -> None:
        self._app.button(key=key).click()
        self.run(first=first)

    def wait(self, name: str, reached: Callable[[AppTest], bool]) -> None:
        began = time.perf_counter()
        while not reached(self._app):
            time.sleep(0.5)  # as often as the app looks
            self.run()
        self.waited[name] = time.perf_counter() - began
        print(f"{name} after {self.waited[name]:.1f} s, slowest rerun so far {max(self.reruns):.2f} s", file=sys.stderr, flush=True)

    def visit(self, screen: str) -> None:
        project = self._app.query_params["project"]
        self._app.switch_page(f"pages/{screen}.py")
        self._app.query_params["project"] = project
        first = self.run(first=screen not in self._seen)
        self._seen.add(screen)
        self.visited[screen] = self.run()
        print(f"{screen}: {first:.2f} s, then {self.visited[screen]:.2f} s", file=sys.stderr, flush=True)


class _Memory:
    """The most memory of this process, and of those that it has started, while it is watched."""

    def __init__(self) -> None:
        self.page = self.worker = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._over.wait(LOOK_S):
            self.page = max(self.page, own.memory_info().rss)
            held = 0
            for one in own.children(recursive=True):
                try:
                    held += one.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.worker = max(self.worker, held)


def _has_button(app: AppTest, key: str) -> bool:
    return any(button.key == key for button in app.button)
