"""The diary of each job; a line with a key is written once, however often a restarted worker says it again."""

import json
from collections.abc import Mapping
from typing import Any

from engine.store.database import Database
from engine.store.rows import Page, StoredEvent, new_id


class Events:
    """The events of every job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        job_id: str,
        message: str,
        *,
        now: int,
        key: str | None = None,
        level: str = "info",
        data: Mapping[str, Any] | None = None,
    ) -> bool:
        """Write one line, of type metrics where it has data; False where this key was written before."""
        kind = "message" if data is None else "metrics"
        sql = "INSERT OR IGNORE INTO events (id, job_id, key, created_at, level, type, message, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        stored = None if data is None else json.dumps(dict(data))
        return self._database.run(sql, (new_id("ftevent"), job_id, key, now, level, kind, message, stored)) > 0

    def page(self, job_id: str, *, after: str | None, limit: int) -> Page[StoredEvent]:
        """Newest first; raises KeyError where `after` is no event of this job."""
        before = None
        if after is not None:
            anchor = self._database.one("SELECT seq FROM events WHERE id = ? AND job_id = ?", (after, job_id))
            if anchor is None:
                raise KeyError(after)
            before = anchor["seq"]
        sql = """SELECT id, created_at, level, type, message, data FROM events
                 WHERE job_id = ? AND (? IS NULL OR seq < ?) ORDER BY seq DESC LIMIT ?"""
        rows = self._database.all(sql, (job_id, before, before, limit + 1))
        events = [StoredEvent(**{**dict(row), "data": row["data"] and json.loads(row["data"])}) for row in rows[:limit]]
        return Page(events, len(rows) > limit)
