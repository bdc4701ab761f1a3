"""A project may need files besides its source: its own test file, and the one that it had before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table; projects of before hold nothing."""
    op.create_table(
        "held_files",
        sa.Column(
            "project_id",
            sa.String(32),
            sa.ForeignKey("projects.id", name="fk_held_files_project_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), sa.ForeignKey("files.sha256", name="fk_held_files_sha256"), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "purpose", name="pk_held_files"),
    )
