"""Whether a model of one's own is cheaper than the same base model with examples in each question, and from when on."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from core.base.types import Reason, TokenCount
from core.estimate.cost import answer_cost
from core.estimate.span import UNKNOWN, Span, decimal
from core.estimate.whole_life import Use, WholeLife

Kind = Literal["from", "perhaps", "never", "unknown"]

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class BreakEven:
    """From how many answers on the tuned model is cheaper: from `low` at the earliest to `high` at the latest (None: perhaps never).

    `tuned` and `prompted` are what one answer costs on either way; `month` is how many answers a month it takes at the least to pay for
    keeping the model ready, 0 where nothing is billed for that, None where no number does. `reason` says it in a sentence.
    """

    kind: Kind
    tuned: Span
    prompted: Span
    low: int | None
    high: int | None
    month: int | None
    reason: Reason


def break_even(life: WholeLife, tokens: TokenCount, use: Use, examples: int) -> BreakEven:
    """Compare with the same base model that is shown `examples` of the mean length before each question.

    The bounds differ since the training has two, and since some servers take less for a beginning that is the same each time: then the
    examples cost between the price of cached and that of new tokens. Both ways are asked in bulk, or neither, as both have a price.
    """
    offer = life.offer
    batch = life.batch and offer.base is not None and None not in (offer.base.batch_input, offer.base.batch_output)
    tuned = life.thousand.times(Decimal(1) / 1000) if batch == life.batch else answer_cost(tokens, offer.tuned)
    prompted = _prompted(life, tokens, examples, batch=batch)
    facts = {"examples": examples, "model": offer.model, "answers": use.answers}
    once = life.training + life.deploy
    most = (once.high, life.hosting.high, tuned.high, prompted.high)
    if offer.local or any(usd is None for usd in most):
        return BreakEven("unknown", tuned, prompted, None, None, None, Reason("break_even_unknown", facts))
    spent, kept, asked, shown = (usd or Decimal(0) for usd in most)
    earliest = _answers(once.low, shown - tuned.low, life.hosting.low, use.answers)
    latest = _answers(spent, prompted.low - asked, kept, use.answers)
    month = _month(life.hosting.low, shown - tuned.low)
    if earliest is None:
        code = "break_even_never" if month is None else "break_even_too_few"
        return BreakEven("never", tuned, prompted, None, None, month, Reason(code, {**facts, "month": month}))
    if latest is None:
        return BreakEven("perhaps", tuned, prompted, earliest, None, month, Reason("break_even_perhaps", {**facts, "low": about(earliest)}))
    low, high = about(earliest), about(latest)
    code = "break_even_from" if low == high else "break_even_between"
    return BreakEven("from", tuned, prompted, earliest, latest, month, Reason(code, {**facts, "low": low, "high": high}))


def about(n: int) -> int:
    """A number for "about": rounded up to two digits."""
    scale = 10 ** max(0, len(str(n)) - 2)
    return -(-n // scale) * scale


def _prompted(life: WholeLife, tokens: TokenCount, examples: int, *, batch: bool) -> Span:
    base = life.offer.base
    if base is None:
        return UNKNOWN
    more = Decimal(examples * tokens.total) / max(1, len(tokens.per_example))
    dear = answer_cost(tokens, base, batch=batch, more=more)
    if batch or base.cached_input is None or not dear.known:
        return dear
    plain = answer_cost(tokens, base)
    cheap = plain.low + more * decimal(base.cached_input) / _MILLION
    return Span(min(cheap, dear.low), dear.high)


def _answers(once: Decimal, saved: Decimal, hosting: Decimal, answers: int) -> int | None:
    """How many answers it takes until what each saves, less its part of a month's hosting, has paid what was spent once."""
    if hosting and not answers:
        return None
    gained = saved - (hosting / answers if hosting else 0)
    return max(1, int((once / gained).to_integral_value(ROUND_CEILING))) if gained > 0 else None


def _month(hosting: Decimal, saved: Decimal) -> int | None:
    return int((hosting / saved).to_integral_value(ROUND_CEILING)) if saved > 0 else None
