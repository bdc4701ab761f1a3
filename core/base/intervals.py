"""How far a share that was counted on so many rows may lie from the truth."""

from math import isclose, sqrt
from typing import Final

CONFIDENCE: Final = 0.95
ROUNDED: Final = 1e-4
MOST_TOLD: Final = 1000
Z: Final = 1.959963984540054  # the normal quantile of 95%


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95% Wilson interval of a share (0 to 1) of n rows; of no rows nothing is known, so it is 0 to 1.

    Of a whole number of rows it is scipy's. The mean share of several rounds is no whole number of rows, which scipy does not take: there
    it is Wilson's formula itself, which a test keeps equal to scipy's wherever both are defined.
    """
    if not n:
        return 0.0, 1.0
    right = round(share * n)
    low, high = _counted(right, n) if isclose(right, share * n, abs_tol=1e-9) else _between(share, n)
    return min(share, max(0.0, low)), max(share, min(1.0, high))  # at 0 and 1 the last bit is not sure


def whole_rows(share: float, n: int) -> int | None:
    """How many of n rows a share is; None where it is no whole number of them, so that it was not measured on just these."""
    right = round(share * n)
    # servers write shares with four or five decimals, which of up to a thousand rows still names one number of them
    return right if n and 0 <= share <= 1 and n <= MOST_TOLD and abs(share - right / n) < ROUNDED else None


def _counted(right: int, n: int) -> tuple[float, float]:
    from scipy.stats import binomtest

    found = binomtest(right, n).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def _between(share: float, n: int) -> tuple[float, float]:
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return middle - half, middle + half
