"""How long the practice model will take on this machine: a rough figure, said to be one."""

from dataclasses import dataclass

from core.base.types import Reason

# Measured 2026-11-22 on one core of a 2-core server, two fields and 30 labels, three passes: 100, 1,000, 10,000 and 50,000 rows took
# 1.5, 0.4, 2.4 and 10.2 s of processor time; the first holds the import of scikit-learn.
_START_S = 1.0
_ROW_S = 0.0002
# The same runs took up to four times as long while the machine was busy with something else, and laptops differ by as much.
_SPREAD = 4


@dataclass(frozen=True, slots=True)
class LocalTime:
    """From how many seconds to how many, with the reason that says what the figure rests on."""

    low_s: int
    high_s: int
    reason: Reason


def time_here(n_examples: int) -> LocalTime:
    """Roughly how long the practice model learns from `n_examples`, in whole seconds; no promise, other machines are faster or slower."""
    low = max(1, round(_START_S + _ROW_S * n_examples))
    return LocalTime(low, low * _SPREAD, Reason("seconds_here", {"n": n_examples, "low": low, "high": low * _SPREAD}))
