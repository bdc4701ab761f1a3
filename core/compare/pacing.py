"""When to ask again: how patient a run is with one row, and one pause for all of its threads."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a row is asked before it counts as failed, and the first wait, which doubles each time up to the longest.

    A server that asks to wait for longer than `give_up_wait_s`, or again and again, stops the run instead: its rows stay open.
    """

    tries: int = 4
    rate_limit_tries: int = 12
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0
    give_up_wait_s: float = 600.0


class Gate:
    """One pause for all threads of a run: whoever is told to go slower makes everybody wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = 0.0

    def close_for(self, seconds: float) -> None:
        """Let nobody through for so many seconds; a shorter wish does not shorten a longer one."""
        with self._lock:
            self._until = max(self._until, self._clock() + seconds)

    def wait(self, stop: threading.Event) -> bool:
        """Wait until the gate is open; False where `stop` was set meanwhile."""
        while not stop.is_set():
            with self._lock:
                left = self._until - self._clock()
            if left <= 0:
                return True
            stop.wait(left)
        return False
