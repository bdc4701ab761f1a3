"""The background work of a prediction run: threads that wait for the network, claim rows by lease, and stop cleanly."""

import contextlib
import random
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from core.base.errors import (
    AccessDenied,
    BadKey,
    NeedsKey,
    NoCredit,
    NotOnServer,
    RateLimited,
    ServerFault,
    TunesmithError,
    Unreachable,
    WorkspaceError,
)
from core.base.types import Message
from core.compare.pacing import Gate, Patience
from core.io.openai_calls import Client, chat, list_models
from core.io.workspace import ClaimedRow, Run, Workspace

LEASE_S: Final = 30.0  # a killed app's rows are free again after this
IDLE_S: Final = 0.5  # between two looks while another process holds the last rows
ERROR_LENGTH: Final = 500


class Runner:
    """Asks a run's missing rows in the background; never a row that has an answer, and no row twice at a time.

    Several runners, in this process or another, may work on one run. A problem of the whole run (key, credit, model, network) stops it
    with its rows still open, in `problem`; a problem of one row is that row's answer after a few tries.
    """

    def __init__(
        self,
        ws: Workspace,
        run: Run,
        client: Client,
        *,
        workers: int = 4,
        patience: Patience | None = None,
        lease_s: float = LEASE_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        seed: int = 0,
    ) -> None:
        self.run = run
        self.problem: TunesmithError | None = None
        self._ws = ws
        self._client = client
        self._patience = patience or Patience()
        self._lease_s = lease_s
        self._now = now
        self._random = random.Random(seed)
        self._owner = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._at_work = workers
        self._gate = Gate()
        self._stop = threading.Event()
        self._closed = threading.Event()
        # daemon threads: closing the app must not wait for a slow server, and a row that is cut off is simply asked again
        self._threads = [
            threading.Thread(target=self._guarded, args=(self._work,), name=f"run-{run.id}-{i}", daemon=True) for i in range(workers)
        ]
        self._beat = threading.Thread(target=self._guarded, args=(self._heartbeat,), name=f"run-{run.id}-beat", daemon=True)

    def start(self) -> "Runner":
        """Begin, or continue at the next missing row."""
        self._ws.set_run_state(self.run.id, "running", self._now())
        for thread in (*self._threads, self._beat):
            thread.start()
        return self

    @property
    def alive(self) -> bool:
        """Whether any thread is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    def stop(self, wait_s: float = 0.0) -> None:
        """Ask for no further rows; waits up to `wait_s` for the answers under way, whose rows are kept."""
        self._stop.set()
        self.join(wait_s)

    def join(self, timeout_s: float) -> bool:
        """Wait until the run is over or stopped; False where it still works when the time is up."""
        end = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not self.alive

    def _guarded(self, target: Callable[[], None]) -> None:
        try:
            target()
        except TunesmithError as error:  # the workspace is busy, or the project was deleted meanwhile
            self._halt(error)
        finally:
            if target == self._work:
                self._last_one_closes()

    def _work(self) -> None:
        while not self._stop.is_set():
            rows = self._ws.claim_rows(self.run.id, self._owner, 1, self._now(), self._lease_s)
            for row in rows:
                self._answer(row)
            if not rows:
                if self._ws.progress(self.run.id).is_over:
                    return
                self._stop.wait(IDLE_S)

    def _heartbeat(self) -> None:
        while not self._closed.wait(self._lease_s / 3):  # answers under way keep their lease while a stopped run winds down
            self._ws.renew_lease(self.run.id, self._owner, self._now(), self._lease_s)

    def _answer(self, row: ClaimedRow) -> None:
        messages = [Message(m["role"], m["content"], {k: v for k, v in m.items() if k not in ("role", "content")}) for m in row.messages]
        tries = waits = 0
        while self._gate.wait(self._stop):
            try:
                reply = chat(self._client, self.run.model, messages, **self.run.settings)
            except (NoCredit, NeedsKey, BadKey, AccessDenied) as error:
                return self._halt(error)
            except RateLimited as error:
                waits += 1
                wait = _asked_wait(error) or self._pause(waits)
                if waits >= self._patience.rate_limit_tries or wait > self._patience.give_up_wait_s:
                    return self._halt(error)
                self._gate.close_for(wait)
            except (Unreachable, NotOnServer, ServerFault) as error:
                # a new model may take minutes to load, and says 404 or nothing until then
                tries += 1
                if tries >= self._patience.tries:
                    return self._halt(error) if self._is_everywhere(error) else self._store(row, error=_sentence(error))
                self._stop.wait(_asked_wait(error) or self._pause(tries))
            except TunesmithError as error:
                return self._store(row, error=_sentence(error))
            else:
                return self._store(
                    row,
                    answer=reply.text,
                    latency_s=reply.total_s,
                    prompt_tokens=reply.prompt_tokens,
                    completion_tokens=reply.completion_tokens,
                    notes=reply.notes,
                )
        return None

    def _is_everywhere(self, error: TunesmithError) -> bool:
        """Whether every other row would fail in the same way: the model is not there, or the server does not answer anything."""
        if not isinstance(error, Unreachable):
            return isinstance(error, NotOnServer)
        try:
            list_models(self._client)
        except Unreachable:
            return True
        except TunesmithError:
            return False
        return False

    def _store(self, row: ClaimedRow, **what: Any) -> None:
        self._ws.finish_row(self.run.id, row.index, owner=self._owner, now=self._now(), **what)

    def _pause(self, nth: int) -> float:
        # some jitter, or all threads come back at the same moment
        wait = self._patience.first_wait_s * 2 ** (nth - 1) * (0.75 + self._random.random() / 2)
        return min(self._patience.longest_wait_s, wait)

    def _halt(self, error: TunesmithError) -> None:
        self.problem = self.problem or error
        self._stop.set()

    def _last_one_closes(self) -> None:
        with self._lock:
            self._at_work -= 1
            if self._at_work:
                return
        self._stop.set()
        self._closed.set()
        with contextlib.suppress(WorkspaceError):  # a deleted project has no run to close
            self._ws.release_rows(self.run.id, self._owner)
            over = self._ws.progress(self.run.id).is_over
            self._ws.set_run_state(self.run.id, "finished" if over else "stopped", self._now())


class Runners:
    """The runners of one app: held in one place for all browser tabs, so that a second tab finds the work of the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runners: dict[str, Runner] = {}

    def find(self, run_id: str) -> Runner | None:
        """The runner that last worked on this run in this app, at work or not."""
        with self._lock:
            return self._runners.get(run_id)

    def ensure(self, ws: Workspace, run: Run, client: Client, *, workers: int = 4, patience: Patience | None = None) -> Runner:
        """The runner at work on this run; starts one where there is none and rows are missing."""
        with self._lock:
            known = self._runners.get(run.id)
            if known is not None and (known.alive or ws.progress(run.id).is_over):
                return known
            self._runners[run.id] = Runner(ws, run, client, workers=workers, patience=patience)
            return self._runners[run.id].start()

    def stop_all(self, wait_s: float = 0.0) -> None:
        """Stop every runner; what they have not finished stays open for the next start."""
        with self._lock:
            runners = list(self._runners.values())
        for runner in runners:
            runner.stop()
        for runner in runners:
            runner.join(wait_s)


def _asked_wait(error: TunesmithError) -> float | None:
    seconds = error.params.get("retry_after_s")
    return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None


def _sentence(error: TunesmithError) -> str:
    return " ".join(part for part in (str(error), error.details.replace("\n", " ")) if part)[:ERROR_LENGTH]
