"""Bring a workspace's database to the version of this code, or say that it is newer."""

import re
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection

from core.base.errors import N_, WorkspaceBusy, WorkspaceError
from core.io.workspace.database import Database

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK_S = 60.0

VERSIONS = tuple(sorted(match[1] for path in MIGRATIONS.iterdir() if (match := re.fullmatch(r"v(\d{4})_\w+\.py", path.name))))
HEAD = VERSIONS[-1]


def open_database(home: Path) -> Database:
    """The workspace's database, at the version of this code.

    Raises WorkspaceError where a newer Tunesmith wrote it or where it is damaged, WorkspaceBusy where another process
    keeps migrating it. A database that is current costs one read.
    """
    path = home / "workspace.sqlite3"
    database = Database(path)
    try:
        # the lock also covers the very first opening, when two processes would otherwise switch to WAL at the same moment
        with FileLock(home / "workspace.lock", timeout=LOCK_S):
            version = stored_version(database)
            if version is not None and version not in VERSIONS:
                raise WorkspaceError(
                    N_("A newer version of Tunesmith has worked in this folder."),
                    N_("Update Tunesmith. The setting TUNESMITH_HOME chooses another folder."),
                    details=f"{path}: version {version}, this program knows {HEAD}",
                )
            if version != HEAD:
                migrate(path)
    except Timeout as error:
        database.close()
        raise WorkspaceBusy(details=str(error)) from error
    except WorkspaceError:
        database.close()
        raise
    return database


def stored_version(database: Database) -> str | None:
    """The version that the database was brought to, or None where it is new."""
    with database.read() as connection:
        if connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first() is None:
            return None
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def migrate(path: Path, to: str = "head") -> None:
    """Bring the database to a version, wholly or not at all."""
    # foreign keys are off: a migration that rebuilds a table would otherwise delete the rows that point at it
    database = Database(path, foreign_keys=False)
    try:
        with database.write(durable=True) as connection:
            _run(connection, to)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise WorkspaceError(
                    N_("What an older Tunesmith has stored could not be brought over to this version."), details=str(broken)
                )
    finally:
        database.close()


def _run(connection: Connection, to: str) -> None:
    from alembic.config import Config  # 0.1 s, and only a new or an old workspace needs it
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])

    def steps(revision: Any, context: Any) -> Any:
        return script._upgrade_revs(to, revision)

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=to) as environment:
        environment.configure(connection=connection, render_as_batch=True)
        environment.run_migrations()
