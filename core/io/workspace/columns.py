"""The kinds of columns that the workspace's tables are made of: moments, words, JSON, and the keys of other tables."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC without its zone in the database, so that text order is time order."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a timestamp needs its time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """Text from outside. Half of a surrogate pair, which JSON can carry and UTF-8 cannot, becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or value.isascii():
            return value
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def noun(name: str, *rest: Any) -> Table:
    """A table of things that have a name of their own."""
    # `seq` orders what was written at the same moment; `id` is the random name by which everything else knows the row
    return Table(name, metadata, Column("seq", Integer, primary_key=True), Column("id", String(32), nullable=False, unique=True), *rest)


def of(target: str, *, nullable: bool = False, ondelete: str | None = "CASCADE") -> Any:
    """The column that says to which row of another table this one belongs."""
    name = {"projects.id": "project_id", "datasets.id": "dataset_id", "plans.id": "plan_id", "jobs.id": "job_id", "runs.id": "run_id"}[
        target
    ]
    return Column(name, String(32), ForeignKey(target, ondelete=ondelete), nullable=nullable)


def file(name: str, *, nullable: bool = True) -> Any:
    """A file of the workspace, known by its sha256."""
    return Column(name, String(64), ForeignKey("files.sha256"), nullable=nullable)


def json(name: str, *, nullable: bool = False) -> Any:
    """Plain JSON; None is NULL."""
    return Column(name, JSON(none_as_null=True), nullable=nullable)


def text(name: str, *, nullable: bool = False) -> Any:
    """Text from outside."""
    return Column(name, Words, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> Any:
    """A point in time."""
    return Column(name, Moment, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> Any:
    """A whole number."""
    return Column(name, Integer, nullable=nullable)
