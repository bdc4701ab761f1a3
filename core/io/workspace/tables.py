"""The tables of a workspace, as SQLAlchemy knows them; `migrations/` makes them, and a test keeps the two alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
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


def _noun(name: str, *rest: Any) -> Table:
    # `seq` orders what was written at the same moment; `id` is the random name by which everything else knows the row
    return Table(name, metadata, Column("seq", Integer, primary_key=True), Column("id", String(32), nullable=False, unique=True), *rest)


def _of(target: str, *, nullable: bool = False, ondelete: str | None = "CASCADE") -> Any:
    name = {"projects.id": "project_id", "datasets.id": "dataset_id", "plans.id": "plan_id", "jobs.id": "job_id", "runs.id": "run_id"}[
        target
    ]
    return Column(name, String(32), ForeignKey(target, ondelete=ondelete), nullable=nullable)


def _file(name: str, *, nullable: bool = True) -> Any:
    return Column(name, String(64), ForeignKey("files.sha256"), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> Any:
    return Column(name, JSON(none_as_null=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> Any:
    return Column(name, Words, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> Any:
    return Column(name, Moment, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> Any:
    return Column(name, Integer, nullable=nullable)


files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    _text("name"),
    _number("bytes"),
    _moment("created_at"),
    # to be removed from the disk: set in the transaction that forgets it, so that a crash in between cannot leave it behind
    Column("dropped", Boolean, nullable=False, server_default=false()),
)

projects = _noun(
    "projects",
    _text("name"),
    _text("example", nullable=True),
    _text("connection_id"),
    _text("base_url", nullable=True),
    _file("source"),
    _text("source_name"),
    _json("draft"),
    Column("dataset_id", String(32), nullable=True),  # no foreign key: the two tables would need each other; update_project checks it
    Column("plan_id", String(32), nullable=True),
    _moment("created_at"),
    _moment("updated_at"),
)

datasets = _noun(
    "datasets",
    _of("projects.id"),
    _number("version"),
    Column("key", String(64), nullable=False),
    _moment("created_at"),
    _file("source_sha", nullable=False),
    _text("source_name"),
    _json("settings"),
    _json("shape"),
    _json("counts"),
    _file("train_sha", nullable=False),
    _file("validation_sha"),
    _file("test_sha"),
    _json("split"),
    _json("findings"),
    _text("system_prompt"),
    _file("pairs_train_sha"),
    _file("pairs_validation_sha"),
    _file("pairs_test_sha"),
    UniqueConstraint("project_id", "version"),
    UniqueConstraint("project_id", "key"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("sha256", String(64), primary_key=True),
    _text("remote_id"),
    _moment("created_at"),
)

plans = _noun(
    "plans",
    _of("projects.id"),
    _of("datasets.id"),
    _text("connection_id"),
    _text("origin"),
    _text("base_model"),
    _text("preset"),
    _json("hyperparameters"),
    _number("seed", nullable=True),
    _text("suffix"),
    Column("budget", Float, nullable=True),
    _json("estimate"),
    Column("key", String(64), nullable=False),
    _moment("created_at"),
    UniqueConstraint("project_id", "key"),
)

jobs = _noun(
    "jobs",
    _of("projects.id"),
    _of("plans.id", nullable=True),
    _text("connection_id"),
    _text("origin"),
    Column("key", String(64), nullable=False),
    _number("attempt"),
    _text("state"),
    _text("remote_id", nullable=True),
    _json("job", nullable=True),
    _json("error", nullable=True),
    _moment("created_at"),
    _moment("looked_at", nullable=True),
    UniqueConstraint("key", "attempt"),  # the money rule: at most one job for one key and attempt
    UniqueConstraint("origin", "remote_id"),
    Index(None, "project_id"),
)

job_events = Table(
    "job_events",
    metadata,
    Column("seq", Integer, primary_key=True),
    _of("jobs.id"),
    _text("event_id"),
    _moment("created_at"),
    _text("level"),
    _text("type"),
    _text("message"),
    _json("data"),
    UniqueConstraint("job_id", "event_id"),
    Index(None, "job_id", "created_at", "seq"),
)

job_checkpoints = Table(
    "job_checkpoints",
    metadata,
    Column("seq", Integer, primary_key=True),
    _of("jobs.id"),
    _text("checkpoint_id"),
    _text("model"),
    _number("step"),
    _moment("created_at", nullable=True),
    _json("metrics"),
    UniqueConstraint("job_id", "checkpoint_id"),
)

runs = _noun(
    "runs",
    _of("projects.id"),
    _of("datasets.id", nullable=True),
    _text("connection_id"),
    _text("origin"),
    _text("model"),
    _text("label"),
    _json("settings"),
    Column("key", String(64), nullable=False),
    _number("total"),
    _text("state"),
    _moment("created_at"),
    _moment("finished_at", nullable=True),
    UniqueConstraint("project_id", "key"),
)

run_rows = Table(
    "run_rows",
    metadata,
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    _number("row"),
    _text("question"),
    _text("expected"),
    _text("messages"),
    _text("state"),  # open, answered, failed
    _text("answer", nullable=True),
    _text("error"),
    Column("latency_s", Float, nullable=True),
    _number("prompt_tokens", nullable=True),
    _number("completion_tokens", nullable=True),
    _text("owner", nullable=True),
    _moment("lease_until", nullable=True),
    _json("notes", nullable=True),
    Index(None, "run_id", "state", "position"),
)

held_files = Table(
    "held_files",
    metadata,
    Column("project_id", String(32), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("purpose", Words, primary_key=True),
    _file("sha256", nullable=False),
)

settings = Table("settings", metadata, Column("key", String(200), primary_key=True), _json("value", nullable=True))

tasks = _noun(
    "tasks",
    _text("kind"),
    _json("args"),
    Column("key", String(64), nullable=False, unique=True),
    _text("state"),
    _number("done"),
    _number("total"),
    _json("result", nullable=True),
    _file("result_sha"),
    _json("error", nullable=True),
    _number("pid", nullable=True),
    _number("attempts"),
    _moment("created_at"),
    _moment("heartbeat"),
    _moment("finished_at", nullable=True),
)
