"""A chat template that reads harmless may still compute for ever or fill the memory: a process of its own tries it on a few conversations.

Here is the end that starts it, watches it and ends it; `engine.lora.template_trial` is the other one.
"""

import json
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from typing import IO, Any

import psutil

from engine.apart import apart, environment
from engine.lora.refusals import Refused

TRIAL = "engine.lora.template_trial"
MEMORY = 768 * 2**20  # bytes; the process has taken 30 million when the trial begins, and real templates need little more
WORKING = 6.0  # seconds at work; the slowest of TRL's collection of 70 takes 0.1 for all conversations
WAITING = 45.0  # seconds in all, on a machine that is busy with other things
_LOOK_EVERY = 0.02
_OUT_OF_TIME = (-9, -24)  # SIGKILL and SIGXCPU: how RLIMIT_CPU ends a process


@lru_cache(maxsize=8)  # an import looks through a folder three times
def try_templates(sources: tuple[str, ...]) -> None:
    """Raise Refused where one of these takes too long, too much memory, or writes too much, or no conversation at all."""
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as told:  # not pipes: neither end waits for the other to read
        asked.write(json.dumps(sources).encode())
        asked.seek(0)
        line = [sys.executable, "-m", TRIAL, str(MEMORY), str(int(WORKING) + 2)]
        try:
            process = subprocess.Popen(line, env=environment(), stdin=asked, stdout=told, stderr=subprocess.DEVNULL, **apart())
        except OSError as error:  # no memory, no more processes
            raise Refused("fault", details=str(error)) from error
        try:
            problem = _watched(process)
        finally:
            process.kill()
            code = process.wait()
        found = _read(told)
    if problem or found is None:  # ended by us, by its own bound on its work, or for lack of memory
        raise Refused(problem or ("template_slow" if code in _OUT_OF_TIME else "template_large"), details=f"exit status {code}")
    if found:
        raise Refused(found["code"], details=found["problem"])


def _watched(process: "subprocess.Popen[bytes]") -> str:
    """Wait for its end; why it must be ended, where it takes too much (Windows and macOS put no bound on its memory)."""
    end = time.monotonic() + WAITING
    while process.poll() is None:
        memory, seconds = _taken(process.pid)
        if memory > MEMORY:
            return "template_large"
        if seconds > WORKING or time.monotonic() > end:
            return "template_slow"
        time.sleep(_LOOK_EVERY)
    return ""


def _taken(pid: int) -> tuple[int, float]:
    """Bytes of memory, and seconds at work."""
    try:
        child = psutil.Process(pid)
        used = child.cpu_times()
        return int(child.memory_info().rss), float(used.user + used.system)
    except psutil.Error:  # it has just ended
        return 0, 0.0


def _read(told: IO[bytes]) -> dict[str, Any] | None:
    """What the trial said: nothing amiss (empty), what is, or None where it said nothing."""
    told.seek(0)
    try:
        found = json.loads(told.read(100_000))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
