"""The documents show the pictures that there are, and there is none that no document shows."""

import re
from pathlib import Path

from docs.screenshots import IMAGES, SHOWN, WALKED, WIDTHS

ROOT = Path(__file__).resolve().parents[1]


def test_every_picture_is_shown_and_every_shown_picture_is_there() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {name for document in documents for name in re.findall(r"images/([\w-]+\.png)", document.read_text(encoding="utf-8"))}
    assert shown == {path.name for path in IMAGES.iterdir()}
    assert len(shown) >= 5, "a selection"


def test_one_command_makes_them_all() -> None:
    made = {f"{step}-{theme}-{width}.png" for theme, width, steps in WALKED for step in steps}
    made |= {f"{name}-{theme}-{WIDTHS[0]}.png" for theme, name, _ in SHOWN}
    assert made == {path.name for path in IMAGES.iterdir()}
