"""The background work of a run that is one batch: ordered where that was asked for, and followed until it is over."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from core.base.errors import NoCredit, RateLimited, ServerFault, TunesmithError, Unreachable
from core.base.types import Price
from core.compare.batch_run import cancel, look, order, reconcile
from core.io.openai_calls import Client
from core.io.workspace import Run, Workspace

FIRST_LOOK_S, LONGEST_LOOK_S, LOOK_HERE_S = 2.0, 60.0, 1.0


class BatchRunner:
    """Orders a run's batch where that was asked for, and follows it in the background until it is over.

    A problem that does not pass by itself (key, permission, credit) ends it, in `problem`; the batch goes on at the server meanwhile, and
    another BatchRunner goes on following it.
    """

    paused_for_s = 0.0

    def __init__(
        self,
        ws: Workspace,
        run: Run,
        client: Client,
        *,
        price: Price | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        first_look_s: float | None = None,
    ) -> None:
        self.run = run
        self.problem: TunesmithError | None = None
        self._ws, self._client, self._price, self._now = ws, client, price, now
        self._first_look_s = first_look_s or (LOOK_HERE_S if client.connection.local else FIRST_LOOK_S)
        self._stop = threading.Event()
        self._cancel = threading.Event()
        self._ordering = False
        self._thread = threading.Thread(target=self._work, name=f"batch-{run.id}", daemon=True)

    def start(self, *, ordering: bool = False) -> "BatchRunner":
        """Begin; with `ordering` the batch is ordered where there is none yet."""
        self._ordering = ordering
        self._thread.start()
        return self

    @property
    def alive(self) -> bool:
        """Whether it is still followed."""
        return self._thread.is_alive()

    def stop(self, wait_s: float = 0.0) -> None:
        """Ask the server for no more of the batch; it is followed until it is over, for its answers up to then."""
        self._cancel.set()
        self.join(wait_s)

    def leave(self) -> None:
        """Follow it no longer; the server goes on."""
        self._stop.set()
        self._cancel.set()

    def join(self, timeout_s: float) -> bool:
        """Wait until it is over; False where it is not when the time is up."""
        self._thread.join(timeout_s)
        return not self.alive

    def _work(self) -> None:
        try:
            if self._ordering:
                order(self._ws, self._client, self.run, now=self._now)
            self._follow()
        except TunesmithError as error:
            self.problem = error

    def _follow(self) -> None:
        wait, cancelled = self._first_look_s, False
        while (record := self._ws.batch_of(self.run.id)) is not None and record.is_live and not self._stop.is_set():
            try:
                if self._cancel.is_set() and not cancelled and record.state == "created":
                    cancel(self._ws, self._client, record, self._now())
                    cancelled, wait = True, self._first_look_s
                record = reconcile(self._ws, self._client, record, self._now())
                if not look(self._ws, self._client, record, self._now(), price=self._price).is_live:
                    return
            except NoCredit:
                raise
            except (Unreachable, RateLimited, ServerFault):
                pass  # the server goes on with it, and the next look may be luckier
            end = time.monotonic() + wait
            while time.monotonic() < end and not self._stop.is_set() and (cancelled or not self._cancel.is_set()):
                self._stop.wait(min(0.2, wait))
            wait = wait if self._client.connection.local else min(LONGEST_LOOK_S, 1.5 * wait)
