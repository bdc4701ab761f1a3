"""When a job ends: told once, by a note in the browser and, where an address was given, by one message to it.

A watcher in the background looks at a job that goes on while nobody has Monitor open. It looks through `watch.look`, which all tabs share.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from core.base.errors import TunesmithError, WorkspaceError
from core.io.openai_calls import Client
from core.io.webhook import check_webhook, send
from core.io.workspace import JobRecord, Workspace
from core.io.workspace.records import error_from_json, error_to_json
from core.monitor.watch import GONE, look, seconds_to_next_look

ADDRESS: Final = "webhook"  # the workspace's setting
MOST_FAILURES: Final = 20  # looks in a row without an answer, ten minutes and more: until a page is opened again nobody is asked
PATIENCE: Final = 1.5  # times the pace at which a tab looks
LONGEST: Final = 16  # times the pace, between looks that fail
Message = dict[str, str | None]


def has_ended(record: JobRecord) -> bool:
    """Whether the server says that the job is over; one that it does not know any more has no known end."""
    job = record.snapshot
    return job is not None and job.status.is_terminal and job.raw_status != GONE


def tell_once(ws: Workspace, record: JobRecord, now: datetime) -> bool:
    """Whether nobody has been told of this job's end before; True for one of any number of callers."""
    return has_ended(record) and ws.claim_setting(_key("told", record), now.isoformat())


def set_address(ws: Workspace, typed: str) -> str:
    """Keep the address that messages go to; an empty one ends them. Raises BadSetting."""
    address = check_webhook(typed) if typed.strip() else ""
    ws.set_setting(ADDRESS, address)
    return address


def message(record: JobRecord) -> Message:
    """All that a message says: which job, how it ended, and the model's name."""
    job = record.snapshot
    return {
        "event": "training_ended",
        "job": record.remote_id,
        "status": job.raw_status if job else None,
        "model": job.fine_tuned_model if job else None,
    }


def send_test(ws: Workspace, *, post: Callable[[str, Message], None] = send) -> None:
    """Send a message that says that it is a test to the address that is kept; raises Unreachable, ServerFault."""
    post(ws.get_setting(ADDRESS, ""), {"event": "test", "job": None, "status": None, "model": None})


def send_once(ws: Workspace, record: JobRecord, now: datetime, *, post: Callable[[str, Message], None] = send) -> bool:
    """Send the message of a job's end, if an address is set and none was sent for it; whether this call was the one that tried.

    The try is written down before it is made, so that of any number of tabs and restarts one sends, and a failed one is not repeated.
    """
    address = ws.get_setting(ADDRESS, "")
    if not address or not has_ended(record) or not ws.claim_setting(_key("sent", record), {"at": now.isoformat(), "state": "sending"}):
        return False
    outcome: dict[str, Any] = {"at": now.isoformat(), "state": "sent"}
    try:
        post(address, message(record))
    except TunesmithError as error:
        outcome = {"at": now.isoformat(), "state": "failed", "error": error_to_json(error)}
    ws.set_setting(_key("sent", record), outcome)
    return True


def sending_failed(ws: Workspace, record: JobRecord) -> TunesmithError | None:
    """Why the message of this job's end could not be sent; None where it was, or where none was tried."""
    found = ws.get_setting(_key("sent", record)) or {}
    return error_from_json(found["error"]) if found.get("error") else None


class Watcher(threading.Thread):
    """Looks at one job until it has ended, then tells its end to the address; ends by itself where nobody answers for long."""

    def __init__(self, ws: Workspace, client: Callable[[], Client], record: JobRecord, now: Callable[[], datetime]) -> None:
        super().__init__(name=f"watch-{record.id}", daemon=True)
        self._ws, self._client, self._id, self._now = ws, client, record.id, now
        self._over = threading.Event()

    def stop(self) -> None:
        """Let it end at its next moment."""
        self._over.set()

    def run(self) -> None:
        """Work until the job has ended, `stop` was called, or the record is gone."""
        with suppress(WorkspaceError):  # the project was deleted, or the workspace is gone: there is nothing to watch any more
            self._watch()

    def _watch(self) -> None:
        failures = 0
        while failures < MOST_FAILURES and not self._over.is_set():
            record, now = self._ws.job(self._id), self._now()
            pace = seconds_to_next_look(record, now)
            if pace is None:
                send_once(self._ws, record, now)
                return
            # later than a tab would look, so that the server is asked from here only while no tab asks it
            since = (now - (record.looked_at or record.created_at)).total_seconds()
            rest = max(PATIENCE * pace - since, 0.0) if not failures else pace * min(2**failures, LONGEST)
            if rest and self._over.wait(rest):
                return
            if rest and not failures:
                continue  # somebody may have looked meanwhile
            failures = 0 if self._look(record) else failures + 1

    def _look(self, record: JobRecord) -> bool:
        try:
            return look(self._ws, self._client(), record, self._now()).error is None
        except WorkspaceError:
            raise
        except TunesmithError:  # no engine, or a server's answer that even the look does not know: it is told on the page
            return False


class Watchers:
    """The watchers of this app, one for each job that goes on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work: dict[str, Watcher] = {}

    def ensure(self, ws: Workspace, client: Callable[[], Client], record: JobRecord, now: Callable[[], datetime]) -> None:
        """Have the job watched, unless it is or has ended."""
        if record.state != "created" or seconds_to_next_look(record, now()) is None:
            return
        with self._lock:
            self._at_work = {key: one for key, one in self._at_work.items() if one.is_alive()}
            if record.id not in self._at_work:
                self._at_work[record.id] = watcher = Watcher(ws, client, record, now)
                watcher.start()

    def is_watched(self, record: JobRecord) -> bool:
        """Whether somebody looks at the job now."""
        with self._lock:
            return record.id in self._at_work and self._at_work[record.id].is_alive()

    def stop(self, *, wait_s: float = 5.0) -> None:
        """End them all."""
        with self._lock:
            watchers, self._at_work = list(self._at_work.values()), {}
        for one in watchers:
            one.stop()
        until = time.monotonic() + wait_s
        for one in watchers:
            one.join(max(0.0, until - time.monotonic()))


def _key(what: str, record: JobRecord) -> str:
    return f"{what} end/{record.project_id}/{record.id}"
