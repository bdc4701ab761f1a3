"""Job records: claimed before the call that creates a job, so that nothing is ever paid twice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack, get_args

from sqlalchemy import Connection, delete, or_, select, update

from core.base.errors import N_, TunesmithError, WorkspaceError
from core.base.remote import Job, JobStatus
from core.io.workspace import tables
from core.io.workspace.records import JobRecord, JobState, Plan, Project, error_to_json
from core.io.workspace.store import Store, add, change, digest, every, of_row, one


class JobFields(TypedDict, total=False):
    """What may be changed about a job record."""

    state: JobState
    remote_id: str | None
    job: Job | Mapping[str, Any] | None
    error: TunesmithError | Mapping[str, Any] | None
    looked_at: datetime | None


class Jobs(Store):
    """The fine-tuning jobs that a workspace knows."""

    def claim_job(self, plan_id: str, attempt: int, now: datetime) -> tuple[JobRecord, bool]:
        """The record of this attempt at a plan, and whether the caller is the one who may create the job.

        Of any number of concurrent callers, in any number of processes, exactly one gets True, and it is on the disk before
        this returns. An attempt that ended "absent" or "refused" made no job: it may be claimed again. Plans with the same
        key share their record, whichever project they belong to.
        """
        job = tables.jobs.c
        with self._db.write(durable=True) as connection:
            plan = one(connection, Plan, tables.plans, plan_id)
            fresh = {"state": "creating", "remote_id": None, "job": None, "error": None, "created_at": now, "looked_at": None}
            query = select(tables.jobs).where(job.key == plan.key, job.attempt == attempt)
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                values = {
                    "project_id": plan.project_id,
                    "plan_id": plan.id,
                    "connection_id": plan.connection_id,
                    "origin": plan.origin,
                    "key": plan.key,
                    "attempt": attempt,
                }
                return add(connection, JobRecord, tables.jobs, {**values, **fresh}), True
            if row["state"] in ("absent", "refused"):
                return change(connection, JobRecord, tables.jobs, row["id"], fresh), True
            return of_row(JobRecord, row), False

    def update_job(self, job_id: str, *, expect: JobState | None = None, **fields: Unpack[JobFields]) -> JobRecord:
        """Change a record and return it; with `expect`, only if its state is still that one (else it comes back unchanged).

        A job that was created stays created: raises WorkspaceError for any other state. `job` takes a Job, `error` a typed error.
        """
        values: dict[str, Any] = dict(fields)
        unknown = set(values) - set(JobFields.__annotations__)
        if unknown:
            raise TypeError(f"a job record has no {', '.join(sorted(unknown))}")
        if "state" in values and values["state"] not in get_args(JobState):
            raise ValueError(f"{values['state']!r} is not a state of a job record")
        if isinstance(error := values.get("error"), TunesmithError):
            values["error"] = error_to_json(error)
        with self._db.write(durable=bool(values.keys() & {"state", "remote_id"})) as connection:
            before = one(connection, JobRecord, tables.jobs, job_id)
            if expect is not None and before.state != expect:
                return before
            if before.state == "created" and values.get("state", "created") != "created":
                raise WorkspaceError(N_("This training was started, so its record stays."), N_("Look at it under Monitor."), details=job_id)
            if values.get("remote_id") not in (None, before.remote_id):
                _take_over(connection, before, values["remote_id"])
            return change(connection, JobRecord, tables.jobs, job_id, values)

    def job(self, job_id: str) -> JobRecord:
        """The record with this id (ours, not the server's); raises NotInWorkspace."""
        with self._db.read() as connection:
            return one(connection, JobRecord, tables.jobs, job_id)

    def jobs(self, project_id: str) -> list[JobRecord]:
        """The project's jobs, the newest first, with those that it shares with another project because their plans are the same."""
        job, plan = tables.jobs.c, tables.plans.c
        shared = select(plan.key).where(plan.project_id == project_id)
        with self._db.read() as connection:
            query = select(tables.jobs).where(or_(job.project_id == project_id, job.key.in_(shared)))
            return every(connection, JobRecord, query.order_by(job.created_at.desc(), job.seq.desc()))

    def jobs_at(self, origin: str) -> list[JobRecord]:
        """Every project's jobs on one server, in the order in which they were begun."""
        with self._db.read() as connection:
            return every(connection, JobRecord, select(tables.jobs).where(tables.jobs.c.origin == origin).order_by(tables.jobs.c.seq))

    def jobs_lately(self, since: datetime) -> list[JobRecord]:
        """Every project's started jobs of which no end is known, or that were looked at since then; in the order of their beginning."""
        job = tables.jobs.c
        ended = job.job["status"].as_string().in_([status.value for status in JobStatus if status.is_terminal])
        with self._db.read() as connection:
            query = select(tables.jobs).where(job.state == "created", or_(job.job.is_(None), ~ended, job.looked_at >= since))
            return every(connection, JobRecord, query.order_by(job.seq))

    def latest_attempt(self, key: str) -> JobRecord | None:
        """The last attempt at the plan with this key, or None where nothing was tried."""
        job = tables.jobs.c
        with self._db.read() as connection:
            found = every(connection, JobRecord, select(tables.jobs).where(job.key == key).order_by(job.attempt.desc()).limit(1))
        return found[0] if found else None

    def adopt_job(
        self,
        project_id: str,
        *,
        connection_id: str,
        origin: str,
        remote_id: str,
        job: Job | Mapping[str, Any] | None = None,
        now: datetime,
    ) -> JobRecord:
        """Take in a job that was made elsewhere; the record that already knows it is returned as it is."""
        with self._db.write(durable=True) as connection:
            one(connection, Project, tables.projects, project_id)
            row = _known(connection, origin, remote_id)
            if row is not None:
                return row
            values = {
                "project_id": project_id,
                "plan_id": None,
                "connection_id": connection_id,
                "origin": origin,
                "key": digest("adopted", origin, remote_id),
                "attempt": 1,
                "state": "created",
                "remote_id": remote_id,
                "job": job,
                "error": None,
                "created_at": now,
                "looked_at": None if job is None else now,
            }
            return add(connection, JobRecord, tables.jobs, values)


def _known(connection: Connection, origin: str, remote_id: str) -> JobRecord | None:
    job = tables.jobs.c
    row = connection.execute(select(tables.jobs).where(job.origin == origin, job.remote_id == remote_id)).mappings().one_or_none()
    return None if row is None else of_row(JobRecord, row)


def _take_over(connection: Connection, record: JobRecord, remote_id: str) -> None:
    # between a server's creating a job and its answer to us, a look at its list may have adopted the job as a stranger's:
    # the record that asked for it is the true one and takes the other's diary
    other = _known(connection, record.origin, remote_id)
    if other is None:
        return
    if other.plan_id is not None:
        raise WorkspaceError(N_("This training has been recorded already."), details=f"{record.id} and {other.id}: {remote_id}")
    for table in (tables.job_events, tables.job_checkpoints):
        connection.execute(delete(table).where(table.c.job_id == record.id))
        connection.execute(update(table).where(table.c.job_id == other.id).values(job_id=record.id))
    connection.execute(delete(tables.jobs).where(tables.jobs.c.id == other.id))
