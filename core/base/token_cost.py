"""What tokens cost at a price: of one question with its answer, now or in bulk."""

from decimal import Decimal

from core.base.types import Price

MILLION = Decimal(1_000_000)


def per_million(price: Price, *, batch: bool = False) -> tuple[Decimal, Decimal] | None:
    """USD per million tokens read and written, of the Batch API with `batch`; None where one of them is not known."""
    into, out = (price.batch_input, price.batch_output) if batch else (price.input, price.output)
    # 0.1 as it is written in the price list, and not what a float makes of it
    return None if into is None or out is None else (Decimal(str(into)), Decimal(str(out)))


def tokens_usd(price: Price | None, prompt: Decimal | int, answer: Decimal | int, *, batch: bool = False) -> Decimal | None:
    """What so many tokens read and written cost in USD; None where that is not known.

    Cached input is not known ahead and is taken at the full price: the bill may be lower, never higher.
    """
    each = None if price is None else per_million(price, batch=batch)
    return None if each is None else (prompt * each[0] + answer * each[1]) / MILLION


def answer_usd(price: Price | None, prompt_tokens: int | None, completion_tokens: int | None, *, batch: bool = False) -> float | None:
    """What one answer has cost, by the server's own count of its tokens; None where the count or the price is not known."""
    if prompt_tokens is None or completion_tokens is None:
        return None
    usd = tokens_usd(price, prompt_tokens, completion_tokens, batch=batch)
    return None if usd is None else float(usd)


def batch_share(price: Price | None) -> Decimal | None:
    """Which part of the usual price the Batch API costs, the larger one of reading and writing; None where that is not known."""
    usual, bulk = (None, None) if price is None else (per_million(price), per_million(price, batch=True))
    if usual is None or bulk is None or not all(usual):
        return None
    return max(bulk[0] / usual[0], bulk[1] / usual[1])
