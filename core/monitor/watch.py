"""Looking at a job: what the server says now goes into the workspace, and what it does not say is never guessed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.base.errors import AnswerLost, NotOnServer, RequestRefused, ServerProblem
from core.base.remote import Job, JobStatus
from core.io.openai_calls import Client, all_events, cancel_job, get_job, list_checkpoints, pause_job, resume_job
from core.io.workspace import JobRecord, Workspace
from core.monitor.turns import TURNS, Turns

THIS_MACHINE: Final = "this-machine"  # the origin of a job of our engine
GONE: Final = "not_found"  # our own word where the server does not know the job (any more); no server uses it for a status
NEAREST_S: Final = 2.0  # however many tabs look at one job, its server is asked no more often than this
_EARLY: Final = 0.8  # of the pace: a timer that fires a little before its time need not wait for the next one

# how often it is worth looking, by the time that the job has been under way: quick jobs are watched closely, long ones are not hammered
_PACE: Final = ((60, 2.0), (600, 5.0), (3600, 15.0))
_SLOWEST_S: Final = 30.0


def look(ws: Workspace, client: Client, record: JobRecord, now: datetime, *, at_once: bool = False, turns: Turns = TURNS) -> JobRecord:
    """Ask the server about a job and keep what it says: its state, new events, checkpoints.

    All tabs of one app share a look: one asks, and the others are told what is known; a server in trouble is asked less and less often.
    `at_once` asks even so.

    A server that cannot be reached, or that fails, changes nothing but `error`: the last state stays, with the time at which it was
    true in `looked_at`. A job that the server does not know becomes "unknown" with the server's words, never failed. A job whose end and
    whole diary are known is not asked about again, nor is one that another tab has just looked at.
    """
    if record.remote_id is None or (not at_once and not is_due(record, now)):
        return record
    with turns.take(record.id, id(client), now, at_once=at_once) as turn:
        if not turn.mine:
            return ws.job(record.id)
        record = ws.job(record.id)  # another tab may have looked between our reading and our turn
        if not at_once and not is_due(record, now):
            return record
        told = _ask(ws, client, record, now)
        turn.failed = told.error is not None
        return told


def _ask(ws: Workspace, client: Client, record: JobRecord, now: datetime) -> JobRecord:
    try:
        job = get_job(client, record.remote_id or "")
    except NotOnServer as error:
        return ws.update_job(record.id, job=_unknown(record), error=error, looked_at=now)
    except ServerProblem as error:
        return ws.update_job(record.id, error=error)
    try:
        ws.add_events(record.id, all_events(client, job.id, ws.event_ids(record.id)))
        ws.set_checkpoints(record.id, list_checkpoints(client, job.id))
    except (NotOnServer, RequestRefused):
        pass  # not every compatible server keeps a diary or checkpoints; the job itself is told truly all the same
    except ServerProblem as error:
        # the state is known and the diary is not whole: `error` keeps the job due, even if it has ended
        return ws.update_job(record.id, job=job, error=error, looked_at=now)
    return ws.update_job(record.id, job=job, error=None, looked_at=now)


def is_due(record: JobRecord, now: datetime) -> bool:
    """Whether looking could bring anything new."""
    job = record.snapshot
    if job is None or record.looked_at is None:
        return True
    if job.status.is_terminal and record.error is None:
        return False
    return now - record.looked_at >= timedelta(seconds=max(NEAREST_S, _EARLY * _pace(record, now)))


def seconds_to_next_look(record: JobRecord, now: datetime) -> float | None:
    """After how many seconds to look again; None where the job has ended and all of its diary is here."""
    job = record.snapshot
    if record.remote_id is None or (job is not None and job.status.is_terminal and record.error is None):
        return None
    return _pace(record, now)


def _pace(record: JobRecord, now: datetime) -> float:
    if record.origin == THIS_MACHINE:  # asking it costs nobody anything
        return NEAREST_S
    age = (now - record.created_at).total_seconds()
    return next((pace for under, pace in _PACE if age < under), _SLOWEST_S)


def cancel(ws: Workspace, client: Client, record: JobRecord, now: datetime) -> JobRecord:
    """Ask the server to stop a job; one that has ended meanwhile is simply looked at. Raises ServerProblem."""
    return _steer(ws, client, record, now, cancel_job)


def pause(ws: Workspace, client: Client, record: JobRecord, now: datetime) -> JobRecord:
    """Ask the server to pause a running job. Raises ServerProblem, RequestRefused where it cannot be paused."""
    return _steer(ws, client, record, now, pause_job)


def resume(ws: Workspace, client: Client, record: JobRecord, now: datetime) -> JobRecord:
    """Ask the server to go on with a paused job. Raises ServerProblem, RequestRefused where it is not paused."""
    return _steer(ws, client, record, now, resume_job)


def _steer(ws: Workspace, client: Client, record: JobRecord, now: datetime, order: Callable[[Client, str], Job]) -> JobRecord:
    if record.remote_id is None:
        return record
    try:
        job = order(client, record.remote_id)
    except AnswerLost:
        job = get_job(client, record.remote_id)  # these orders cost nothing and do no harm twice: the state tells whether it was heard
    except RequestRefused:
        job = get_job(client, record.remote_id)
        if not job.status.is_terminal:
            raise
    # an order's answer carries no diary: the next look fetches it, which `error` of before or a state that is not final keeps due
    if job.status.is_terminal:
        return look(ws, client, record, now, at_once=True)
    return ws.update_job(record.id, job=job, error=None, looked_at=now)


def _unknown(record: JobRecord) -> Job:
    before = record.snapshot
    if before is None:
        return Job(record.remote_id or "", JobStatus.UNKNOWN, GONE, "")
    return before if before.status.is_terminal else replace(before, status=JobStatus.UNKNOWN, raw_status=GONE)
