"""How long the examples are, in tokens: the figures of a histogram, and the rows that are too long for the model."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.base.model_table import example_limit
from core.base.types import Example, Finding, TokenCount


@dataclass(frozen=True, slots=True)
class Bin:
    """`n` examples have from `low` to `high` tokens, both included."""

    low: int
    high: int
    n: int


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


def too_long(examples: Sequence[Example], tokens: TokenCount, model: str, context: int = 0) -> Finding | None:
    """The rows longer than `model` takes, which are cut from the end without a word; None where all fit or no limit is known.

    `context` is the limit of a model that no table names, in tokens, as whoever runs it tells; 0 where that is not known.
    """
    known = example_limit(model)
    limit = context or (known.tokens if known else 0)
    over = [(example.row, n) for example, n in zip(examples, tokens.per_example, strict=True) if limit and n > limit]
    if not over:
        return None
    confirmed = known.confirmed if known and not context else tokens.exact
    params = {"limit": limit, "confirmed": confirmed, "longest": max(n for _, n in over), "n": len(over), "model": model}
    return Finding("too_long", "warning", tuple(row for row, _ in over), params)


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
