"""The training engine on this machine: found again where it runs, started where it does not, and never two for one workspace."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil
from filelock import FileLock, Timeout

from core.base.errors import N_, EngineError
from core.io.engine_record import Address, answers, engine_folder, is_ours, process_of, read_record

__all__ = ["Address", "KeepAlive", "engine_command", "ensure_engine", "find_engine", "stop_engine"]

ROOT = Path(__file__).resolve().parents[2]
LOG = "engine.log"
LOG_MAX_BYTES = 2**20
LOG_TAIL_BYTES = 4_000
POLL_S = 0.05
ALREADY_RUNNING = 3  # the engine's exit code where another one holds the home


def find_engine(home: Path) -> Address | None:
    """The engine of this workspace if it is alive and takes its token; a few milliseconds, and asking keeps it alive."""
    record = read_record(home)
    return record.address if record and process_of(record) and answers(record.address) else None


def engine_command(home: Path) -> list[str]:
    """What starts the engine of this workspace."""
    return [sys.executable, "-m", "engine", "--home", str(engine_folder(home))]


def ensure_engine(home: Path, *, timeout_s: float = 20.0, command: Sequence[str] | None = None) -> Address:
    """The engine of this workspace, started detached where there is none: it outlives this process.

    Any number of processes and threads may call at once. `command` stands in for `engine_command` in tests.
    Raises EngineError, with the end of the engine's log in its details, where none answers within `timeout_s`.
    """
    if found := find_engine(home):
        return found
    folder = engine_folder(home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout_s
    try:
        with FileLock(folder / "start.lock", timeout=timeout_s):
            return find_engine(home) or _start(home, list(command or engine_command(home)), deadline)
    except Timeout:
        raise EngineError(details=f"{folder / 'start.lock'} was held for {timeout_s:g} s") from None


def stop_engine(home: Path, *, timeout_s: float = 10.0) -> bool:
    """End the engine of this workspace; False where there is none, or none that is provably ours."""
    record = read_record(home)
    process = process_of(record) if record else None
    if record is None or process is None or not is_ours(record, process, home):
        return False
    try:
        process.terminate()
        process.wait(timeout_s)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(timeout_s)
    except psutil.NoSuchProcess:
        pass
    return True


class KeepAlive:
    """A daemon thread that looks at the workspace's engine now and then, so that it knows that the app is still there.

    It starts nothing: where the engine has ended, it waits until somebody starts it again.
    """

    def __init__(self, home: Path, *, every_s: float = 60.0) -> None:
        self._home = home
        self._every_s = every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine-keep-alive", daemon=True)

    def start(self) -> "KeepAlive":
        """Begin; the first look comes after one interval."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._every_s):
            find_engine(self._home)


def _start(home: Path, command: list[str], deadline: float) -> Address:
    """Start the engine and wait until it answers; the caller holds the lock."""
    log = engine_folder(home) / LOG
    with suppress(OSError):  # Windows keeps a file that another process holds open
        if log.stat().st_size > LOG_MAX_BYTES:
            log.unlink()
    with os.fdopen(os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "ab") as output:
        begin = output.tell()
        child = _spawn(command, output)
    while time.monotonic() < deadline:
        ended = child.poll()
        record = read_record(home)
        # after exit code 3 the engine that was there first is the one, even if the clock makes its record look like another process's
        if record and (process_of(record) or ended == ALREADY_RUNNING) and answers(record.address):
            return record.address
        if ended is not None and ended != ALREADY_RUNNING:
            raise EngineError(details=f"It ended with exit code {ended}.\n{_tail(log, begin)}".strip())
        time.sleep(POLL_S)
    if child.poll() is None:
        child.terminate()
    hint = N_("Another program may hold its files, or this machine is very busy. Try again in a minute.")
    raise EngineError(hint=hint, details=f"It did not answer in time.\n{_tail(log, begin)}".strip())


def _spawn(command: list[str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
    """Start a process that neither this one's end nor its terminal's takes down, and that holds none of its pipes.

    Its first line on stdout holds the token, so stdout goes nowhere: engine.json says the same under 0600.
    """
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=output,
        **options,
    )
    # waited for, so that an engine that ends before the app does leaves no zombie behind, which would look alive
    threading.Thread(target=child.wait, name="engine-reaper", daemon=True).start()
    return child


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without OpenAI's keys and settings, which the engine has no use for, and with the project's modules."""
    kept = {name: value for name, value in environ.items() if not name.startswith("OPENAI_")}
    paths = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}


def _tail(log: Path, begin: int) -> str:
    """The end of what this start wrote into the log."""
    try:
        with log.open("rb") as lines:
            lines.seek(max(begin, log.stat().st_size - LOG_TAIL_BYTES))
            return lines.read().decode("utf-8", errors="replace").strip()
    except OSError:
        return ""
