"""A process that must not outlive the one that started it."""

import os
import sys
import threading
from collections.abc import Callable

OPTION = "--watch-stdin"


def end_with_parent(first: Callable[[], None] = lambda: None) -> None:
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
