"""Batches: a row each, and beside it the lines that were answered so far, so that a restart answers none of them again."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.store.database import Database
from engine.store.rows import Page, StoredBatch, new_id

LIFETIME_S = 24 * 3600
_COLUMNS = (
    "id, input_file, endpoint, status, metadata, created_at, expires_at, times, total, completed, failed, output_file, error_file, errors"
)


class Batches:
    """The batches of one home."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def create(self, source: Path, *, input_file: str, endpoint: str, metadata: Mapping[str, str] | None, now: int) -> StoredBatch:
        """Write down a batch; it keeps a copy of its requests, so that deleting the file does not take them away."""
        batch_id = new_id("batch")
        folder = self.folder(batch_id)
        folder.mkdir()
        shutil.copyfile(source, folder / "input.jsonl")
        self._database.run(
            "INSERT INTO batches (id, input_file, endpoint, status, metadata, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (batch_id, input_file, endpoint, "validating", None if metadata is None else json.dumps(metadata), now, now + LIFETIME_S),
        )
        return self.need(batch_id)

    def folder(self, batch_id: str) -> Path:
        """Where its requests and answers lie; only for ids that came from the store."""
        return self._folder / batch_id

    def get(self, batch_id: str) -> StoredBatch | None:
        """One batch, or None."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM batches WHERE id = ?", (batch_id,))
        return None if row is None else _batch(row)

    def need(self, batch_id: str) -> StoredBatch:
        """One batch that is there."""
        found = self.get(batch_id)
        if found is None:
            raise KeyError(batch_id)
        return found

    def page(self, *, after: str | None, limit: int) -> Page[StoredBatch]:
        """Newest first; raises KeyError where `after` is no batch."""
        where, parameters = "1", list[object]()
        if after is not None:
            anchor = self._database.one("SELECT seq FROM batches WHERE id = ?", (after,))
            if anchor is None:
                raise KeyError(after)
            where, parameters = "seq < ?", [anchor["seq"]]
        rows = self._database.all(f"SELECT {_COLUMNS} FROM batches WHERE {where} ORDER BY seq DESC LIMIT ?", (*parameters, limit + 1))
        return Page([_batch(row) for row in rows[:limit]], len(rows) > limit)

    def open(self) -> list[StoredBatch]:
        """Those that are not over, the oldest first."""
        final = "('failed', 'completed', 'expired', 'cancelled')"
        return [_batch(row) for row in self._database.all(f"SELECT {_COLUMNS} FROM batches WHERE status NOT IN {final} ORDER BY seq")]

    def move(self, batch_id: str, status: str, *, only_from: tuple[str, ...], now: int, **values: Any) -> bool:
        """Change the status, noting when, and further columns with it; False where it had another status."""
        with self._database.transaction():
            before = self.need(batch_id)
            if before.status not in only_from:
                return False
            given = {**values, "status": status, "times": json.dumps({**before.times, f"{status}_at": now})}
            names = ", ".join(f"{name} = ?" for name in given)
            self._database.run(f"UPDATE batches SET {names} WHERE id = ?", (*given.values(), batch_id))
        return True

    def count(self, batch_id: str, *, total: int, completed: int, failed: int) -> None:
        """Note how far it is."""
        self._database.run("UPDATE batches SET total = ?, completed = ?, failed = ? WHERE id = ?", (total, completed, failed, batch_id))


def _batch(row: Any) -> StoredBatch:
    values = dict(row)
    for name, nothing in (("metadata", None), ("times", {}), ("errors", ())):
        values[name] = nothing if values[name] is None else json.loads(values[name])
    return StoredBatch(**{**values, "errors": tuple(values["errors"])})
