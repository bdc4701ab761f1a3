"""A process that must not outlive the one that started it."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

OPTION = "--watch-stdin"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """On Linux, ask for a kill when the thread that started this process ends; elsewhere its closed standard input has to do."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended in between
        os._exit(1)


def end_with_stdin(first: Callable[[], None] = lambda: None) -> None:
    """From now on, end this process as soon as whoever holds the other end of its standard input is gone; call `first` before.

    That works on every system and through processes in between, and however the other one ended.
    """
    threading.Thread(target=_watch, args=(first,), name="parent", daemon=True).start()


def _watch(first: Callable[[], None]) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    try:
        first()
    finally:
        os._exit(1)  # not sys.exit: the main thread may wait for what will never come
