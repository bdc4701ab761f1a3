"""Starting a real engine for a test: `python -m engine` as a child process, ended by its handle."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
TOKEN_VARIABLE = "TUNESMITH_ENGINE_TOKEN"


@dataclass(frozen=True)
class EngineProcess:
    """An engine that answers at `base_url`; `log` is the file that its stderr goes to."""

    base_url: str
    token: str
    process: "subprocess.Popen[str]"
    home: Path
    log: Path

    @property
    def root(self) -> str:
        """The address without the /v1."""
        return self.base_url.removesuffix("/v1")


def command(
    home: Path, *, module: str = "engine", port: int = 0, idle_seconds: float = 3600, max_upload_mb: int | None = None
) -> list[str]:
    """The command line of an engine on `home`."""
    line = [sys.executable, "-m", module, "--home", str(home), "--port", str(port), "--idle-seconds", str(idle_seconds)]
    return line if max_upload_mb is None else [*line, "--max-upload-mb", str(max_upload_mb)]


def environment(token: str | None = None, **more: str) -> dict[str, str]:
    """The environment without anything that would change what an engine does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TUNESMITH_", "OPENAI_"))}
    return {**kept, **({TOKEN_VARIABLE: token} if token else {}), **more}


def first_line(process: "subprocess.Popen[str]", seconds: float) -> str:
    """The first line on stdout, or an empty string where none came in time."""
    assert process.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    reader.join(seconds)
    return lines[0] if lines else ""


@contextmanager
def start_engine(
    home: Path,
    *,
    module: str = "engine",
    port: int = 0,
    token: str | None = None,
    idle_seconds: float = 3600,
    max_upload_mb: int | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = 30,
) -> Iterator[EngineProcess]:
    """Run an engine on `home` until the block ends; with a `token` of the test's choice, or the engine's own."""
    line: Sequence[str] = command(home, module=module, port=port, idle_seconds=idle_seconds, max_upload_mb=max_upload_mb)
    home.parent.mkdir(parents=True, exist_ok=True)
    log = home.parent / f"{home.name}.stderr"
    with log.open("a", encoding="utf-8") as stderr:
        process = subprocess.Popen(
            line,
            cwd=PROJECT,
            env=environment(token, **(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        ready = first_line(process, seconds)
        if not ready:
            raise RuntimeError(f"The engine did not start (exit status {process.poll()}): {log.read_text(encoding='utf-8')}")
        told = json.loads(ready)
        yield EngineProcess(told["base_url"], told["token"], process, home, log)
    finally:
        stop(process)


def stop(process: "subprocess.Popen[str]", seconds: float = 15) -> None:
    """End a process in good order, or else at once."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
