"""Batches: the one order as which a run's rows were sent to a server, on record before it leaves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypedDict, Unpack

from sqlalchemy import insert, select, update

from core.base.errors import N_, NotInWorkspace, TunesmithError, WorkspaceBusy, WorkspaceError
from core.io.workspace import tables
from core.io.workspace.records import BatchState, ClaimedRow, Run, RunBatch, error_to_json
from core.io.workspace.runs import close_if_over
from core.io.workspace.store import MISSING, Store, of_row, one

_ORDERED: Final = ("created", "over", "lost")  # what its server has once said yes to


class BatchFields(TypedDict, total=False):
    """What may be changed about the record of a batch."""

    state: BatchState
    file_id: str | None
    remote_id: str | None
    status: str
    done: int
    failed: int
    error: TunesmithError | Mapping[str, Any] | None
    called_at: datetime | None
    looked_at: datetime | None


class BatchAnswer(NamedTuple):
    """What a batch brought for one row (its place in the run): an answer, or the reason why there is none."""

    place: int
    answer: str | None
    error: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str = ""
    usd: float | None = None


class Batches(Store):
    """The batches of a workspace, at most one for each run."""

    def claim_batch(self, run_id: str, *, origin: str, owner: Mapping[str, Any], now: datetime) -> tuple[RunBatch, bool]:
        """The record of the run's batch, and whether the caller is the one who may order it.

        Of any number of callers in any number of processes exactly one gets True, and it is on the disk before this returns. One that
        ended "absent" or "refused" was never ordered: it may be claimed again. Raises WorkspaceBusy while rows are being asked one by one.
        """
        batch, row = tables.run_batches.c, tables.run_rows.c
        with self._db.write(durable=True) as connection:
            one(connection, Run, tables.runs, run_id)
            known = connection.execute(select(tables.run_batches).where(batch.run_id == run_id)).mappings().one_or_none()
            if known is not None and known["state"] not in ("absent", "refused"):
                return of_row(RunBatch, known), False
            asked = select(row.position).where(row.run_id == run_id, row.state == "open", row.lease_until > now).limit(1)
            if connection.execute(asked).first() is not None:
                raise WorkspaceBusy(N_("Some of these questions are being asked one by one just now."))
            n = len(connection.execute(select(row.position).where(row.run_id == run_id, row.state == "open")).all())
            nothing = dict.fromkeys(("file_id", "remote_id", "error", "called_at", "looked_at"))
            values = {"origin": origin, "state": "creating", "owner": dict(owner), "rows": n, "status": "", "done": 0, "failed": 0}
            values |= {"created_at": now, **nothing}
            if known is None:
                connection.execute(insert(tables.run_batches).values(run_id=run_id, **values))
            else:
                connection.execute(update(tables.run_batches).where(batch.run_id == run_id).values(**values))
            return self._need(connection, run_id), True

    def batch_of(self, run_id: str) -> RunBatch | None:
        """The record of the run's batch, or None where it never had one."""
        with self._db.read() as connection:
            query = select(tables.run_batches).where(tables.run_batches.c.run_id == run_id)
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else of_row(RunBatch, row)

    def update_batch(self, run_id: str, *, expect: BatchState | None = None, **fields: Unpack[BatchFields]) -> RunBatch:
        """Change the record and return it; with `expect`, only if its state is still that one (else it comes back unchanged).

        What was ordered stays ordered: raises WorkspaceError for going back from an order to none, or for another batch than the known one.
        """
        values: dict[str, Any] = dict(fields)
        if isinstance(error := values.get("error"), TunesmithError):
            values["error"] = error_to_json(error)
        with self._db.write(durable=bool(values.keys() & {"state", "remote_id", "called_at"})) as connection:
            before = self._need(connection, run_id)
            if expect is not None and before.state != expect:
                return before
            other = before.remote_id is not None and values.get("remote_id", before.remote_id) != before.remote_id
            back = before.state in _ORDERED and values.get("state", before.state) not in _ORDERED
            if other or back:
                raise WorkspaceError(N_("These questions were ordered already, so the record of it stays."), details=run_id)
            connection.execute(update(tables.run_batches).where(tables.run_batches.c.run_id == run_id).values(**values))
            return self._need(connection, run_id)

    def open_rows(self, run_id: str) -> list[ClaimedRow]:
        """The rows that have no answer yet, in their order."""
        row = tables.run_rows.c
        query = select(row.position, row.row, row.question, row.expected, row.messages).where(row.run_id == run_id, row.state == "open")
        with self._db.read() as connection:
            one(connection, Run, tables.runs, run_id)
            return [ClaimedRow(*line) for line in connection.execute(query.order_by(row.position))]

    def settle_batch(self, run_id: str, answers: Sequence[BatchAnswer], *, now: datetime, **fields: Unpack[BatchFields]) -> int:
        """Store what the batch brought and that it is over, all or nothing; returns how many open rows got their end."""
        row = tables.run_rows.c
        settled = 0
        with self._db.write(durable=True) as connection:
            self._need(connection, run_id)
            for got in answers:
                values = got._asdict()
                open_row = update(tables.run_rows).where(row.run_id == run_id, row.position == values.pop("place"), row.state == "open")
                state = "failed" if got.answer is None else "answered"
                settled += connection.execute(open_row.values(state=state, owner="batch", lease_until=None, **values)).rowcount
            values = dict(fields)
            if isinstance(error := values.get("error"), TunesmithError):
                values["error"] = error_to_json(error)
            over = update(tables.run_batches).where(tables.run_batches.c.run_id == run_id)
            connection.execute(over.values(**values, state="over", looked_at=now))
            close_if_over(connection, run_id, now)
        return settled

    def _need(self, connection: Any, run_id: str) -> RunBatch:
        row = connection.execute(select(tables.run_batches).where(tables.run_batches.c.run_id == run_id)).mappings().one_or_none()
        if row is None:
            raise NotInWorkspace(MISSING["runs"], details=f"run_batches: {run_id}")
        return of_row(RunBatch, row)
