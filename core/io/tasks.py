"""Long CPU work in a process of its own (`core.io.worker`): started once, looked at by reading a row, cancelled by ending it."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from core.base.errors import N_, TunesmithError
from core.io.workspace import Task, Workspace

ROOT = Path(__file__).resolve().parents[2]
KIND = re.compile(r"core(\.[a-z][a-z0-9_]*)+:[a-z][a-z0-9_]*")
SECRET = re.compile(r"(^|_)(API)?(KEY|TOKEN|SECRET|PASSWORD)(_|$)")
ATTEMPTS = 2  # a worker that dies is replaced once: if the second dies too, it is the work that kills it
BORN = timedelta(seconds=20)  # within which a started process must have said its id
TAIL = 4000  # characters of a dead worker's last words


def start_task(ws: Workspace, kind: str, args: Mapping[str, Any], now: datetime, *, again: bool = False) -> Task:
    """Start `kind` ("core.<module>:<function>", called as f(ws, args, progress) -> JSON), or return the task that does this already.

    The same kind with the same arguments is the same task, also when it is done. One that failed or was cancelled is
    returned as it is, unless `again` is true.
    """
    if not KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} does not name a function of this program's core")
    task, is_new = ws.add_task(kind, args, now, again=again)
    if not is_new:
        return look_at_task(ws, task.id, now)
    _remove_old_logs(ws)
    return _spawn(ws, task, now)


def look_at_task(ws: Workspace, task_id: str, now: datetime) -> Task:
    """The task as it is now; a worker that died is noticed here, replaced once, and then the task has failed."""
    task = ws.task(task_id)
    if task.is_over or (now - task.heartbeat < BORN if task.pid is None else _process_of(task) is not None):
        return task
    words = _last_words(ws, task)
    error = TunesmithError(
        N_("This work stopped unexpectedly."),
        N_("Try again. If it stops again, the file may be too large for this machine's memory."),
        details=words,
    )
    task, mine = ws.bury_task(task, now, attempts=ATTEMPTS, error=error)
    if mine:
        return _spawn(ws, task, now)
    if task.is_over:
        _log(ws, task).unlink(missing_ok=True)
    return task


def task_result(ws: Workspace, task: Task) -> Any:
    """What a finished task returned, read from its file where it is large; None where it is not done."""
    return task.result if task.result_sha is None else json.loads(ws.read_file(task.result_sha))


def cancel_task(ws: Workspace, task_id: str, now: datetime) -> Task:
    """End a task and its process; one that is over stays as it is."""
    task = ws.task(task_id)
    if ws.end_task(task_id, "cancelled", now):
        process = _process_of(task)
        if process is not None:
            _end(process)
    return ws.task(task_id)


def _spawn(ws: Workspace, task: Task, now: datetime) -> Task:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    # keys and tokens of the environment are no business of a process that never calls anyone
    environ = {name: value for name, value in os.environ.items() if not SECRET.search(name.upper())}
    own_group: dict[str, Any] = {"start_new_session": True}  # so that Ctrl+C in the app's terminal does not end it halfway
    if sys.platform == "win32":
        own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    log = _log(ws, task)
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "core.io.worker", str(ws.home), task.id],
                cwd=ROOT,
                env={**environ, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **own_group,
            )
    except OSError as error:
        ws.end_task(
            task.id, "failed", now, error=TunesmithError(N_("This machine could not start the work in the background."), details=str(error))
        )
        return ws.task(task.id)
    ws.note_task_process(task.id, process.pid)
    # somebody must wait for a child, or it stays a zombie; the thread also keeps the Popen object, which complains when it is dropped early
    threading.Thread(target=_wait_for, args=(process, log), name=f"task {task.id}", daemon=True).start()
    return ws.task(task.id)


def _wait_for(process: "subprocess.Popen[bytes]", log: Path) -> None:
    status = process.wait()
    if status == 0:
        log.unlink(missing_ok=True)
    elif log.exists():
        with log.open("a", encoding="utf-8") as file:
            file.write(f"\nthe process ended with status {status}\n")


def _process_of(task: Task) -> psutil.Process | None:
    """The task's living process, or None: only a process whose command line names this task is it, whatever took over its number."""
    if task.pid is None:
        return None
    try:
        process = psutil.Process(task.pid)
        return process if task.id in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _end(process: psutil.Process) -> None:
    try:
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for member in family:
            with suppress(psutil.NoSuchProcess):
                end(member)
        _, family = psutil.wait_procs(family, timeout=3)


def _log(ws: Workspace, task: Task) -> Path:
    return ws.home / "tmp" / f"task-{task.id}.log"


def _last_words(ws: Workspace, task: Task) -> str:
    log = _log(ws, task)
    return log.read_text(encoding="utf-8", errors="replace")[-TAIL:].strip() if log.exists() else ""


def _remove_old_logs(ws: Workspace) -> None:
    alive = {_log(ws, task) for task in ws.tasks() if not task.is_over}
    for log in (ws.home / "tmp").glob("task-*.log"):
        if log not in alive:
            log.unlink(missing_ok=True)
