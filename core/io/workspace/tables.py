"""The tables of a workspace, as SQLAlchemy knows them; `migrations/` makes them, and a test keeps the two alike."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from core.io.workspace.columns import Words, file, json, metadata, moment, noun, number, of, text

files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    text("name"),
    number("bytes"),
    moment("created_at"),
    # to be removed from the disk: set in the transaction that forgets it, so that a crash in between cannot leave it behind
    Column("dropped", Boolean, nullable=False, server_default=false()),
)

projects = noun(
    "projects",
    text("name"),
    text("example", nullable=True),
    text("connection_id"),
    text("base_url", nullable=True),
    file("source"),
    text("source_name"),
    json("draft"),
    Column("dataset_id", String(32), nullable=True),  # no foreign key: the two tables would need each other; update_project checks it
    Column("plan_id", String(32), nullable=True),
    moment("created_at"),
    moment("updated_at"),
)

datasets = noun(
    "datasets",
    of("projects.id"),
    number("version"),
    Column("key", String(64), nullable=False),
    moment("created_at"),
    file("source_sha", nullable=False),
    text("source_name"),
    json("settings"),
    json("shape"),
    json("counts"),
    file("train_sha", nullable=False),
    file("validation_sha"),
    file("test_sha"),
    json("split"),
    json("findings"),
    text("system_prompt"),
    file("pairs_train_sha"),
    file("pairs_validation_sha"),
    file("pairs_test_sha"),
    UniqueConstraint("project_id", "version"),
    UniqueConstraint("project_id", "key"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("sha256", String(64), primary_key=True),
    text("remote_id"),
    moment("created_at"),
)

part_uploads = Table(
    "part_uploads",
    metadata,
    Column("origin", Text, primary_key=True),
    Column("sha256", String(64), primary_key=True),
    text("upload_id"),
    number("part_bytes"),
    json("part_ids"),
    moment("created_at"),
    Column("expires_at", Integer, nullable=True),
)

plans = noun(
    "plans",
    of("projects.id"),
    of("datasets.id"),
    text("connection_id"),
    text("origin"),
    text("base_model"),
    text("preset"),
    json("hyperparameters"),
    number("seed", nullable=True),
    text("suffix"),
    Column("budget", Float, nullable=True),
    json("estimate"),
    Column("key", String(64), nullable=False),
    moment("created_at"),
    Column("method", Words, nullable=False, server_default="supervised"),
    Column("metadata", JSON(none_as_null=True), nullable=False, server_default="{}"),
    UniqueConstraint("project_id", "key"),
)

jobs = noun(
    "jobs",
    of("projects.id"),
    of("plans.id", nullable=True),
    text("connection_id"),
    text("origin"),
    Column("key", String(64), nullable=False),
    number("attempt"),
    text("state"),
    text("remote_id", nullable=True),
    json("job", nullable=True),
    json("error", nullable=True),
    moment("created_at"),
    moment("looked_at", nullable=True),
    UniqueConstraint("key", "attempt"),  # the money rule: at most one job for one key and attempt
    UniqueConstraint("origin", "remote_id"),
    Index(None, "project_id"),
)

job_events = Table(
    "job_events",
    metadata,
    Column("seq", Integer, primary_key=True),
    of("jobs.id"),
    text("event_id"),
    moment("created_at"),
    text("level"),
    text("type"),
    text("message"),
    json("data"),
    UniqueConstraint("job_id", "event_id"),
    Index(None, "job_id", "created_at", "seq"),
)

job_checkpoints = Table(
    "job_checkpoints",
    metadata,
    Column("seq", Integer, primary_key=True),
    of("jobs.id"),
    text("checkpoint_id"),
    text("model"),
    number("step"),
    moment("created_at", nullable=True),
    json("metrics"),
    UniqueConstraint("job_id", "checkpoint_id"),
)

runs = noun(
    "runs",
    of("projects.id"),
    of("datasets.id", nullable=True),
    text("connection_id"),
    text("origin"),
    text("model"),
    text("label"),
    json("settings"),
    Column("key", String(64), nullable=False),
    number("total"),
    text("state"),
    moment("created_at"),
    moment("finished_at", nullable=True),
    UniqueConstraint("project_id", "key"),
)

run_rows = Table(
    "run_rows",
    metadata,
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    number("row"),
    text("question"),
    text("expected"),
    text("messages"),
    text("state"),  # open, answered, failed
    text("answer", nullable=True),
    text("error"),
    Column("latency_s", Float, nullable=True),
    number("prompt_tokens", nullable=True),
    number("completion_tokens", nullable=True),
    text("owner", nullable=True),
    moment("lease_until", nullable=True),
    json("notes", nullable=True),
    Column("finish_reason", Words, nullable=False, server_default=""),
    Column("usd", Float, nullable=True),
    Index(None, "run_id", "state", "position"),
)

run_batches = Table(
    "run_batches",
    metadata,
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),  # never two for one run
    text("origin"),
    text("state"),
    json("owner"),
    number("rows"),
    text("file_id", nullable=True),
    text("remote_id", nullable=True),
    text("status"),  # the server's word
    number("done"),
    number("failed"),
    json("error", nullable=True),
    moment("created_at"),
    moment("called_at", nullable=True),
    moment("looked_at", nullable=True),
)

held_files = Table(
    "held_files",
    metadata,
    Column("project_id", String(32), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("purpose", Words, primary_key=True),
    file("sha256", nullable=False),
)

votes = Table(
    "votes",
    metadata,
    Column("project_id", String(32), ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("pair", Words, primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("rater", Words, primary_key=True),
    text("choice"),
    text("reason"),
    moment("voted_at"),
)

settings = Table("settings", metadata, Column("key", String(200), primary_key=True), json("value", nullable=True))

tasks = noun(
    "tasks",
    text("kind"),
    json("args"),
    Column("key", String(64), nullable=False, unique=True),
    text("state"),
    number("done"),
    number("total"),
    json("result", nullable=True),
    file("result_sha"),
    json("error", nullable=True),
    number("pid", nullable=True),
    number("attempts"),
    moment("created_at"),
    moment("heartbeat"),
    moment("finished_at", nullable=True),
)
