"""The process that does one task: python -m core.io.worker HOME TASK (`core.io.tasks` starts it)."""

import importlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
from filelock import FileLock

from core.base.errors import N_, TunesmithError, WorkspaceBusy
from core.io.tasks import KIND, TAIL
from core.io.workspace import Workspace, open_workspace
from core.io.workspace.database import to_json

Progress = Callable[[int, int], None]
Work = Callable[[Workspace, dict[str, Any], Progress], Any]

INLINE = 64 * 1024  # characters of a result that are kept in the row; more goes to a file
BEAT_S = 2.0
TELL_S = 0.25  # progress is written this often at most


def main(home: str, task_id: str) -> None:
    """Do one task of a workspace, when its turn has come."""
    with open_workspace(Path(home)) as ws, _heartbeat(ws, task_id):
        _make_way()
        with FileLock(ws.home / "tasks.lock", poll_interval=0.2):
            if not ws.begin_task(task_id, os.getpid(), _now()):
                return
            with _Outcome(ws, task_id):
                task = ws.task(task_id)
                result = find_work(task.kind)(ws, task.args, _teller(ws, task_id))
                text = to_json(result)
                large = len(text) > INLINE
                sha = ws.put_file(text.encode(), "result.json", now=_now()).sha256 if large else None
                ws.end_task(task_id, "done", _now(), pid=os.getpid(), result=None if large else result, result_sha=sha)


def find_work(kind: str) -> Work:
    """The function that `kind` names; raises ValueError unless a module of `core` defines it."""
    name, _, function = kind.partition(":")
    if not KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} does not name a function of this program's core")
    found = getattr(importlib.import_module(name), function, None)
    if not callable(found) or found.__module__ != name:
        raise ValueError(f"{name} defines no function {function}")
    work: Work = found
    return work


class _Outcome:
    """Whatever the work ends with becomes the task's last row: this is the edge of the process, beyond it nobody catches anything."""

    def __init__(self, ws: Workspace, task_id: str) -> None:
        self._ws, self._task_id = ws, task_id

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        if isinstance(error, TunesmithError):
            typed = error
        elif isinstance(error, MemoryError):
            typed = TunesmithError(N_("There was not enough memory for this work."), N_("Close other programs, or use a smaller file."))
        else:
            words = "".join(traceback.format_exception(error))[-TAIL:]
            typed = TunesmithError(N_("A fault in Tunesmith ended this work."), details=words)
        self._ws.end_task(self._task_id, "failed", _now(), pid=os.getpid(), error=typed)
        return True


def _teller(ws: Workspace, task_id: str) -> Progress:
    last = float("-inf")

    def tell(done: int, total: int) -> None:
        nonlocal last
        moment = time.monotonic()
        if done >= total or moment - last >= TELL_S:
            last = moment
            _beat(ws, task_id, done, total)

    return tell


@contextmanager
def _heartbeat(ws: Workspace, task_id: str) -> Iterator[None]:
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_S):
            _beat(ws, task_id)

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(ws: Workspace, task_id: str, done: int | None = None, total: int | None = None) -> None:
    with suppress(WorkspaceBusy):  # the next one will be written
        if not ws.beat_task(task_id, _now(), done, total):
            _leave()


def _leave() -> None:
    # over, cancelled, or deleted with its project: whatever is still going on here, nobody waits for it
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()
    os._exit(0)


def _make_way() -> None:
    # the pages come first: a click must not wait for a check of a large file
    process = psutil.Process()
    process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else max(10, process.nice()))


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main(*sys.argv[1:])
