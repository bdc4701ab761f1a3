"""A reader that could hang, die or fill the memory works in a process of its own; here are both ends of the talk with it.

The child reads the file from its standard input and writes JSON lines. One that dies, or takes too long, says that the file is damaged.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.base import errors
from core.base.errors import InputError, UnreadableFile

ROOT = Path(__file__).resolve().parents[2]


def ask(module: str, arguments: Sequence[str], data: bytes, seconds: float, damaged: str, again: str) -> list[Any]:
    """What the module says about this file. Raises what it raised, and UnreadableFile with these words where it died or took too long."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            input=data,
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, "RUST_BACKTRACE": "0"},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(damaged, again, details="it took too long") from None
    said = [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []
    if not said or said.pop() != {"end": True}:
        raise UnreadableFile(damaged, again, details=done.stderr[-500:].decode("utf-8", "replace"))
    if said and isinstance(said[-1], dict) and "error" in said[-1]:
        problem = said[-1]
        kind = getattr(errors, problem["error"], InputError)
        raise kind(problem["message"], problem["hint"], details=problem["details"], **problem["params"])
    return said


def answer(lines: Iterable[Any]) -> None:
    """In the child: say these lines, or what is wrong with the file, and that this is all."""
    try:
        for line in lines:
            _say(line)
    except InputError as error:
        _say(
            {"error": type(error).__name__, "message": error.message, "hint": error.hint, "details": error.details, "params": error.params}
        )
    _say({"end": True})


def bound_self(memory: int, seconds: int | None = None) -> None:
    """In the child: never more than these bytes of address space, and no longer at work (waiting for a busy machine is no work)."""
    with suppress(ImportError, ValueError, OSError):  # Windows has no such bound, and macOS may refuse it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if seconds is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _say(line: Any) -> None:
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
