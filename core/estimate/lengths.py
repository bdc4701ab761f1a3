"""How long the examples are, in tokens: the figures of a histogram, and the examples that are too long for the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.base.lora_settings import USUAL
from core.base.model_table import example_limit
from core.base.types import TokenCount


@dataclass(frozen=True, slots=True)
class Bin:
    """`n` examples have from `low` to `high` tokens, both included."""

    low: int
    high: int
    n: int


@dataclass(frozen=True, slots=True)
class Limit:
    """The most tokens of one example that are read, and what says so: the provider, a guess by its other models, or a setting."""

    tokens: int
    known: Literal["confirmed", "guessed", "setting"]
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Lengths:
    """The tokens of each example: bars without gaps for a chart, and the figures that sum them up; percentiles are values that occur."""

    bins: tuple[Bin, ...]
    n: int
    total: int
    shortest: int
    median: int
    p95: int
    longest: int


def lengths(tokens: TokenCount, *, most_bins: int = 20) -> Lengths:
    """Sort the examples into at most `most_bins` bars, 1, 2 or 5 times a power of ten wide so that their edges are round."""
    counts = sorted(tokens.per_example)
    if not counts:
        return Lengths((), 0, 0, 0, 0, 0, 0)
    width = _width(counts[0], counts[-1], max(1, most_bins))
    first = counts[0] // width
    bars = [0] * (counts[-1] // width - first + 1)
    for count in counts:
        bars[count // width - first] += 1
    bins = tuple(Bin((first + i) * width, (first + i + 1) * width - 1, n) for i, n in enumerate(bars))
    return Lengths(bins, len(counts), sum(counts), counts[0], _percentile(counts, 50), _percentile(counts, 95), counts[-1])


def limit_of(model: str, *, small: bool = False, context: int = 0) -> Limit | None:
    """How much of one example `model` reads in training; None where nothing is known.

    A small open model reads what its setting says, and never more than its own `context` (tokens; 0 where that is not known).
    """
    if small:
        usual = USUAL["context_length"]
        return Limit(context, "confirmed") if 0 < context <= usual else Limit(usual, "setting")
    known = example_limit(model)
    return None if known is None else Limit(known.tokens, "confirmed" if known.confirmed else "guessed", known.as_of)


def too_long(tokens: TokenCount, limit: Limit | None) -> list[int]:
    """The places of the examples that are longer than the limit, which a server cuts from the end without a word; the longest first."""
    if limit is None:
        return []
    over = [place for place, n in enumerate(tokens.per_example) if n > limit.tokens]
    return sorted(over, key=lambda place: -tokens.per_example[place])


def _width(shortest: int, longest: int, most: int) -> int:
    scale = 1
    while True:
        for step in (1, 2, 5):
            width = step * scale
            if longest // width - shortest // width + 1 <= most:
                return width
        scale *= 10


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """The nearest rank: the smallest value that at least so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
