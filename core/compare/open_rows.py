"""The rows that a runner has yet to ask: claimed some at a time, and those that met a fault and wait until they may be asked again."""

import heapq
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.io.workspace import ClaimedRow

CLAIMED: Final = 16  # rows at a time: each claim is a transaction


@dataclass(frozen=True, slots=True, order=True)
class Ask:
    """A row that may be asked from `due` on (seconds of the runner's clock), and how often it has met a fault."""

    due: float
    index: int
    row: ClaimedRow
    tries: int = 0


class OpenRows:
    """Gives out each row once, and once more each time that it comes back; `claim` gets up to so many rows that nobody has."""

    def __init__(self, claim: Callable[[int], Sequence[ClaimedRow]]) -> None:
        self._claim = claim
        self._claimed: deque[ClaimedRow] = deque()
        self._again: list[Ask] = []
        self._lock = threading.Lock()

    def next(self, now: float, most: int) -> Ask | None:
        """The next row that may be asked, claiming up to `most` more where none is at hand; None while there is none. For one thread."""
        with self._lock:
            if self._again and self._again[0].due <= now:
                return heapq.heappop(self._again)
        if not self._claimed:
            self._claimed.extend(self._claim(min(CLAIMED, most)))
        if not self._claimed:
            return None
        row = self._claimed.popleft()
        return Ask(0.0, row.index, row)

    def put_back(self, ask: Ask) -> None:
        """Ask a row again, when its time has come; from any thread."""
        with self._lock:
            heapq.heappush(self._again, ask)

    @property
    def due(self) -> float | None:
        """When the first of those that came back may be asked; None where none did."""
        with self._lock:
            return self._again[0].due if self._again else None
