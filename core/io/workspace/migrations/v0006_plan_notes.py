"""A plan keeps the user's notes that travel with its job as metadata."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; plans of before have no notes."""
    op.add_column("plans", sa.Column("metadata", sa.JSON(), nullable=False, server_default="{}"))
