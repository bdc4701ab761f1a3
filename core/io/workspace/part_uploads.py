"""Uploads in parts that are under way: kept part by part, so that a killed app goes on with the missing ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from core.io.workspace import tables
from core.io.workspace.records import PartUpload
from core.io.workspace.store import Store, checked_sha, of_row


class PartUploads(Store):
    """The unfinished uploads of a workspace, one for each server and file."""

    def part_upload(self, origin: str, sha: str) -> PartUpload | None:
        """The unfinished upload of this file to that server, or None."""
        upload = tables.part_uploads.c
        with self._db.read() as connection:
            query = select(tables.part_uploads).where(upload.origin == origin, upload.sha256 == checked_sha(sha))
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        found = of_row(PartUpload, row)
        return replace(found, part_ids=tuple(found.part_ids))

    def keep_part_upload(
        self, origin: str, sha: str, upload_id: str, part_bytes: int, part_ids: Sequence[str], now: datetime, expires_at: int | None
    ) -> PartUpload:
        """Note how far this upload has come, in the place of what was noted before."""
        values = {"upload_id": upload_id, "part_bytes": part_bytes, "part_ids": list(part_ids), "created_at": now, "expires_at": expires_at}
        key = {"origin": origin, "sha256": checked_sha(sha)}
        with self._db.write(durable=True) as connection:
            statement = insert(tables.part_uploads).values(**key, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["origin", "sha256"], set_=values))
        return PartUpload(origin, sha, upload_id, part_bytes, tuple(part_ids), now, expires_at)

    def forget_part_upload(self, origin: str, sha: str) -> None:
        """It is finished, or not worth going on with."""
        upload = tables.part_uploads.c
        with self._db.write() as connection:
            connection.execute(delete(tables.part_uploads).where(upload.origin == origin, upload.sha256 == checked_sha(sha)))
