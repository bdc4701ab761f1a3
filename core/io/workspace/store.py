"""What the parts of the workspace stand on: the folder, the database and a few words that all of them use."""

import hashlib
import json
import re
import secrets
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, Table, insert, select, update

from core.base.errors import N_, NotInWorkspace
from core.io.workspace.database import Database
from core.io.workspace.plain import plain

T = TypeVar("T")

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that a reader could take for something else: ids stand in URLs
_SHA = re.compile(r"[0-9a-f]{64}")

MISSING = {
    "projects": N_("This project is not on this machine."),
    "datasets": N_("This data set is not on this machine."),
    "files": N_("This file is not on this machine."),
    "plans": N_("This training plan is not on this machine."),
    "jobs": N_("This training is not known on this machine."),
    "runs": N_("This comparison is not on this machine."),
    "tasks": N_("This piece of work is not known on this machine any more."),
}


class Store:
    """A folder and its database; each part of the workspace is one of these and knows one noun."""

    def __init__(self, home: Path, database: Database) -> None:
        self.home = home
        self._db = database


def new_id() -> str:
    """A random name of ten letters and digits, fit for a URL."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def digest(*content: Any) -> str:
    """The sha256 of some JSON-able content, the same for equal content whatever the order of its keys."""
    text = json.dumps(plain(content), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def checked_sha(sha: str) -> str:
    """`sha` if it can be the sha256 of a file; raises NotInWorkspace otherwise, so that no other text ever becomes a path."""
    if not _SHA.fullmatch(sha):
        raise NotInWorkspace(MISSING["files"])
    return sha


def of_row(cls: type[T], row: RowMapping) -> T:
    """The record of a row: the columns that the dataclass knows."""
    fields: Any = cls.__dataclass_fields__  # type: ignore[attr-defined]
    return cls(**{name: row[name] for name in fields})


def one(connection: Connection, cls: type[T], table: Table, record_id: str) -> T:
    """The record with this id; raises NotInWorkspace."""
    row = connection.execute(select(table).where(table.c.id == record_id)).mappings().one_or_none()
    if row is None:
        raise NotInWorkspace(MISSING[table.name], details=f"{table.name}: {record_id}")
    return of_row(cls, row)


def every(connection: Connection, cls: type[T], query: Select[Any]) -> list[T]:
    """The records of a query, in its order."""
    return [of_row(cls, row) for row in connection.execute(query).mappings()]


def add(connection: Connection, cls: type[T], table: Table, values: dict[str, Any]) -> T:
    """Insert a row with a new id and read it back, so that the caller holds what the next reader will see."""
    record_id = new_id()
    connection.execute(insert(table).values(id=record_id, **values))
    return one(connection, cls, table, record_id)


def change(connection: Connection, cls: type[T], table: Table, record_id: str, values: dict[str, Any]) -> T:
    """Update a row and read it back; raises NotInWorkspace."""
    if values:
        connection.execute(update(table).where(table.c.id == record_id).values(**values))
    return one(connection, cls, table, record_id)
