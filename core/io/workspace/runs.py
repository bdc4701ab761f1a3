"""Runs: the same questions put to one model, row by row, by whoever holds the lease on a row."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from core.base.replies import Prediction
from core.io.workspace import tables
from core.io.workspace.plain import plain
from core.io.workspace.records import ClaimedRow, Progress, Project, Run, RunRow, RunState, Spent
from core.io.workspace.store import Store, add, change, digest, every, of_row, one


def run_key(
    dataset_id: str | None, connection_id: str, origin: str, model: str, settings: Mapping[str, Any], rows: Sequence[RunRow]
) -> str:
    """What makes two runs the same: the data set, who is asked with which settings, and every row with the messages that are sent."""
    content = hashlib.sha256()
    for row in rows:  # what `digest` gives for plain text, at a third of its time: a page asks for each candidate at every rerun
        text = json.dumps((row,), separators=(",", ":"))
        content.update(hashlib.sha256(text.encode()).hexdigest().encode())
    return digest(dataset_id, connection_id, origin, model, settings, content.hexdigest())


class Runs(Store):
    """The prediction runs of a workspace."""

    def start_run(
        self,
        project_id: str,
        *,
        now: datetime,
        dataset_id: str | None,
        connection_id: str,
        origin: str,
        model: str,
        label: str,
        settings: Mapping[str, Any],
        rows: Sequence[RunRow],
    ) -> Run:
        """Write down a run with all of its rows, or return the one that asks the same: no row is ever asked twice.

        A row is (number in the spreadsheet, question, expected answer, messages as JSON). The same data set, server,
        model, settings and rows are the same run; the label is not part of it.
        """
        key = run_key(dataset_id, connection_id, origin, model, settings, rows)
        with self._db.write() as connection:
            one(connection, Project, tables.projects, project_id)
            query = select(tables.runs).where(tables.runs.c.project_id == project_id, tables.runs.c.key == key)
            same = connection.execute(query).mappings().one_or_none()
            if same is not None:
                return of_row(Run, same)
            values = {
                "project_id": project_id,
                "dataset_id": dataset_id,
                "connection_id": connection_id,
                "origin": origin,
                "model": model,
                "label": label,
                "settings": dict(settings),
                "key": key,
                "total": len(rows),
                "state": "running" if rows else "finished",
                "created_at": now,
                "finished_at": None if rows else now,
            }
            run = add(connection, Run, tables.runs, values)
            if rows:
                names = ("row", "question", "expected", "messages")
                common = {"run_id": run.id, "state": "open", "error": ""}
                lines = [{**common, "position": place, **dict(zip(names, row, strict=True))} for place, row in enumerate(rows)]
                connection.execute(insert(tables.run_rows), lines)
            return run

    def keep_answers(self, run_id: str, answers: Sequence[str | None], *, error: str, now: datetime) -> Run:
        """Settle every row of a run at once with answers that came from elsewhere, in its order; None fails with `error`.

        Rows that are settled already stay as they are.
        """
        row = tables.run_rows.c
        settle = update(tables.run_rows).where(row.run_id == run_id, row.position == bindparam("at"), row.state == "open")
        values: dict[str, Any] = {"state": bindparam("now_state"), "answer": bindparam("said"), "error": bindparam("why")}
        lines = [
            {"at": at, "now_state": "failed" if said is None else "answered", "said": said, "why": error if said is None else ""}
            for at, said in enumerate(answers)
        ]
        with self._db.write() as connection:
            if lines:
                connection.execute(settle.values(**values), lines)
            return change(connection, Run, tables.runs, run_id, {"state": "finished", "finished_at": now})

    def run(self, run_id: str) -> Run:
        """The run with this id; raises NotInWorkspace."""
        with self._db.read() as connection:
            return one(connection, Run, tables.runs, run_id)

    def runs(self, project_id: str) -> list[Run]:
        """The project's runs, the newest first."""
        run = tables.runs.c
        with self._db.read() as connection:
            query = select(tables.runs).where(run.project_id == project_id).order_by(run.created_at.desc(), run.seq.desc())
            return every(connection, Run, query)

    def set_run_state(self, run_id: str, state: RunState, now: datetime) -> Run:
        """Stop a run (no row is given out any more) or let it go on; one without open rows is finished whatever is asked."""
        row = tables.run_rows.c
        with self._db.write() as connection:
            is_open = connection.execute(select(row.position).where(row.run_id == run_id, row.state == "open").limit(1)).first() is not None
            before = one(connection, Run, tables.runs, run_id)
            if not is_open:
                state = "finished"
            finished_at = (before.finished_at or now) if state == "finished" else None
            return change(connection, Run, tables.runs, run_id, {"state": state, "finished_at": finished_at})

    def claim_rows(self, run_id: str, owner: str, n: int, now: datetime, lease_s: float) -> list[ClaimedRow]:
        """Up to n unanswered rows for `owner` alone, until `lease_s` seconds have passed.

        Empty where the run is not running, and while a batch may still answer its rows: no question is paid for twice.
        """
        row = tables.run_rows.c
        free = or_(row.lease_until.is_(None), row.lease_until <= now)
        with self._db.write() as connection:
            if one(connection, Run, tables.runs, run_id).state != "running" or live_batch(connection, run_id):
                return []
            wanted = select(row.position).where(row.run_id == run_id, row.state == "open", free).order_by(row.position).limit(n)
            statement = update(tables.run_rows).where(row.run_id == run_id, row.position.in_(wanted))
            leased = statement.values(owner=owner, lease_until=now + timedelta(seconds=lease_s))
            claimed = connection.execute(leased.returning(row.position, row.row, row.question, row.expected, row.messages)).all()
        return sorted((ClaimedRow(*line) for line in claimed), key=lambda line: line.index)

    def renew_lease(self, run_id: str, owner: str, now: datetime, lease_s: float) -> int:
        """Hold the owner's unanswered rows for `lease_s` seconds more; returns how many those are."""
        return self._lease(run_id, owner, {"lease_until": now + timedelta(seconds=lease_s)})

    def release_rows(self, run_id: str, owner: str) -> int:
        """Give the owner's unanswered rows back at once; returns how many those were."""
        return self._lease(run_id, owner, {"owner": None, "lease_until": None})

    def _lease(self, run_id: str, owner: str, values: dict[str, Any]) -> int:
        row = tables.run_rows.c
        with self._db.write() as connection:
            mine = update(tables.run_rows).where(row.run_id == run_id, row.state == "open", row.owner == owner)
            return connection.execute(mine.values(**values)).rowcount

    def finish_row(
        self,
        run_id: str,
        row_index: int,
        *,
        owner: str,
        now: datetime,
        answer: str | None = None,
        error: str = "",
        latency_s: float | None = None,
        prompt_tokens: int | None = None,
        completion_tokens: int | None = None,
        notes: Mapping[str, Any] | None = None,
        finish_reason: str = "",
        usd: float | None = None,
    ) -> bool:
        """Store what came of a row (its `index`, not the spreadsheet's number); False where it was settled already.

        An answer counts even if the lease ran out meanwhile, since it was paid for; a failure only from the row's present owner.
        """
        if (answer is None) == (not error):
            raise ValueError("a row ends with an answer or with an error")
        row = tables.run_rows.c
        open_row = update(tables.run_rows).where(row.run_id == run_id, row.position == row_index, row.state == "open")
        if answer is None:
            open_row = open_row.where(row.owner == owner)
        values = {
            "state": "failed" if answer is None else "answered",
            "answer": answer,
            "error": error,
            "latency_s": latency_s,
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "notes": plain(notes) if notes else None,
            "finish_reason": finish_reason,
            "usd": usd,
            "owner": owner,
            "lease_until": None,
        }
        with self._db.write() as connection:
            settled = connection.execute(open_row.values(**values)).rowcount == 1
            close_if_over(connection, run_id, now)
        return settled

    def retry_failed(self, run_id: str) -> int:
        """Open the failed rows again, and the run with them; returns how many those are."""
        row = tables.run_rows.c
        again = {"state": "open", "error": "", "owner": None, "lease_until": None, "latency_s": None}
        with self._db.write() as connection:
            failed = update(tables.run_rows).where(row.run_id == run_id, row.state == "failed")
            opened = connection.execute(failed.values(**again, prompt_tokens=None, completion_tokens=None)).rowcount
            if opened:
                connection.execute(update(tables.runs).where(tables.runs.c.id == run_id).values(state="running", finished_at=None))
        return opened

    def delete_run(self, run_id: str) -> None:
        """Forget a run with its answers; one that is not there is as good as forgotten."""
        with self._db.write(durable=True) as connection:
            connection.execute(delete(tables.runs).where(tables.runs.c.id == run_id))

    def progress(self, run_id: str) -> Progress:
        """Rows answered, failed and in all; raises NotInWorkspace."""
        row = tables.run_rows.c
        with self._db.read() as connection:
            total = one(connection, Run, tables.runs, run_id).total
            query = select(row.state, func.count()).where(row.run_id == run_id).group_by(row.state)
            counts = {state: count for state, count in connection.execute(query)}
        return Progress(counts.get("answered", 0), counts.get("failed", 0), total)

    def predictions(self, run_id: str) -> list[Prediction]:
        """What the settled rows ended with, in the order of the rows; those still open are not among them."""
        row = tables.run_rows.c
        wanted = (row.row, row.question, row.expected, row.answer, row.error, row.latency_s, row.prompt_tokens, row.completion_tokens)
        further = (row.notes, row.finish_reason, row.usd)
        query = select(*wanted, *further).where(row.run_id == run_id, row.state != "open").order_by(row.position)
        with self._db.read() as connection:
            return [Prediction(*line[:8], line[8] or {}, *line[9:]) for line in connection.execute(query)]

    def messages_answered(self, run_id: str) -> list[str]:
        """The messages that were sent for the settled rows, as JSON, in the order of `predictions`."""
        row = tables.run_rows.c
        with self._db.read() as connection:
            query = select(row.messages).where(row.run_id == run_id, row.state != "open").order_by(row.position)
            return list(connection.execute(query).scalars())

    def spent(self, run_id: str) -> Spent:
        """What the run's answers have cost so far."""
        row = tables.run_rows.c
        query = select(func.coalesce(func.sum(row.usd), 0.0), func.count(row.usd), func.count()).where(
            row.run_id == run_id, row.state == "answered"
        )
        with self._db.read() as connection:
            usd, priced, answered = connection.execute(query).one()
        return Spent(float(usd), priced, answered - priced)


def live_batch(connection: Connection, run_id: str) -> bool:
    """Whether a batch may still answer the run's rows."""
    batch = tables.run_batches.c
    live = select(batch.run_id).where(batch.run_id == run_id, batch.state.in_(("creating", "created", "uncertain")))
    return connection.execute(live).first() is not None


def close_if_over(connection: Connection, run_id: str, now: datetime) -> None:
    """Finish a run that has no open rows any more."""
    row, run = tables.run_rows.c, tables.runs.c
    if connection.execute(select(row.position).where(row.run_id == run_id, row.state == "open").limit(1)).first() is None:
        over = update(tables.runs).where(run.id == run_id, run.state != "finished")
        connection.execute(over.values(state="finished", finished_at=now))
