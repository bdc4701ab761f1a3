"""Whose turn it is to ask a server about a job: one tab asks for all of them, and a server in trouble is given time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

_FIRST_PAUSE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 30.0
_MANY: Final = 1_000  # jobs: an app that runs for weeks forgets the troubles of the oldest


@dataclass(slots=True)
class Turn:
    """Whether it is ours, and, to be set by whoever had it, whether the server was in trouble."""

    mine: bool
    failed: bool = False


class Turns:
    """The turns of one process. A pause belongs to a job and to the client that met the trouble: a new key is tried at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asking: set[str] = set()
        self._troubles: dict[tuple[str, int], tuple[int, datetime]] = {}

    @contextmanager
    def take(self, job_id: str, client_id: int, now: datetime, *, at_once: bool = False) -> Iterator[Turn]:
        """Take the turn if nobody has it and no pause is on; with `at_once` whatever anybody does."""
        key = (job_id, client_id)
        with self._lock:
            failures, not_before = self._troubles.get(key, (0, now))
            free = job_id not in self._asking and now >= not_before
            turn = Turn(at_once or free)
            if free:
                self._asking.add(job_id)
        if not turn.mine:
            yield turn
            return
        try:
            yield turn
        finally:
            with self._lock:
                if free:
                    self._asking.discard(job_id)
                self._troubles.pop(key, None)
                if turn.failed:
                    pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**failures)
                    self._troubles[key] = min(failures + 1, 10), now + timedelta(seconds=pause)
                while len(self._troubles) > _MANY:
                    del self._troubles[next(iter(self._troubles))]


TURNS: Final = Turns()
