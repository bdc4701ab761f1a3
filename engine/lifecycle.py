"""How a job changes from outside its training: cancelled, paused, resumed, restarted, failed; each change with its line in the diary."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.store import Store
from engine.store.rows import StoredJob

WAITING = ("validating_files", "queued")
STOPPING = ("cancelled", "pausing", "paused")
MAX_DEATHS = 2  # the worker is started again once
MAX_INTERRUPTIONS = 5  # a job that takes the whole machine down must not do so for ever

_KILLED = "It was killed by signal {signal}{hint}."
_HINTS = {9: ", which is often the system's answer to a lack of memory", 11: ", a fault inside a native library"}


@dataclass(frozen=True)
class Wish:
    """What somebody asks of a job: the status that each status becomes, and the statuses in which it is already so."""

    word: str
    moves: Mapping[str, str]
    already: tuple[str, ...]


CANCEL = Wish("cancelled", {s: "cancelled" for s in (*WAITING, "running", "pausing", "paused")}, ("cancelled",))
PAUSE = Wish("paused", {**dict.fromkeys(WAITING, "paused"), "running": "pausing"}, ("pausing", "paused"))


def resume(job: StoredJob) -> Wish:
    """Resuming goes back to the line, behind or before the validation; a pause that has not come into effect is taken back."""
    return Wish("resumed", {"paused": "queued" if job.validated else "validating_files", "pausing": "running"}, (*WAITING, "running"))


def change(store: Store, job_id: str, wish: Wish, *, now: int) -> bool:
    """Do what is asked; True where the job now is so, False where its status does not allow it. Asking twice is no error."""
    for status, becomes in wish.moves.items():
        times = {"finished_at": now} if becomes == "cancelled" else {}
        with store.database.transaction():
            if not store.jobs.move(job_id, becomes, only_from=(status,), **times):
                continue
            if becomes != "pausing":
                store.events.add(job_id, f"Fine-tuning job {wish.word}", now=now)
        if becomes == "cancelled":
            clear_away(store, job_id)
            if status == "paused":  # nobody works on it whose end would be noticed
                store.jobs.clear_out(job_id)
        return True
    return store.jobs.status(job_id) in wish.already


def settle_pause(store: Store, job_id: str, *, now: int) -> bool:
    """The training has stopped where a pause was asked for."""
    with store.database.transaction():
        moved = store.jobs.move(job_id, "paused", only_from=("pausing",), estimated_finish=None)
        if moved:
            store.events.add(job_id, "Fine-tuning job paused", now=now)
    return moved


def fail(store: Store, job_id: str, *, code: str, message: str, param: str | None, now: int) -> bool:
    """End a job with the reason, in words."""
    error = {"code": code, "message": message, "param": param}
    with store.database.transaction():
        moved = store.jobs.move(job_id, "failed", only_from=(*WAITING, "running", "pausing"), error=error, finished_at=now)
        if moved:
            store.events.add(job_id, f"The job failed: {message}", level="error", key="failed", now=now)
    if moved:
        clear_away(store, job_id)
    return moved


def clear_away(store: Store, job_id: str) -> None:
    """Drop what a job that is over needs no more: its hold on the data, and an untaught state with nothing to compare it with."""
    store.jobs.let_go(job_id)
    store.models.drop_lone_before(job_id)


def worker_died(store: Store, job_id: str, reason: str, *, now: int) -> None:
    """The process that worked on an unfinished job is gone: try once more, then give up."""
    if store.jobs.count(job_id, "deaths") < MAX_DEATHS:
        message = f"The training process ended unexpectedly. {reason} Starting it again."
        store.events.add(job_id, message, level="warn", now=now)
    else:
        message = f"The training process ended unexpectedly twice. {reason}"
        fail(store, job_id, code="server_error", message=message, param=None, now=now)


def engine_died(store: Store, job_id: str, *, now: int) -> None:
    """The engine comes back and finds a job under way that nobody works on."""
    if store.jobs.count(job_id, "interruptions") <= MAX_INTERRUPTIONS:
        message = "The engine was stopped while this job was under way. Starting the training again."
        store.events.add(job_id, message, level="warn", now=now)
    else:
        message = f"The engine was stopped {MAX_INTERRUPTIONS + 1} times while this job was under way."
        fail(store, job_id, code="server_error", message=message, param=None, now=now)


def engine_closes(store: Store, job_id: str, *, now: int) -> None:
    """The engine is being closed in good order: the job goes back to the line and says so."""
    with store.database.transaction():
        if store.jobs.move(job_id, "queued", only_from=("running",), estimated_finish=None):
            store.events.add(job_id, "The engine was closed. The training starts again when the engine does.", level="warn", now=now)
    settle_pause(store, job_id, now=now)


def death_in_words(returncode: int | None, last_line: str) -> str:
    """Why a worker ended, as far as its exit status (None: not our child) and the last line of its log tell."""
    if returncode is None:
        return last_line or "It ended without a word."
    if returncode < 0:
        return _KILLED.format(signal=-returncode, hint=_HINTS.get(-returncode, ""))
    return f"It stopped with: {last_line}" if last_line else f"It stopped with exit status {returncode}."
