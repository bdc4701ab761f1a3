"""What an answer costs: by the server's own count, now or in bulk, and never 0 for want of a price."""

from dataclasses import replace
from datetime import date

import pytest

from core.base.prices import price
from core.base.token_cost import answer_usd, batch_share, tokens_usd
from core.base.types import Price

DAY = date(2026, 11, 26)
PRICE = Price("openai", "m", None, 0.40, None, 1.60, DAY, "a test", 0.20, 0.80)


def test_an_answer_costs_what_its_tokens_cost() -> None:
    assert answer_usd(PRICE, 1_000_000, 500_000) == pytest.approx(1.20)
    assert answer_usd(PRICE, 1_000_000, 500_000, batch=True) == pytest.approx(0.60)
    assert str(tokens_usd(PRICE, 3, 1)) == "0.0000028"


@pytest.mark.parametrize(
    ("known", "prompt", "answer", "batch"),
    [
        (None, 1, 1, False),
        (PRICE, None, 1, False),
        (PRICE, 1, None, False),
        (replace(PRICE, output=None), 1, 1, False),
        (replace(PRICE, batch_input=None), 1, 1, True),
    ],
)
def test_what_is_not_known_is_not_nothing(known: Price | None, prompt: int | None, answer: int | None, batch: bool) -> None:
    assert answer_usd(known, prompt, answer, batch=batch) is None


def test_the_share_of_a_batch_is_the_larger_one() -> None:
    assert batch_share(PRICE) == pytest.approx(0.5)  # type: ignore[comparison-overlap]
    assert float(batch_share(replace(PRICE, batch_output=1.2)) or 0) == 0.75
    assert batch_share(None) is None and batch_share(replace(PRICE, batch_input=None)) is None
    assert batch_share(replace(PRICE, input=0.0)) is None


@pytest.mark.parametrize("model", ["gpt-4.1-2025-04-14", "gpt-4.1-mini-2025-04-14", "gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"])
def test_a_batch_of_openais_base_models_costs_half(model: str) -> None:
    assert float(batch_share(price("openai", model, DAY)) or 0) == 0.5
