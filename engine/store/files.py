"""Uploaded files and result files: a row each, and the bytes under the file's id."""

import os
from pathlib import Path

from engine.store.database import Database
from engine.store.rows import Page, StoredFile, new_id

_COLUMNS = "id, filename, bytes, purpose, created_at"


class Files:
    """The files of one home."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def path(self, file_id: str) -> Path:
        """Where the bytes of a stored file lie; only for ids that came from the store."""
        return self._folder / file_id

    def keep(self, source: Path, *, filename: str, purpose: str, now: int) -> StoredFile:
        """Take over the finished file at `source` (same disk) under a new id."""
        stored = StoredFile(new_id("file"), filename, source.stat().st_size, purpose, now)
        os.replace(source, self.path(stored.id))
        self._insert(stored)
        return stored

    def write(self, file_id: str, data: bytes, *, filename: str, purpose: str, now: int) -> StoredFile:
        """Write a small file under an id of the caller's choice; writing it again replaces it."""
        stored = StoredFile(file_id, filename, len(data), purpose, now)
        half = self._folder / f"{file_id}.half"
        half.write_bytes(data)
        os.replace(half, self.path(file_id))
        self._insert(stored)
        return stored

    def _insert(self, stored: StoredFile) -> None:
        self._database.run(
            f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
            (stored.id, stored.filename, stored.bytes, stored.purpose, stored.created_at),
        )

    def get(self, file_id: str) -> StoredFile | None:
        """One file, or None."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM files WHERE id = ?", (file_id,))
        return StoredFile(*row) if row else None

    def page(self, *, purpose: str | None, after: str | None, limit: int, newest_first: bool) -> Page[StoredFile]:
        """Files by age; raises KeyError where `after` is no file."""
        where, parameters = ["1"], list[object]()
        if purpose is not None:
            where.append("purpose = ?")
            parameters.append(purpose)
        if after is not None:
            anchor = self._database.one("SELECT seq FROM files WHERE id = ?", (after,))
            if anchor is None:
                raise KeyError(after)
            where.append("seq < ?" if newest_first else "seq > ?")
            parameters.append(anchor["seq"])
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT {_COLUMNS} FROM files WHERE {' AND '.join(where)} ORDER BY seq {order} LIMIT ?"
        rows = self._database.all(sql, (*parameters, limit + 1))
        return Page([StoredFile(*row) for row in rows[:limit]], len(rows) > limit)

    def tidy(self) -> None:
        """Remove bytes that belong to no file."""
        for path in self._folder.iterdir():
            if self.get(path.name) is None:
                path.unlink(missing_ok=True)

    def delete(self, file_id: str) -> bool:
        """Forget a file and its bytes; whether there was one."""
        found = self._database.run("DELETE FROM files WHERE id = ?", (file_id,)) > 0
        if found:
            self.path(file_id).unlink(missing_ok=True)
        return found
