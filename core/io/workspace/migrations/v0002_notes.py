"""What the local engine says about an answer is kept with the row."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the notes; rows that were answered before have none."""
    op.add_column("run_rows", sa.Column("notes", sa.JSON(), nullable=True))
