"""Votes have a table of their own: in one value of the settings two tabs would lose each other's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "votes",
        sa.Column(
            "project_id", sa.String(32), sa.ForeignKey("projects.id", name="fk_votes_project_id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("rater", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "pair", "row", "rater", name="pk_votes"),
    )
