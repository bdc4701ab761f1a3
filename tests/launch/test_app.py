"""The app gets a port of its own, says where it runs, opens a browser only where one is seen, and ends cleanly."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest

from launch import app
from launch.say import CannotStart, Progress
from tests.launch.conftest import ROOT, Project

# a test run in the background of a shell hands on SIGINT as ignored: a person's terminal does not
_WITH_CTRL_C = "import runpy, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv = sys.argv[1:]\n"
_START = _WITH_CTRL_C + "runpy.run_path(sys.argv[0], run_name='__main__')"


class Running:
    """A start.py that was started and is being read."""

    def __init__(self, argv: list[str], environ: dict[str, str], cwd: Path) -> None:
        self.process = subprocess.Popen(
            argv, env=environ, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(iter(self.process.stdout.readline, ""))

    @property
    def port(self) -> int:
        """The port of the address that it printed, waiting for that."""
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            if found := re.search(r"Tunesmith runs at http://127\.0\.0\.1:(\d+) \(Ctrl\+C ends it\)", "".join(self.said)):
                return int(found[1])
            assert self.process.poll() is None, "".join(self.said)
            time.sleep(0.05)
        raise AssertionError("no address: " + "".join(self.said))

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def launched(ready: Project) -> Iterator[Callable[..., Running]]:
    """Start the app of the small project: launched(*arguments, **environment)."""
    runs: list[Running] = []

    def launch(*arguments: str, **environ: str) -> Running:
        argv = [sys.executable, "-c", _START, str(ready.folder / "start.py"), *arguments]
        runs.append(Running(argv, ready.environ(**({"DISPLAY": "", "WAYLAND_DISPLAY": ""} | environ)), ready.folder.parent))
        return runs[-1]

    yield launch
    for run in runs:
        run.close()


@contextmanager
def held_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((app.HOST, 0))
        holder.listen()
        yield holder.getsockname()[1]


def free_port() -> int:
    with socket.socket() as holder:
        holder.bind((app.HOST, 0))
        return int(holder.getsockname()[1])


def ask(port: int) -> tuple[list[str], dict[str, str]]:
    connection = http.client.HTTPConnection(app.HOST, port, timeout=10)
    connection.request("GET", "/_stcore/health")
    first, options = json.loads(connection.getresponse().read())
    connection.close()
    return first, options


@pytest.mark.slow
def test_app_runs_on_loopback_without_telemetry_and_ends_with_ctrl_c(launched: Callable[..., Running]) -> None:
    port = free_port()
    run = launched("--port", str(port))
    assert run.port == port
    first, options = ask(port)
    assert first == ["run", "streamlit_app.py"]
    assert options["server.address"] == "127.0.0.1" and options["server.port"] == str(port)
    assert options["server.headless"] == "true" and options["browser.gatherUsageStats"] == "false"
    if os.name != "nt":  # there, Ctrl+C goes to the whole console, these tests included
        assert run.end(signal.SIGINT) == 0
        assert app.is_free(port), "the app still runs"
        run.close()
        assert "Ended; what you saved is kept" in "".join(run.said) and "Traceback" not in "".join(run.said)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_app_ends_with_its_starter(launched: Callable[..., Running]) -> None:
    run = launched("app", "--port", str(free_port()))
    port = run.port
    assert run.end(signal.SIGTERM) == 143
    assert app.is_free(port), "the app still runs"


@pytest.mark.slow
def test_two_apps_started_at_once_get_two_ports(launched: Callable[..., Running]) -> None:
    first, second = launched(), launched()
    assert first.port != second.port
    assert {ask(run.port)[1]["server.port"] for run in (first, second)} == {str(first.port), str(second.port)}
    assert "is taken; using" in "".join(first.said + second.said)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the display is a variable on Linux only")
@pytest.mark.parametrize(
    ("arguments", "display", "opens"),
    [([], ":99", True), ([], "", False), (["--no-browser"], ":99", False)],
    ids=["display", "none", "option"],
)
def test_browser_is_opened_only_where_one_is_seen(
    launched: Callable[..., Running], script: Callable[..., Path], tmp_path: Path, arguments: list[str], display: str, opens: bool
) -> None:
    note = tmp_path / "opened"
    browser = script("browser", f'echo "$1" > "{note}.part" && mv "{note}.part" "{note}"')
    run = launched("--port", str(free_port()), *arguments, DISPLAY=display, BROWSER=str(browser))
    port = run.port
    limit = time.monotonic() + (20 if opens else 1.5)
    while not note.exists() and time.monotonic() < limit:
        time.sleep(0.05)
    assert (note.read_text(encoding="utf-8").strip() if note.exists() else None) == (f"http://127.0.0.1:{port}" if opens else None)


@pytest.mark.slow
def test_app_that_dies_at_once_is_told_and_one_that_ends_later_hands_on_its_exit_code(
    launched: Callable[..., Running], ready: Project
) -> None:
    done = ready.start("--port", str(free_port()), FAKE_APP="dies")
    assert done.returncode == 1
    assert "no good" in done.stderr and "The app ended before it could answer" in done.stderr and "Traceback" not in done.stderr
    run = launched("--port", str(free_port()), FAKE_APP="ends")
    assert run.process.wait(60) == 7
    run.close()
    assert "The app ended by itself with exit code 7" in run.said[-1]


def test_port_that_is_taken_is_refused_before_anything_is_installed(bare: Project) -> None:
    with held_port() as port:
        done = bare.start("--port", str(port))
        other = bare.start(STREAMLIT_SERVER_PORT=str(port))
    for refused in (done, other):
        assert refused.returncode == 1
        assert refused.stderr == f"Port {port} is taken or not allowed: choose another one with --port, or none to get a free one.\n"
    assert not bare.venv.exists()


def test_port_of_the_environment_is_respected_and_a_wrong_one_is_told() -> None:
    port = free_port()
    assert app.wanted_port(None, {"STREAMLIT_SERVER_PORT": str(port)}) == port
    assert app.wanted_port(None, {}) is None
    for wrong in ("eighty", "0", "70000"):
        with pytest.raises(CannotStart, match=r"STREAMLIT_SERVER_PORT is .* which is no port"):
            app.wanted_port(None, {"STREAMLIT_SERVER_PORT": wrong})


def test_next_port_is_taken_where_the_usual_one_is_not_free() -> None:
    said = StringIO()
    with held_port() as port:
        chosen = app.next_free_port(Progress(said), usual=port)
        assert app.is_free(chosen) and port < chosen < port + 100
    assert f"Port {port} is taken; using {chosen}" in said.getvalue()


@pytest.mark.parametrize(
    ("platform", "environ", "seen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"SSH_CONNECTION": "a b c d"}, False),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "a b c d"}, False),
        ("win32", {}, True),
    ],
)
def test_display_is_told_from_the_system_and_its_variables(platform: str, environ: dict[str, str], seen: bool) -> None:
    assert app.has_display(platform, environ) is seen


def test_the_real_streamlit_takes_these_flags(tmp_path: Path) -> None:
    (tmp_path / "streamlit_app.py").write_text("import streamlit as st\nst.write('hello')\n", encoding="utf-8")
    code = _WITH_CTRL_C + (
        "from pathlib import Path; from launch import app; from launch.say import Progress\n"
        "sys.exit(app.serve(Path(sys.executable), Path(sys.argv[0]), int(sys.argv[1]), False, Progress(sys.stdout)))"
    )
    port = free_port()
    run = Running([sys.executable, "-c", code, str(tmp_path), str(port)], dict(os.environ) | {"PYTHONPATH": str(ROOT)}, tmp_path)
    try:
        assert run.port == port
        if os.name != "nt":
            assert run.end(signal.SIGINT) == 0
    finally:
        run.close()
    assert "You can now view" not in "".join(run.said), "one address is enough"
