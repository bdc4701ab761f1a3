"""The rows of long work: who asked for what, how far it is, what came of it. `core.io.tasks` runs it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from core.base.errors import TunesmithError
from core.io.workspace import tables
from core.io.workspace.files import Files, forget
from core.io.workspace.records import Task, TaskState, error_to_json
from core.io.workspace.store import add, change, digest, every, of_row, one

KEPT = 100  # finished tasks: enough for a day of trying mappings, and bounded
ALIVE = ("waiting", "running")


class Worklist(Files):
    """The tasks of a workspace."""

    def add_task(self, kind: str, args: Mapping[str, Any], now: datetime, *, again: bool = False) -> tuple[Task, bool]:
        """The task with this content, and whether it is new; `again` replaces one that failed or was cancelled."""
        task, key = tables.tasks.c, digest(kind, args)
        with self._db.write() as connection:
            row = connection.execute(select(tables.tasks).where(task.key == key)).mappings().one_or_none()
            if row is not None:
                if not again or row["state"] not in ("failed", "cancelled"):
                    return of_row(Task, row), False
                _remove(connection, [of_row(Task, row)])
            over = select(tables.tasks).where(task.state.not_in(ALIVE)).order_by(task.seq.desc()).offset(KEPT)
            _remove(connection, every(connection, Task, over))
            values = {"kind": kind, "args": dict(args), "key": key, "state": "waiting", "done": 0, "total": 0, "attempts": 1}
            new = add(connection, Task, tables.tasks, {**values, "created_at": now, "heartbeat": now})
        self.sweep()
        return new, True

    def task(self, task_id: str) -> Task:
        """The task with this id; raises NotInWorkspace."""
        with self._db.read() as connection:
            return one(connection, Task, tables.tasks, task_id)

    def tasks(self) -> list[Task]:
        """All tasks, the newest first."""
        with self._db.read() as connection:
            return every(connection, Task, select(tables.tasks).order_by(tables.tasks.c.seq.desc()))

    def note_task_process(self, task_id: str, pid: int) -> None:
        """The process that was started for a waiting task, unless the process has said so itself already."""
        task = tables.tasks.c
        with self._db.write() as connection:
            waiting = update(tables.tasks).where(task.id == task_id, task.state == "waiting", task.pid.is_(None))
            connection.execute(waiting.values(pid=pid))

    def begin_task(self, task_id: str, pid: int, now: datetime) -> bool:
        """Turn a waiting task into this process's own; False where it is not waiting any more."""
        task = tables.tasks.c
        with self._db.write() as connection:
            mine = update(tables.tasks).where(task.id == task_id, task.state == "waiting")
            return connection.execute(mine.values(state="running", pid=pid, heartbeat=now)).rowcount == 1

    def beat_task(self, task_id: str, now: datetime, done: int | None = None, total: int | None = None) -> bool:
        """Say that the work goes on, and how far it is; False where nobody wants it any more."""
        task = tables.tasks.c
        values: dict[str, Any] = {"heartbeat": now} if done is None else {"heartbeat": now, "done": done, "total": total}
        with self._db.write() as connection:
            alive = update(tables.tasks).where(task.id == task_id, task.state.in_(ALIVE))
            return connection.execute(alive.values(**values)).rowcount == 1

    def end_task(
        self,
        task_id: str,
        state: TaskState,
        now: datetime,
        *,
        pid: int | None = None,
        result: Any = None,
        result_sha: str | None = None,
        error: TunesmithError | None = None,
    ) -> bool:
        """Write down how a task ended; False where it had ended already, or where it is not `pid`'s any more."""
        task = tables.tasks.c
        mine = update(tables.tasks).where(task.id == task_id, task.state.in_(ALIVE))
        if pid is not None:
            mine = mine.where(task.pid == pid)
        values = {"state": state, "result": result, "result_sha": result_sha, "finished_at": now}
        with self._db.write() as connection:
            return connection.execute(mine.values(**values, error=None if error is None else error_to_json(error))).rowcount == 1

    def bury_task(self, dead: Task, now: datetime, *, attempts: int, error: TunesmithError) -> tuple[Task, bool]:
        """The process of `dead` is gone: let the task wait anew, until it has had `attempts`, then fail it with `error`.

        True means that the caller is the one to start it. Whoever was quicker (the worker itself, another page) is respected.
        """
        with self._db.write() as connection:
            present = one(connection, Task, tables.tasks, dead.id)
            if present.state not in ALIVE or (present.pid, present.attempts) != (dead.pid, dead.attempts):
                return present, False
            values: dict[str, Any] = {"state": "waiting", "pid": None, "attempts": present.attempts + 1, "done": 0, "heartbeat": now}
            if present.attempts >= attempts:
                values = {"state": "failed", "error": error_to_json(error), "finished_at": now}
            after = change(connection, Task, tables.tasks, dead.id, values)
            return after, after.state == "waiting"


def _remove(connection: Connection, tasks: list[Task]) -> None:
    connection.execute(delete(tables.tasks).where(tables.tasks.c.id.in_([task.id for task in tasks])))
    forget(connection, [task.result_sha for task in tasks if task.result_sha])
