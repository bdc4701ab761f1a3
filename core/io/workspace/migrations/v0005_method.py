"""A plan says by which method it trains: from examples, or from preference pairs."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; plans of before copy the good answers."""
    op.add_column("plans", sa.Column("method", sa.Text(), nullable=False, server_default="supervised"))
