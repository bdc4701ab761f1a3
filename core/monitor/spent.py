"""What a training has cost so far, from the tokens that the server has counted, or from the estimate and how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.base.remote import Job
from core.base.types import Price

_PER = 1_000_000  # prices are per million tokens


@dataclass(frozen=True, slots=True)
class Spent:
    """USD, low to high; `counted` where it is the server's own count of tokens at the price of the day `as_of`."""

    low: float
    high: float
    counted: bool
    as_of: date | None = None


def spent(job: Job, share: float | None, estimate: Mapping[str, Any], price: Price | None) -> Spent | None:
    """Say what it has cost so far; None where that is not known, as with a job that ended before the server counted its tokens.

    `share` is how far the training has come, `estimate` the plan's, `price` that of the base model today.
    """
    if job.trained_tokens is not None and price is not None and price.training is not None:
        cost = job.trained_tokens * price.training / _PER
        return Spent(cost, cost, True, price.as_of)
    low, high = estimate.get("low"), estimate.get("high")
    if job.status.is_terminal or share is None or not isinstance(low, int | float) or not isinstance(high, int | float):
        return None
    return Spent(low * share, high * share, False)
