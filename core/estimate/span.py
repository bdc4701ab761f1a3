"""An amount of money between two bounds, the upper of which may not be known: nothing unknown ever counts as nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """USD, at least `low` and at most `high`; None: it may be more, and nobody can say how much."""

    low: Decimal
    high: Decimal | None

    @property
    def known(self) -> bool:
        """Whether there is an upper bound."""
        return self.high is not None

    @property
    def free(self) -> bool:
        """Whether it certainly costs nothing."""
        return self.high == 0

    def __add__(self, other: "Span") -> "Span":
        high = None if self.high is None or other.high is None else self.high + other.high
        return Span(self.low + other.low, high)

    def times(self, n: Decimal | int) -> "Span":
        """The amount n times, n not below zero; what is not known costs nothing where it happens not once."""
        return NOTHING if n == 0 else Span(self.low * n, None if self.high is None else self.high * n)


NOTHING = Span(Decimal(0), Decimal(0))
UNKNOWN = Span(Decimal(0), None)


def exactly(usd: Decimal) -> Span:
    """An amount that is known."""
    return Span(usd, usd)


def total(spans: Iterable[Span]) -> Span:
    """All of them together."""
    return sum(spans, NOTHING)


def decimal(figure: float) -> Decimal:
    """A figure of the price list as it is written there: 0.1 and not what a float makes of it."""
    return Decimal(str(figure))
