"""Work that tests give to a worker process."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.base.errors import TooLarge
from core.io.workspace import Workspace

Progress = Callable[[int, int], None]


def count(ws: Workspace, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Count to n, a step each 20 ms, and say in which process."""
    for step in range(args["n"]):
        progress(step, args["n"])
        time.sleep(0.02)
    return {"counted": args["n"], "pid": os.getpid()}


def wait(ws: Workspace, args: dict[str, Any], progress: Progress) -> None:
    """Leave a note at each start, have a child, and wait to be ended."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    with Path(args["notes"]).open("a") as notes:
        notes.write(f"{os.getpid()} {child.pid}\n")
    progress(1, 2)
    time.sleep(120)


def overlap(ws: Workspace, args: dict[str, Any], progress: Progress) -> dict[str, float]:
    """When it began and when it ended."""
    begun = time.time()
    time.sleep(0.3)
    return {"begun": begun, "ended": time.time()}


def large(ws: Workspace, args: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """More than a row should hold."""
    return {"text": "é" * args["n"]}


def secrets(ws: Workspace, args: dict[str, Any], progress: Progress) -> list[list[str]]:
    """Everything that the environment tells this process."""
    print(os.environ)
    return sorted(map(list, os.environ.items()))


def too_large(ws: Workspace, args: dict[str, Any], progress: Progress) -> None:
    """Fail with a sentence for the user."""
    raise TooLarge("Row {row} is too long.", "Shorten it.", details="column 3", row=7)


def fault(ws: Workspace, args: dict[str, Any], progress: Progress) -> None:
    """Fail by a mistake of the program."""
    print("about to fail", file=sys.stderr)
    {}["nothing"]


def no_memory(ws: Workspace, args: dict[str, Any], progress: Progress) -> None:
    """Fail for want of memory."""
    raise MemoryError


def not_json(ws: Workspace, args: dict[str, Any], progress: Progress) -> object:
    """Return what no row can hold."""
    return object()


def crash(ws: Workspace, args: dict[str, Any], progress: Progress) -> None:
    """Die without a word to the workspace, as for want of memory a system makes a process die."""
    with Path(args["notes"]).open("a") as notes:
        notes.write("died\n")
    print("Out of memory", file=sys.stderr, flush=True)
    os._exit(137)
