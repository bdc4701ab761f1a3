"""The first row: whether it names the columns, and how names that are missing or doubled are told apart."""

import re
from collections import Counter
from collections.abc import Sequence

from core.base.types import Finding, Reason

_NUMBER = re.compile(r"[-+]?\d[\d.,]*(e[-+]?\d+)?", re.IGNORECASE)
_YEAR = re.compile(r"(19|20)\d\d")  # the one kind of number that names columns
_LOOK_AT = 200


def has_header(records: Sequence[Sequence[str]]) -> tuple[bool, Reason]:
    """Whether the first record names the columns; a header is assumed unless something speaks against it."""
    first, rest = records[0], records[1 : _LOOK_AT + 1]
    for at, cell in enumerate(first):
        column = [record[at].strip() for record in rest if at < len(record) and record[at].strip()]
        name = cell.strip()
        if not name or len(column) < 2:
            continue
        if (
            _NUMBER.fullmatch(name)
            and not _YEAR.fullmatch(name)
            and sum(_NUMBER.fullmatch(value) is not None for value in column) >= 0.8 * len(column)
        ):
            return False, Reason("no_header_numbers", {"value": name})
        if column.count(name) >= 2 and len(first) > 1:
            return False, Reason("no_header_repeats", {"value": name})
    return True, Reason("header_first_row")


def tidy(names: Sequence[str]) -> tuple[tuple[str, ...], list[Finding]]:
    """Names without outer spaces, each one once: "Column 3" where there is none, "name (2)" for the second of a kind."""
    stripped = [name.strip().replace("\n", " ").replace("\r", "") or f"Column {at}" for at, name in enumerate(names, 1)]
    double = [name for name, n in Counter(stripped).items() if n > 1]
    taken: set[str] = set()
    result = []
    for name in stripped:
        unique, n = name, 2
        while unique in taken:
            unique, n = f"{name} ({n})", n + 1
        taken.add(unique)
        result.append(unique)
    return tuple(result), [Finding("double_columns", "info", (), {"columns": double})] if double else []
