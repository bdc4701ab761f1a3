"""Running another program while telling how far it is."""

import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

TICK_S = 0.5


def clean_environ(**more: str) -> dict[str, str]:
    """The caller's environment without what would make another Python look for its library in the wrong place."""
    unwanted = {"PYTHONHOME", "__PYVENV_LAUNCHER__"}
    return {name: value for name, value in os.environ.items() if name not in unwanted} | more


def watch(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    environ: dict[str, str] | None = None,
    line: Callable[[str], None] = lambda text: None,
    tick: Callable[[], None] = lambda: None,
    limit: float | None = None,
) -> tuple[int, list[str]]:
    """Run a program to its end; returns its exit code and the lines that it printed, errors included.

    `line` gets each line as it comes, `tick` is called about twice a second. After `limit` seconds the program is ended and
    subprocess.TimeoutExpired raised; a program that isn't there raises OSError.
    """
    began = time.monotonic()
    lines: list[str] = []
    arrived: queue.Queue[str | None] = queue.Queue()
    process = subprocess.Popen(
        [str(part) for part in argv],
        cwd=cwd,
        env=clean_environ() if environ is None else environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    reader = threading.Thread(target=_pass_on, args=(process.stdout, arrived), daemon=True)
    reader.start()
    try:
        while True:
            try:
                text = arrived.get(timeout=TICK_S)
            except queue.Empty:
                text = ""
            if text is None:
                return process.wait(), lines
            if text:
                lines.append(text)
                line(text)
            tick()
            if limit is not None and time.monotonic() - began > limit:
                raise subprocess.TimeoutExpired(list(map(str, argv)), limit)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        reader.join(TICK_S)
        if not reader.is_alive():  # a grandchild may still hold the pipe, and closing it under the reader would block
            process.stdout.close()


def _pass_on(stream: IO[str], arrived: queue.Queue[str | None]) -> None:
    for text in stream:
        arrived.put(text.rstrip())
    arrived.put(None)
