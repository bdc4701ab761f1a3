"""The sample folder and its README, cut into the sections of its files."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "sample_data"
SEED_DATA = FOLDER.parent / "../shared/seed_data"


def section(file: str) -> str:
    """What the README says about one file."""
    parts = re.split(r"^## (.+)$", (FOLDER / "README.md").read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[file]
