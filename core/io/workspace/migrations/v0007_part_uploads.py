"""A file that goes to a server in parts keeps which of them are there, so that a break costs one part."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "part_uploads",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("part_bytes", sa.Integer(), nullable=False),
        sa.Column("part_ids", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("origin", "sha256", name="pk_part_uploads"),
    )
