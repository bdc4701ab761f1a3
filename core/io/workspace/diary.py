"""What a job's server told about it: events and checkpoints."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from core.base.remote import Checkpoint, JobEvent
from core.io.workspace import tables
from core.io.workspace.records import JobRecord
from core.io.workspace.store import Store, one


class Diary(Store):
    """The events and checkpoints of the jobs of a workspace."""

    def add_events(self, job_id: str, events: Sequence[JobEvent]) -> int:
        """Note the events that are new, in either order of time, and return how many those were; raises NotInWorkspace."""
        rows = [
            {
                "job_id": job_id,
                "event_id": event.id,
                "created_at": event.created_at,
                "level": event.level,
                "type": event.type,
                "message": event.message,
                "data": dict(event.data),
            }
            for event in _oldest_first(events)
        ]
        with self._db.write() as connection:
            one(connection, JobRecord, tables.jobs, job_id)
            if not rows:
                return 0
            statement = insert(tables.job_events).on_conflict_do_nothing(index_elements=["job_id", "event_id"])
            return connection.execute(statement, rows).rowcount

    def events(self, job_id: str, since: str | None = None) -> list[JobEvent]:
        """The job's events, the oldest first; with `since`, the id of an event already seen, only those after it."""
        event = tables.job_events.c
        query = select(tables.job_events).where(event.job_id == job_id).order_by(event.created_at, event.seq)
        with self._db.read() as connection:
            if since is not None:
                seen = connection.execute(
                    select(event.created_at, event.seq).where(event.job_id == job_id, event.event_id == since)
                ).first()
                if seen is not None:
                    query = query.where((event.created_at > seen[0]) | ((event.created_at == seen[0]) & (event.seq > seen[1])))
            rows = connection.execute(query).all()
        return [JobEvent(row.event_id, row.created_at, row.level, row.type, row.message, row.data) for row in rows]

    def events_from(self, job_id: str, after: int = 0) -> tuple[list[JobEvent], int]:
        """The events noted after the one with this number, in the order in which they were noted, and the number of the last one."""
        event = tables.job_events.c
        query = select(tables.job_events).where(event.job_id == job_id, event.seq > after).order_by(event.seq)
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        told = [JobEvent(row.event_id, row.created_at, row.level, row.type, row.message, row.data) for row in rows]
        return told, rows[-1].seq if rows else after

    def event_ids(self, job_id: str) -> set[str]:
        """The ids of the job's events."""
        event = tables.job_events.c
        with self._db.read() as connection:
            return set(connection.execute(select(event.event_id).where(event.job_id == job_id)).scalars())

    def set_checkpoints(self, job_id: str, checkpoints: Sequence[Checkpoint]) -> None:
        """Replace the job's checkpoints by these; raises NotInWorkspace."""
        by_id = {
            checkpoint.id: {
                "job_id": job_id,
                "checkpoint_id": checkpoint.id,
                "model": checkpoint.model,
                "step": checkpoint.step,
                "created_at": checkpoint.created_at,
                "metrics": dict(checkpoint.metrics),
            }
            for checkpoint in checkpoints
        }
        with self._db.write() as connection:
            one(connection, JobRecord, tables.jobs, job_id)
            connection.execute(delete(tables.job_checkpoints).where(tables.job_checkpoints.c.job_id == job_id))
            if by_id:
                connection.execute(insert(tables.job_checkpoints), list(by_id.values()))

    def checkpoints(self, job_id: str) -> list[Checkpoint]:
        """The job's checkpoints, the earliest step first."""
        checkpoint = tables.job_checkpoints.c
        query = select(tables.job_checkpoints).where(checkpoint.job_id == job_id).order_by(checkpoint.step, checkpoint.seq)
        with self._db.read() as connection:
            rows = connection.execute(query).all()
        return [Checkpoint(row.checkpoint_id, row.model, row.step, row.created_at, row.metrics) for row in rows]


def _oldest_first(events: Sequence[JobEvent]) -> Sequence[JobEvent]:
    # servers list the newest first and stamp whole seconds, so within one second only the order of the list tells which came first:
    # a list that runs backwards, by its times or else by its steps, is turned round before the rows are numbered
    if len(events) < 2:
        return events
    first, last = events[0].created_at, events[-1].created_at
    if first != last:
        return events[::-1] if first > last else events
    steps = [step for event in events if isinstance(step := event.data.get("step"), int)]
    return events[::-1] if len(steps) > 1 and steps[0] > steps[-1] else events
