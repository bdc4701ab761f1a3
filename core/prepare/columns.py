"""What each column of a table holds: numbers, dates, identifiers, repeated labels or free text."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from core.prepare.source import Table

ColumnKind = Literal["empty", "number", "date", "id", "label", "text"]

SAMPLE_ROWS = 2_000  # enough to tell labels from text; a million-row table is profiled as fast as a small one
NO_VALUE = frozenset({"", "nan", "nat", "null", "#n/a", "<na>"})  # what programs write where there is none
MISSING = NO_VALUE | {"none", "n/a", "na", "-"}  # and what people write, which may also be a value of its own
CODE = re.compile(r"(?=.*\d)[\w\-:./#]+|[\w.+-]+@[\w-]+\.[\w.]+|https?://\S+")  # nothing but an identifier, an address or a link

_NUMBER = re.compile(r"[-+]?[€$£]?\s?\d[\d.,'\s]*(?:e[-+]?\d+)?\s?%?|[-+]?inf", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[-+]?[€$£]?\s?(\d{1,3}([.'\s]\d{3})+|\d+),\d+(e[-+]?\d+)?\s?[€%]?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")  # 1,234: a thousand or so in English, a little more than one elsewhere
_DECIMAL_POINT = re.compile(r"\.(?!\d{3}(\D|$))")
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[-+]\d{2}:?\d{2}|[ap]m)?)?",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column, judged on a sample of its rows: `filled`, `distinct` and `mean_length` are figures of that sample."""

    name: str
    kind: ColumnKind
    filled: int
    distinct: int
    mean_length: float
    examples: tuple[str, ...]
    decimal_comma: bool = False  # numbers as 1.234,5


def profile(table: Table) -> tuple[ColumnProfile, ...]:
    """Look at every column, on at most SAMPLE_ROWS rows spread evenly over the table."""
    return tuple(_profile(name, sampled(table, at)) for at, name in enumerate(table.columns))


def sampled(table: Table, at: int) -> list[str]:
    """The cells of one column without outer spaces, of at most about SAMPLE_ROWS rows spread evenly over the table."""
    stride = max(1, len(table.rows) // SAMPLE_ROWS)
    return [row[at].strip() for row in (table.rows[::stride] if stride > 1 else table.rows)]


def has_decimal_commas(cells: Sequence[str]) -> bool:
    """Whether these are numbers whose comma is the decimal mark; where 1,234 may as well be a thousand, the others must show it."""
    filled = [cell for cell in cells if cell.lower() not in MISSING]
    if not any("," in cell for cell in filled[:SAMPLE_ROWS]) or len(filled) < 2:
        return False
    commas = [cell for cell in filled if _DECIMAL_COMMA.fullmatch(cell)]
    numbers = [cell for cell in filled if "," not in cell and _NUMBER.fullmatch(cell) and not _DECIMAL_POINT.search(cell)]
    if len(commas) + len(numbers) < 0.95 * len(filled):
        return False
    return any(not _THOUSANDS.fullmatch(cell.lstrip("+-€$£ ")) for cell in commas)


def has_no_value(value: str) -> bool:
    """Whether a cell is blank or holds one of the markers that programs write for "no value"."""
    return value.strip().lower() in NO_VALUE


def is_blank(value: str) -> bool:
    """Whether a cell holds nothing but spaces."""
    return not value.strip()


def _profile(name: str, cells: list[str]) -> ColumnProfile:
    counts = Counter(cell for cell in cells if cell.lower() not in MISSING)
    filled = sum(counts.values())
    mean = sum(len(value) * n for value, n in counts.items()) / filled if filled else 0.0
    return ColumnProfile(
        name,
        _kind(counts, filled, mean, name),
        filled,
        len(counts),
        mean,
        tuple(value[:80] for value in list(counts)[:3]),
        has_decimal_commas(cells),
    )


def _kind(counts: Counter[str], filled: int, mean: float, name: str) -> ColumnKind:
    if not filled:
        return "empty"
    if _share(counts, filled, _DATE) >= 0.95:
        return "date"
    if _share(counts, filled, _UUID) >= 0.95:
        return "id"
    unique = len(counts) / filled
    if _share(counts, filled, _NUMBER) >= 0.95:
        named_id = re.search(r"(^|[\s_])(id|no|nr|nomor|number)$|Id$", name) is not None
        return "id" if (named_id or _counts_up(counts)) and unique > 0.95 and filled > 2 else "number"
    if filled >= 5 and unique > 0.9 and _share(counts, filled, CODE) >= 0.95:
        return "id"
    # a label is short and comes back: at least twice on average, or nearly so where some classes have one row
    longest = max(map(len, counts))
    if filled >= 2 * len(counts) and mean <= 40 and longest <= 80:
        return "label"
    return "text"


def _share(counts: Counter[str], filled: int, pattern: re.Pattern[str]) -> float:
    return sum(n for value, n in counts.items() if len(value) < 400 and pattern.fullmatch(value)) / filled


def _counts_up(counts: Counter[str]) -> bool:
    """Whether the values are row numbers: whole, each one more than the one before (a sample may skip by a fixed stride)."""
    if len(counts) < 3 or not all(value.isascii() and value.isdigit() and len(value) < 16 for value in counts):
        return False
    numbers = [int(value) for value in counts]
    step = numbers[1] - numbers[0]
    return step > 0 and all(b - a == step for a, b in pairwise(numbers))
