"""The background work of a prediction run: rows are claimed by lease, asked at the server's own pace, and stopped cleanly."""

import contextlib
import queue
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
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
from core.base.token_cost import answer_usd
from core.base.types import Message, Price
from core.compare.open_rows import Ask, OpenRows
from core.compare.pacing import Pace, Patience
from core.io.openai_calls import Client, chat, list_models
from core.io.workspace import ClaimedRow, Run, Workspace

LEASE_S: Final = 30.0  # a killed app's rows are free again after this
IDLE_S: Final = 0.5  # between two looks while another process holds the last rows
ERROR_LENGTH: Final = 500


class Runner:
    """Asks a run's missing rows in the background; never a row that has an answer, and no row twice at a time.

    Several runners, in this process or another, may work on one run. A problem of the whole run (key, credit, model, network) stops it
    with its rows still open, in `problem`; a problem of one row is that row's answer after a few tries. A row that is refused because
    there were too many requests is asked until it is answered or the run is stopped. `workers` (left out: what the connection allows)
    are asked at once at most, `price` is what an answer costs there.
    """

    def __init__(
        self,
        ws: Workspace,
        run: Run,
        client: Client,
        *,
        workers: int | None = None,
        price: Price | None = None,
        patience: Patience | None = None,
        lease_s: float = LEASE_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        seed: int = 0,
    ) -> None:
        self.run = run
        self.problem: TunesmithError | None = None
        self._ws = ws
        self._client = client
        self._price = price
        self._patience = patience or Patience()
        self._pace = Pace(workers or client.connection.at_once, self._patience)
        self._lease_s = lease_s
        self._now = now
        self._clock = clock
        self._random = random.Random(seed)
        self._owner = uuid.uuid4().hex
        self._changed = threading.Condition()
        self._rows = OpenRows(lambda n: ws.claim_rows(run.id, self._owner, n, now(), lease_s))
        self._under_way = 0
        self._todo: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        self._asking: list[threading.Thread] = []
        self._stop = threading.Event()
        self._closed = threading.Event()
        # daemon threads: closing the app must not wait for a slow server, and a row that is cut off is simply asked again
        self._lead = threading.Thread(target=self._run, name=f"run-{run.id}", daemon=True)
        self._beat = threading.Thread(target=self._guarded, args=(self._heartbeat,), name=f"run-{run.id}-beat", daemon=True)

    def start(self) -> "Runner":
        """Begin, or continue at the next missing row."""
        self._ws.set_run_state(self.run.id, "running", self._now())
        self._lead.start()
        self._beat.start()
        return self

    @property
    def alive(self) -> bool:
        """Whether it is still at work."""
        return self._lead.is_alive()

    @property
    def paused_for_s(self) -> float:
        """Seconds for which the server has asked to be left alone, from now."""
        with self._changed:
            return self._pace.paused_for(self._clock())

    def stop(self, wait_s: float = 0.0) -> None:
        """Ask for no further rows; waits up to `wait_s` for the answers under way, whose rows are kept."""
        self._stop.set()
        self._notify()
        self.join(wait_s)

    def leave(self) -> None:
        """Stop, without waiting."""
        self.stop()

    def join(self, timeout_s: float) -> bool:
        """Wait until the run is over or stopped; False where it still works when the time is up."""
        if self._lead.ident is not None:
            self._lead.join(timeout_s)
        return not self.alive

    def _run(self) -> None:
        try:
            self._guarded(self._lead_on)
        finally:
            with self._changed:
                while self._under_way:
                    self._changed.wait()
            for _ in self._asking:
                self._todo.put(None)
            self._closed.set()
            with contextlib.suppress(WorkspaceError):  # a deleted project has no run to close
                self._ws.release_rows(self.run.id, self._owner)
                over = self._ws.progress(self.run.id).is_over
                self._ws.set_run_state(self.run.id, "finished" if over else "stopped", self._now())

    def _guarded(self, target: Callable[[], None]) -> None:
        try:
            target()
        except TunesmithError as error:  # the workspace is busy, or the project was deleted meanwhile
            self._halt(error)

    def _lead_on(self) -> None:
        """Hand out one row after the other, each when its time has come."""
        while not self._stop.is_set():
            with self._changed:
                wait = self._pace.wait(self._clock(), self._under_way)
                if wait != 0:
                    self._changed.wait(wait)
                    continue
            ask = self._rows.next(self._clock(), self._pace.most)
            if ask is not None:
                self._hand_out(ask)
                continue
            with self._changed:
                nothing_left = not self._under_way and self._rows.due is None
            if nothing_left and self._ws.progress(self.run.id).is_over:
                return
            with self._changed:
                due = self._rows.due
                self._changed.wait(IDLE_S if due is None else min(IDLE_S, max(0.0, due - self._clock())))

    def _hand_out(self, ask: Ask) -> None:
        with self._changed:
            self._under_way += 1
            self._pace.sent(self._clock())
        if len(self._asking) < self._under_way:
            name = f"run-{self.run.id}-{len(self._asking)}"
            self._asking.append(threading.Thread(target=self._ask_on, name=name, daemon=True))
            self._asking[-1].start()
        self._todo.put(ask)

    def _ask_on(self) -> None:
        while (ask := self._todo.get()) is not None:
            try:
                self._guarded(lambda ask=ask: self._answer(ask))  # type: ignore[misc]
            finally:
                with self._changed:
                    self._under_way -= 1
                    self._changed.notify_all()

    def _heartbeat(self) -> None:
        while not self._closed.wait(self._lease_s / 3):  # answers under way keep their lease while a stopped run winds down
            self._ws.renew_lease(self.run.id, self._owner, self._now(), self._lease_s)

    def _answer(self, ask: Ask) -> None:
        row, sent_at = ask.row, self._clock()
        messages = [Message(m["role"], m["content"], {k: v for k, v in m.items() if k not in ("role", "content")}) for m in row.messages]
        try:
            reply = chat(self._client, self.run.model, messages, **self.run.settings)
        except (NoCredit, NeedsKey, BadKey, AccessDenied) as error:
            self._halt(error)
        except RateLimited as error:
            with self._changed:
                self._pace.refused(sent_at, self._clock(), _asked_wait(error))
                self._rows.put_back(replace(ask, due=0.0))
        except (Unreachable, NotOnServer, ServerFault) as error:
            self._put_off(ask, error)
        except TunesmithError as error:
            self._store(row, error=_sentence(error))
        else:
            tokens = (reply.prompt_tokens or 0) + (reply.completion_tokens or 0)
            with self._changed:
                self._pace.answered(sent_at, self._clock(), self._under_way, reply.allowance, tokens)
            self._store(
                row,
                answer=reply.text,
                latency_s=reply.total_s,
                prompt_tokens=reply.prompt_tokens,
                completion_tokens=reply.completion_tokens,
                notes=reply.notes,
                finish_reason=reply.finish_reason,
                usd=answer_usd(self._price, reply.prompt_tokens, reply.completion_tokens),
            )

    def _put_off(self, ask: Ask, error: ServerFault | Unreachable | NotOnServer) -> None:
        """A row met a fault: a new model may take minutes to load, and says 404 or nothing until then."""
        tries = ask.tries + 1
        if tries >= self._patience.tries:
            return self._halt(error) if self._is_everywhere(error) else self._store(ask.row, error=_sentence(error))
        with self._changed:
            now, wait = self._clock(), _asked_wait(error) or self._delay(tries)
            self._pace.failed(now, wait)
            self._rows.put_back(replace(ask, due=now + wait, tries=tries))
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

    def _delay(self, nth: int) -> float:
        # some jitter, or all rows come back at the same moment
        wait = self._patience.first_wait_s * 2 ** (nth - 1) * (0.75 + self._random.random() / 2)
        return min(self._patience.longest_wait_s, wait)

    def _halt(self, error: TunesmithError) -> None:
        self.problem = self.problem or error
        self._stop.set()
        self._notify()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _asked_wait(error: TunesmithError) -> float | None:
    seconds = error.params.get("retry_after_s")
    return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None


def _sentence(error: TunesmithError) -> str:
    return " ".join(part for part in (str(error), error.details.replace("\n", " ")) if part)[:ERROR_LENGTH]
