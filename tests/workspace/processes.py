"""Python snippets run as processes of their own against one workspace."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_HEAD = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from core.io.workspace import open_workspace
home, go = Path(sys.argv[1]), Path(sys.argv[2])
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
def wait():
    go.with_name(f"ready-{sys.argv[3]}").touch()
    while not go.exists():
        time.sleep(0.001)
"""


def start(home: Path, go: Path, number: int, code: str) -> "subprocess.Popen[str]":
    """Start a snippet, which knows `home`, `NOW` and `wait()`: it returns when the test says go."""
    command = [sys.executable, "-c", _HEAD + code, str(home), str(go), str(number)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def at_once(home: Path, folder: Path, code: str, n: int) -> list[str]:
    """What n processes print that do the same thing at the same moment; fails with their output if one of them does."""
    go = folder / "go"
    processes = [start(home, go, number, code) for number in range(n)]
    deadline = time.monotonic() + 60
    while len(list(folder.glob("ready-*"))) < n and all(process.poll() is None for process in processes) and time.monotonic() < deadline:
        time.sleep(0.01)
    go.touch()
    printed = []
    for process in processes:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        printed.append(output)
    return printed
