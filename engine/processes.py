"""Worker processes: starting one, and finding one again that an earlier engine started."""

import os
import subprocess
import sys
import threading
from typing import Any

import psutil
from filelock import Timeout

from engine.apart import apart, environment
from engine.store import Store
from engine.store.rows import StoredJob
from engine.worker import worker_lock

_LOG = "worker.log"
_LOOK_EVERY = 0.2  # seconds; only for workers that are no children of this engine, which nothing announces the end of


class Child:
    """A worker that this engine started."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def wait(self) -> int | None:
        """Block until it has ended; its exit status."""
        return self._process.wait()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


class Adopted:
    """A worker that an earlier engine started: alive for as long as it holds its lock."""

    def __init__(self, store: Store, job_id: str) -> None:
        self._store = store
        self._job_id = job_id
        self._given_up = threading.Event()

    @classmethod
    def find(cls, store: Store, job: StoredJob) -> "Adopted | None":
        """The worker that still works on this job, if there is one."""
        adopted = cls(store, job.id)
        return adopted if adopted.is_alive() else None

    def is_alive(self) -> bool:
        """Whether somebody holds the job's lock."""
        try:
            with worker_lock(self._store.jobs.folder(self._job_id)):
                return False
        except Timeout:
            return True

    def wait(self) -> int | None:
        """Block until it has ended; how, only its parent could know."""
        while self.is_alive() and not self._given_up.wait(_LOOK_EVERY):
            pass
        return None

    def terminate(self) -> None:
        """Ask it to end."""
        process = self._process()
        if process is not None:
            process.terminate()

    def kill(self) -> None:
        """End it, and wait for it no longer."""
        process = self._process()
        if process is not None:
            process.kill()
        self._given_up.set()

    def _process(self) -> Any:
        job = self._store.jobs.need(self._job_id)
        if job.worker_pid is None:
            return None
        try:
            process = psutil.Process(job.worker_pid)
            # the number may belong to another program by now; the time at which it started tells
            return process if process.create_time() == job.worker_started else None
        except psutil.NoSuchProcess:
            return None


def spawn_worker(store: Store, job: StoredJob, only_validate: bool, *, module: str = "engine.worker") -> Child:
    """Start a worker on a job; what it says goes into the job's log. `module` is the program that it runs."""
    command = [sys.executable, "-m", module, "--home", str(store.home), "--job", job.id]
    if only_validate:
        command.append("--only-validate")
    with (store.jobs.folder(job.id) / _LOG).open("wb") as log:
        # after a Ctrl-C the engine ends its workers itself
        process = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **apart())
    return Child(process)


def last_line(store: Store, job_id: str) -> str:
    """The last line of what a job's worker said (of a traceback, the error), at most 300 characters."""
    try:
        with (store.jobs.folder(job_id) / _LOG).open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 4096))
            lines = log.read().decode("utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
