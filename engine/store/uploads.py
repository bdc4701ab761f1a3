"""Uploads in parts: a row each, and the bytes of every part in a folder under the upload's id until they become one file."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from engine.store.database import Database
from engine.store.rows import StoredUpload, new_id

LIFETIME_S = 3600  # as at OpenAI: "an Upload expires after 1 hour"
_COLUMNS = "id, filename, bytes, purpose, created_at, expires_at, status, file_id"
_CHUNK = 2**20


class Uploads:
    """The uploads of one home; they outlive the engine, so that a client can go on after a restart."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def begin(self, *, filename: str, size: int, purpose: str, now: int) -> StoredUpload:
        """Write down what is to come."""
        upload = StoredUpload(new_id("upload"), filename, size, purpose, now, now + LIFETIME_S, "pending", None)
        (self._folder / upload.id).mkdir()
        self._database.run(
            f"INSERT INTO uploads ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (upload.id, filename, size, purpose, now, upload.expires_at, upload.status, None),
        )
        return upload

    def get(self, upload_id: str, *, now: int) -> StoredUpload | None:
        """One upload, or None; one whose time is over is expired, and its parts go."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM uploads WHERE id = ?", (upload_id,))
        if row is None:
            return None
        upload = StoredUpload(*row)
        if upload.status == "pending" and now >= upload.expires_at and self._end(upload_id, "expired"):
            return self.get(upload_id, now=now)
        return upload

    def add_part(self, upload_id: str, source: Path) -> tuple[str, int]:
        """Take over the finished bytes at `source` (same disk); the part's id and the bytes received so far with it.

        Raises KeyError where the upload ended meanwhile.
        """
        part = new_id("part")
        try:
            os.replace(source, self._folder / upload_id / part)
        except FileNotFoundError:
            raise KeyError(upload_id) from None
        return part, self.received(upload_id)

    def received(self, upload_id: str) -> int:
        """The bytes of all its parts, those sent twice counted twice."""
        folder = self._folder / upload_id
        return sum(path.stat().st_size for path in folder.iterdir()) if folder.is_dir() else 0

    def drop_part(self, upload_id: str, part: str) -> None:
        """Remove a part that was not wanted after all."""
        (self._folder / upload_id / part).unlink(missing_ok=True)

    def parts(self, upload_id: str) -> dict[str, int]:
        """The size of each part by its id."""
        folder = self._folder / upload_id
        return {path.name: path.stat().st_size for path in folder.iterdir()} if folder.is_dir() else {}

    def join(self, upload_id: str, parts: Sequence[str], target: Path) -> str:
        """Write these parts after one another to `target`; the md5 of the whole, in hexadecimal."""
        digest = hashlib.md5(usedforsecurity=False)
        with target.open("wb") as whole:
            for part in parts:
                with (self._folder / upload_id / part).open("rb") as piece:
                    while chunk := piece.read(_CHUNK):
                        digest.update(chunk)
                        whole.write(chunk)
        return digest.hexdigest()

    def complete(self, upload_id: str, file_id: str) -> bool:
        """It has become this file; False where it ended otherwise meanwhile."""
        return self._end(upload_id, "completed", file_id)

    def cancel(self, upload_id: str) -> bool:
        """No more parts; False where it had ended already."""
        return self._end(upload_id, "cancelled")

    def tidy(self, now: int) -> None:
        """Remove the parts of uploads that are over, and folders that belong to none."""
        for folder in self._folder.iterdir():
            upload = self.get(folder.name, now=now)
            if upload is None or upload.status != "pending":
                shutil.rmtree(folder, ignore_errors=True)

    def _end(self, upload_id: str, status: str, file_id: str | None = None) -> bool:
        sql = "UPDATE uploads SET status = ?, file_id = ? WHERE id = ? AND status = 'pending'"
        ended = self._database.run(sql, (status, file_id, upload_id)) > 0
        if ended:
            shutil.rmtree(self._folder / upload_id, ignore_errors=True)
        return ended
