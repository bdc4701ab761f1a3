"""A data set of preference pairs keeps, beside its training files, those with both answers."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; data sets of before have no pairs."""
    for side in ("train", "validation", "test"):
        # in words: SQLite adds a column with its reference, but no reference to a column that is there
        name = f"pairs_{side}_sha"
        op.execute(f"ALTER TABLE datasets ADD COLUMN {name} VARCHAR(64) CONSTRAINT fk_datasets_{name} REFERENCES files (sha256)")
