"""The runners of an app, one for each run that is or was at work."""

import threading

from core.base.types import Price
from core.compare.batch_runner import BatchRunner
from core.compare.runner import Runner
from core.io.openai_calls import Client
from core.io.workspace import Run, Workspace


class Runners:
    """The runners of one app: held in one place for all browser tabs, so that a second tab finds the work of the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runners: dict[str, Runner | BatchRunner] = {}

    def find(self, run_id: str) -> Runner | BatchRunner | None:
        """The runner that last worked on this run in this app, at work or not."""
        with self._lock:
            return self._runners.get(run_id)

    def ensure(self, ws: Workspace, run: Run, client: Client, *, price: Price | None = None, batch: bool = False) -> Runner | BatchRunner:
        """The runner at work on this run; starts one where there is none and rows are missing.

        With `batch` the rows are ordered as one batch, unless that was done before. A batch that may still answer is only followed.
        """
        with self._lock:
            known = self._runners.get(run.id)
            if known is not None and (known.alive or ws.progress(run.id).is_over):
                return known
            record = ws.batch_of(run.id)
            if (record is not None and record.is_live) or batch:
                follower = BatchRunner(ws, run, client, price=price)
                self._runners[run.id] = follower
                return follower.start(ordering=batch)
            runner = Runner(ws, run, client, price=price)
            self._runners[run.id] = runner
            return runner.start()

    def stop_all(self, wait_s: float = 0.0) -> None:
        """Stop every runner; what they have not finished stays open for the next start, and batches go on at their servers."""
        with self._lock:
            runners = list(self._runners.values())
        for runner in runners:
            runner.leave()
        for runner in runners:
            runner.join(wait_s)
