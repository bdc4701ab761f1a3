"""Start the real app as a process of its own, the way start.py does."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class App:
    """A running app; `kill` ends it as a crash would, `start` brings it back on the same port and home."""

    home: Path
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it says that it is healthy."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")} | {"TUNESMITH_HOME": str(self.home)}
        arguments = [
            "--server.address=127.0.0.1",
            f"--server.port={self.port}",
            "--server.headless=true",
            "--browser.gatherUsageStats=false",
            *self.options,
        ]
        with (self.home / "app.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *arguments], cwd=ROOT, env=env, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                    if answer.read() == b"ok":
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError("the app did not start:\n" + self.log())

    def log(self) -> str:
        return (self.home / "app.log").read_text(errors="replace")

    def kill(self) -> None:
        """End the app at once, as a crash would; the engine goes on."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    def engine(self) -> psutil.Process | None:
        """The engine process of this app's workspace, if it runs."""
        import json

        try:
            told = json.loads((self.home / "engine" / "engine.json").read_text())
            return psutil.Process(told["pid"])
        except (FileNotFoundError, psutil.NoSuchProcess):
            return None

    def stop(self) -> None:
        """End the app and the engine that it started."""
        from core.io.local_engine import stop_engine

        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        stop_engine(self.home)


@contextmanager
def running_app(home: Path, *options: str) -> Iterator[App]:
    """An app on a home of its own, ended at the end; `options` are further settings of Streamlit."""
    app = App(home, options=options)
    app.start()
    try:
        yield app
    finally:
        app.stop()
