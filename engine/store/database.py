"""The SQLite file: its schema, and one connection that several threads may share."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VERSION = 4
SCHEMA = (
    """CREATE TABLE files (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, filename TEXT NOT NULL, bytes INTEGER NOT NULL,
        purpose TEXT NOT NULL, created_at INTEGER NOT NULL)""",
    """CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, model TEXT NOT NULL,
        training_file TEXT NOT NULL, validation_file TEXT, suffix TEXT, seed INTEGER NOT NULL, asked TEXT NOT NULL,
        hyperparameters TEXT, metadata TEXT, created_at INTEGER NOT NULL, finished_at INTEGER, estimated_finish INTEGER,
        trained_tokens INTEGER, fine_tuned_model TEXT, result_file TEXT, error TEXT, validated INTEGER NOT NULL DEFAULT 0,
        tokens INTEGER,
        deaths INTEGER NOT NULL DEFAULT 0, interruptions INTEGER NOT NULL DEFAULT 0, worker_pid INTEGER, worker_started REAL)""",
    "CREATE INDEX jobs_by_status ON jobs (status)",
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job_id TEXT NOT NULL REFERENCES jobs (id), key TEXT,
        created_at INTEGER NOT NULL, level TEXT NOT NULL, type TEXT NOT NULL, message TEXT NOT NULL, data TEXT,
        UNIQUE (job_id, key))""",
    "CREATE INDEX events_by_job ON events (job_id, seq)",
    """CREATE TABLE checkpoints (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job_id TEXT NOT NULL REFERENCES jobs (id),
        step INTEGER NOT NULL, model TEXT NOT NULL, metrics TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (job_id, step))""",
    """CREATE TABLE models (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job_id TEXT NOT NULL REFERENCES jobs (id),
        base_model TEXT NOT NULL, kind TEXT NOT NULL, folder TEXT NOT NULL, created_at INTEGER NOT NULL)""",
)

# what each later version adds; a new file goes through all of them, so that there is one description of each
UPGRADES = {
    2: ("ALTER TABLE jobs ADD COLUMN method TEXT NOT NULL DEFAULT 'supervised'",),
    3: (
        """CREATE TABLE uploads (
            id TEXT PRIMARY KEY, filename TEXT NOT NULL, bytes INTEGER NOT NULL, purpose TEXT NOT NULL, created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, status TEXT NOT NULL, file_id TEXT)""",
    ),
    4: (
        """CREATE TABLE batches (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, input_file TEXT NOT NULL, endpoint TEXT NOT NULL,
            status TEXT NOT NULL, metadata TEXT, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, times TEXT NOT NULL DEFAULT '{}',
            total INTEGER NOT NULL DEFAULT 0, completed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
            output_file TEXT, error_file TEXT, errors TEXT)""",
        "CREATE INDEX batches_by_status ON batches (status)",
    ),
}


class NewerStore(Exception):
    """The file was written by a newer version of this program."""


class Database:
    """One connection with a lock around it; every statement is short, so that waiting for it never is long."""

    def __init__(self, path: Path) -> None:
        # autocommit, because every transaction here is opened by name; the timeout covers the other process's write
        self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        try:
            self._upgrade(path)
        except NewerStore:
            self.close()
            raise

    def _upgrade(self, path: Path) -> None:
        with self.transaction():
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise NewerStore(f"{path} was written by a newer version of Tunesmith (format {version}; this one reads {VERSION}).")
            for number in range(version + 1, VERSION + 1):
                for statement in SCHEMA if number == 1 else UPGRADES[number]:
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction within another joins it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Change something; the number of rows changed."""
        with self._lock:
            return self._connection.execute(sql, parameters).rowcount

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Every row."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row, or None."""
        with self._lock:
            row: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
            return row

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()
