"""The SQLite database of a workspace: its connections, its two kinds of transactions, and its faults in words."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event, exc

from core.base.errors import N_, NotInWorkspace, WorkspaceBusy, WorkspaceError
from core.io.workspace.plain import plain

BUSY_S = 10.0


class Database:
    """One engine, safe to share between threads; `close` gives its connections back."""

    def __init__(self, path: Path, *, busy_s: float = BUSY_S, foreign_keys: bool = True) -> None:
        self.path = path
        self._busy_s = busy_s
        # SQLite lets one writer in at a time and makes the others poll; within this process they queue here instead
        self._writing = threading.Lock()
        self._engine = create_engine(
            URL.create("sqlite", database=str(path)),
            json_serializer=to_json,
            json_deserializer=json.loads,
            hide_parameters=True,  # a fault's text may be shown or logged: never with the user's rows in it
            pool_size=8,
            max_overflow=24,
            connect_args={"timeout": busy_s, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _on_connect(foreign_keys))
        event.listen(self._engine, "begin", _on_begin)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: what is read inside belongs together, whatever others write meanwhile."""
        with _in_words(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """A transaction that no other writer can come between; raises WorkspaceBusy if the others take too long.

        `durable` waits until the disk has it: for what must be remembered even if the power fails right after.
        Otherwise a crash of the program loses nothing, a crash of the machine at most the last moments.
        """
        if not self._writing.acquire(timeout=self._busy_s):
            raise WorkspaceBusy()
        try:
            with _in_words(), self._engine.execution_options(writing="durable" if durable else "soon").begin() as connection:
                yield connection
        finally:
            self._writing.release()

    def shrink(self) -> None:
        """Fold the write-ahead log into the database and empty it, so that deleted rows are on the disk no more."""
        with _in_words(), self._engine.execution_options(isolation_level="AUTOCOMMIT", writing="none").connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def to_json(value: Any) -> str:
    """JSON for the database; ASCII only, so that even half a surrogate pair survives."""
    return json.dumps(value, default=plain, separators=(",", ":"))


def _on_connect(foreign_keys: bool) -> Any:
    def prepare(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # sqlite3 must not begin transactions by itself: _on_begin does
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
            "secure_delete=ON",  # what is deleted is overwritten: a deleted project must not be found on the disk
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    return prepare


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing")
    if writing == "none":
        return
    if writing is not None:
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if writing == 'durable' else 'NORMAL'}")
    # IMMEDIATE takes the write lock at once: a read that turns into a write halfway could not wait for it
    connection.exec_driver_sql("BEGIN" if writing is None else "BEGIN IMMEDIATE")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except exc.TimeoutError as error:
        raise WorkspaceBusy(details=str(error)) from error
    except exc.IntegrityError as error:
        if "FOREIGN KEY" in str(error.orig):
            raise NotInWorkspace(N_("Something that this belongs to is not on this machine any more."), details=str(error.orig)) from error
        raise WorkspaceError(details=str(error.orig)) from error
    except exc.DBAPIError as error:
        raise fault(error.orig) from error
    except exc.StatementError as error:  # raised while a value was being prepared: the caller's own mistake, as it was
        raise (error.orig or error) from None


def fault(error: BaseException | None) -> WorkspaceError:
    """The typed error for what SQLite reports."""
    words = str(error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return WorkspaceBusy(details=words)
    if code == sqlite3.SQLITE_FULL:
        return WorkspaceError(
            N_("The disk is full: nothing more can be saved."),
            N_("Free some space and try again. What was saved before is safe."),
            details=words,
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return WorkspaceError(
            N_("Tunesmith cannot write to its folder."),
            N_("Check that you may write there. The setting TUNESMITH_HOME chooses another folder."),
            details=words,
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return WorkspaceError(
            N_("The file in which Tunesmith keeps its records is damaged and cannot be read."),
            N_("Put back a copy of Tunesmith's folder. The setting TUNESMITH_HOME chooses another, empty one."),
            details=words,
        )
    return WorkspaceError(details=words)
