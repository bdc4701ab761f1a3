"""Files by their sha256: written whole or not at all, kept once, and gone from the disk when nothing needs them."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from core.base.errors import N_, NotInWorkspace, WorkspaceError
from core.io.workspace import tables
from core.io.workspace.database import to_json
from core.io.workspace.records import StoredFile
from core.io.workspace.store import MISSING, Store, checked_sha, of_row

CHUNK = 1 << 20
NAME_LENGTH = 200
ABANDONED = timedelta(days=1)

# every column that points at a file: a new table that does so is found here by itself
_USES = [column for table in tables.metadata.sorted_tables for column in table.c if column.references(tables.files.c.sha256)]


class Files(Store):
    """The files of a workspace."""

    def put_file(self, data: bytes | BinaryIO, name: str, *, now: datetime) -> StoredFile:
        """Keep these bytes (of a stream: all, from its beginning) and return their record.

        The same bytes are kept once, under the name and the time given last.

        A project, a data set or a task must name the file within a day, else it is taken for abandoned and removed.
        """
        file = tables.files.c
        with _disk_in_words():
            temporary, sha, size = self._write_temporary(BytesIO(data) if isinstance(data, bytes) else data)
            try:
                # inside the write transaction, so that a removal of the same file by another process comes wholly before or after
                with self._db.write() as connection:
                    self._put_in_place(temporary, self._place(sha), size)
                    values = {"sha256": sha, "name": _display_name(name), "bytes": size, "created_at": now, "dropped": False}
                    statement = insert(tables.files).values(**values)
                    connection.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_=values))
                    forget(connection, connection.execute(select(file.sha256).where(file.created_at < now - ABANDONED)).scalars().all())
                    row = connection.execute(select(tables.files).where(tables.files.c.sha256 == sha)).mappings().one()
                    return of_row(StoredFile, row)
            finally:
                temporary.unlink(missing_ok=True)

    def stored_file(self, sha: str) -> StoredFile:
        """The record of a file; raises NotInWorkspace."""
        with self._db.read() as connection:
            row = connection.execute(select(tables.files).where(tables.files.c.sha256 == checked_sha(sha))).mappings().one_or_none()
        if row is None:
            raise NotInWorkspace(MISSING["files"])
        return of_row(StoredFile, row)

    def file_path(self, sha: str) -> Path:
        """Where the bytes lie, for reading only; raises NotInWorkspace where they are not all there."""
        record = self.stored_file(sha)
        path = self._place(record.sha256)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise NotInWorkspace(MISSING["files"], details=str(path)) from None
        if size != record.bytes:
            raise WorkspaceError(
                N_("A stored file is damaged: it has {found} bytes and should have {expected}."),
                N_("Choose the file again: it will be stored anew."),
                details=str(path),
                found=size,
                expected=record.bytes,
            )
        return path

    def read_file(self, sha: str) -> bytes:
        """The bytes of a file; raises NotInWorkspace, or WorkspaceError where they are damaged."""
        with _disk_in_words():
            return self.file_path(sha).read_bytes()

    def sweep(self) -> None:
        """Remove from the disk what was forgotten, and what a killed program left half written."""
        with _disk_in_words():
            for leftover in (self.home / "tmp").glob("*.part"):
                if not _is_running(leftover.name):
                    leftover.unlink(missing_ok=True)
            with self._db.read() as connection:
                waiting = connection.execute(select(tables.files.c.sha256).where(tables.files.c.dropped)).first()
            if waiting is None:
                return
            with self._db.write() as connection:
                dropped = set(connection.execute(select(tables.files.c.sha256).where(tables.files.c.dropped)).scalars())
                free = unused(connection, dropped)
                connection.execute(update(tables.files).where(tables.files.c.sha256.in_(dropped - free)).values(dropped=False))
                gone = [sha for sha in free if self._remove(sha)]
                connection.execute(delete(tables.files).where(tables.files.c.sha256.in_(gone)))

    def _remove(self, sha: str) -> bool:
        try:
            self._place(sha).unlink(missing_ok=True)
        except PermissionError:
            return False  # Windows: someone has it open; the next sweep takes it
        return True

    def _place(self, sha: str) -> Path:
        return self.home / "files" / checked_sha(sha)[:2] / sha

    def _write_temporary(self, data: BinaryIO) -> tuple[Path, str, int]:
        temporary = self.home / "tmp" / f"{os.getpid()}-{secrets.token_hex(8)}.part"
        hasher, size = hashlib.sha256(), 0
        try:
            if data.seekable():
                data.seek(0)  # an upload that was looked into before would otherwise be stored as an empty file
            with temporary.open("xb") as file:
                while chunk := data.read(CHUNK):
                    hasher.update(chunk)
                    file.write(chunk)
                    size += len(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return temporary, hasher.hexdigest(), size

    def _put_in_place(self, temporary: Path, place: Path, size: int) -> None:
        if place.exists() and place.stat().st_size == size:
            return
        place.parent.mkdir(exist_ok=True)
        os.replace(temporary, place)
        if os.name == "posix":  # elsewhere a folder cannot be opened, and the rename is journaled
            folder = os.open(place.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def unused(connection: Connection, shas: Iterable[str]) -> set[str]:
    """Those of `shas` that no row needs."""
    left = set(shas)
    for column in _USES:
        if not left:
            break
        left -= set(connection.execute(select(column).where(column.in_(left))).scalars())
    return left


def forget(connection: Connection, shas: Iterable[str], ids: Iterable[str] = ()) -> None:
    """Mark the files that nothing needs any more, with their uploads, and delete the tasks whose arguments name them or `ids`.

    The bytes go with the next `sweep`.
    """
    free = unused(connection, shas)
    names = free | set(ids)
    task = tables.tasks.c
    for task_id, args, result_sha in connection.execute(select(task.id, task.args, task.result_sha)).all():
        text = to_json(args)
        if any(name in text for name in names):
            connection.execute(delete(tables.tasks).where(task.id == task_id))
            free |= {result_sha} - {None}
    free = unused(connection, free)
    connection.execute(delete(tables.uploads).where(tables.uploads.c.sha256.in_(free)))
    connection.execute(delete(tables.part_uploads).where(tables.part_uploads.c.sha256.in_(free)))
    connection.execute(update(tables.files).where(tables.files.c.sha256.in_(free)).values(dropped=True))


def _display_name(name: str) -> str:
    # what a browser sends as a file's name is for showing only; it may be a path, and may hold anything
    last = re.split(r"[\\/]", name)[-1]
    return "".join(letter for letter in last if letter.isprintable())[-NAME_LENGTH:].strip() or "file"


def _is_running(leftover: str) -> bool:
    import psutil  # only where a program was killed while it wrote

    pid, _, _ = leftover.partition("-")
    return pid.isdigit() and psutil.pid_exists(int(pid))


@contextmanager
def _disk_in_words() -> Any:
    try:
        yield
    except OSError as error:
        raise WorkspaceError(
            N_("A file could not be written or read on this machine."),
            N_("Check that the disk is not full and that you may write to Tunesmith's folder."),
            details=str(error),
        ) from error
