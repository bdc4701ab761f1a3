"""What the person at the terminal is told: each step with the seconds since the start, and the one sentence when it cannot go on."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

QUIET_S = 10.0  # in a log, how often a passing state is worth a line


class CannotStart(Exception):
    """It cannot go on, told in one sentence; `details` are the last words of the program that failed."""

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.details = details


class Progress:
    """Prints steps, one line each; on a terminal a passing state ("12/45") is written over the one before."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._began = clock()
        self._shown = 0  # characters of the passing state that stand on the terminal's last line
        self._last_passing = self._began

    def step(self, text: str) -> None:
        """Print a line that stays."""
        self._wipe()
        self._write(self._stamped(text) + "\n")
        self._last_passing = self._clock()

    def passing(self, text: str) -> None:
        """Show a state that the next one replaces; a stream that is no terminal gets one every ten seconds."""
        now = self._clock()
        if self._stream.isatty():
            line = self._stamped(text)[: shutil.get_terminal_size().columns - 1]
            self._write("\r" + line.ljust(self._shown))
            self._shown = len(line)
        elif now - self._last_passing >= QUIET_S:
            self._write(self._stamped(text) + "\n")
            self._last_passing = now

    def _stamped(self, text: str) -> str:
        return f"[{self._clock() - self._began:4.0f} s] {text}"

    def _wipe(self) -> None:
        if self._shown:
            self._write("\r" + " " * self._shown + "\r")
            self._shown = 0

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
