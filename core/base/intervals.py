"""How far a share that was counted on so many rows may lie from the truth."""

from math import sqrt

Z = 1.959963984540054  # the normal quantile of 95%


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95% Wilson interval of a share (0 to 1) of n rows; of no rows nothing is known, so it is 0 to 1."""
    if not n:
        return 0.0, 1.0
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))  # at 0 and 1 the last bit is not sure
