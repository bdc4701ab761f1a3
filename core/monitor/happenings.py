"""A line of a job's diary in plain words, where the table has them; the server's own words always stay beside it."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from core.base.remote import JobEvent


def plainly(event: JobEvent) -> tuple[str, Mapping[str, int]] | None:
    """The sentence for what happened, with its numbers; None for words that nobody has translated."""
    for words, plain in _table():
        found = words.fullmatch(event.message.strip())
        if found is not None:
            return plain, {name: int(value) for name, value in found.groupdict().items() if value is not None}
    return None


def sentences() -> tuple[str, ...]:
    """Every sentence of the table, for the message catalogues."""
    return tuple(dict.fromkeys(plain for _, plain in _table()))


@cache
def _table() -> tuple[tuple[re.Pattern[str], str], ...]:
    data = tomllib.loads((Path(__file__).parent / "events.toml").read_text("utf-8"))
    return tuple((re.compile(item["words"], re.DOTALL), item["plain"]) for item in data["event"])
