"""Starting the training script: alone, in several processes, or on the cluster that RAY_ADDRESS names.

Whoever holds the handle sees no difference: progress comes through the same file, and a stop goes through the same file.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from engine.apart import OFFLINE, apart, environment
from engine.lora.files import remove, write
from engine.lora.parent import OPTION
from engine.lora.plan import TrainPlan

SCRIPT = "engine.lora.train"
CLUSTER_VARIABLE = "RAY_ADDRESS"
PLAN, LOG, STOP = "plan.json", "train.log", "stop"
DONE, FAILED = 0, 3  # exit codes; with any other one the script died, and can be started again where it left off


class Running:
    """A training under way: one process, or one that has others under it."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: str, log: Path) -> None:
        self._process = process
        self._folder = folder
        self.log = log

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int | None:
        """Block until it has ended, or for so many seconds; its exit code, or None where it still runs."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._let_go()
        return code

    def stop(self) -> None:
        """Ask it to save a checkpoint and end, which it does after the step that it is at."""
        write(self._folder, STOP, b"stop\n")

    def kill(self) -> None:
        """End it and all processes under it, at once."""
        try:
            main = psutil.Process(self._process.pid)
            under = main.children(recursive=True)  # several processes have a session each: a signal to the group would miss them
        except psutil.NoSuchProcess:
            under = []
        self._process.kill()
        for process in under:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()
        self._let_go()

    def last_words(self) -> str:
        """The last line that it printed (of a traceback, the error), at most 300 characters."""
        try:
            lines = self.log.read_bytes()[-8192:].decode("utf-8", errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")

    def _let_go(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()


def launch(plan: TrainPlan, scratch: Path, *, script: str = SCRIPT, environ: Mapping[str, str] = os.environ) -> Running:
    """Start the training that `plan` settles, or go on with it; what it prints goes to a log in the folder `scratch`.

    It ends with the process that called this, however that one ends. `script` is the module that trains.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / PLAN).write_text(plan.to_json(), encoding="utf-8")
    remove(plan.folder, STOP)  # from a stop that was obeyed
    with (scratch / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *_program(plan, script, environ), "--plan", str(scratch / PLAN), OPTION],
            env=_environ(plan, environ),
            stdin=subprocess.PIPE,  # nothing is ever written: it closes when this process is gone
            stdout=log,
            stderr=log,
            **apart(),
        )
    return Running(process, plan.folder, scratch / LOG)


def _program(plan: TrainPlan, script: str, environ: Mapping[str, str]) -> list[str]:
    if environ.get(CLUSTER_VARIABLE):
        return ["engine.lora.cluster", "--script", script]
    if plan.processes > 1:
        return ["engine.lora.several", "--script", script]
    return [script]


def _environ(plan: TrainPlan, environ: Mapping[str, str]) -> dict[str, str]:
    """What the script finds in its environment: no token, no way to a hub, its share of the processor."""
    chosen = environment(environ) | OFFLINE | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_COLOR_PREFIX": "0"}
    cluster = environ.get(CLUSTER_VARIABLE, "")
    if cluster.startswith(("127.0.0.1:", "localhost:")):
        # Ray would look for it at this machine's outer address; so named for the systems on which that is its default
        chosen.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    if plan.processes > 1 and not cluster:
        chosen.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // plan.processes)))
    return chosen
