"""A table as chats and wikis write it, with upright bars and a line of dashes under the header, becomes records."""

import re
from collections.abc import Sequence

from core.prepare.delimited import Records

_DASHES = re.compile(r"\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?")
_BAR = re.compile(r"(?<!\\)\|")


def markdown_records(lines: Sequence[str]) -> Records | None:
    """The records of a Markdown table, its line of dashes left out; None where the second line that holds anything is no such line."""
    filled = [(at, line.strip()) for at, line in enumerate(lines[:20]) if line.strip()]
    if len(filled) < 2 or "|" not in filled[0][1] or not _DASHES.fullmatch(filled[1][1]):
        return None
    dashes = filled[1][0]
    return Records([_cells(line) for at, line in enumerate(lines) if at != dashes])


def _cells(line: str) -> list[str]:
    stripped = line.strip()
    if not stripped:
        return []
    inner = stripped.removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(inner)]
