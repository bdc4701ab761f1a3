"""What a training costs: checked against real bills, growing with epochs and tokens, and never a figure where none is known."""

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.bayes import PASSES
from core.base.errors import BadSetting, TooFewExamples
from core.base.prices import price, tuned_price
from core.base.types import Estimate, Price, Reason, TokenCount
from core.estimate.cost import answer_cost, epochs_range, estimate, outwards, use_cost

TODAY = date(2026, 11, 22)


def tokens(*per_example: int, assistant: int = 0, exact: bool = True) -> TokenCount:
    return TokenCount("o200k_base", per_example, assistant, exact)


def at(usd: float | None) -> Price:
    return Price("openai", "m", usd, None, None, None, TODAY, "a page")


def codes(found: Estimate) -> list[str]:
    return [reason.code for reason in found.assumptions]


@pytest.mark.parametrize(
    ("n", "low", "high", "code"),
    [
        (10, 9, 10, "epochs_more_for_few"),  # a real job of 10 examples ran 10
        (80, 2, 3, "epochs_usual"),  # a real job of 80 examples ran 3
        (500, 2, 3, "epochs_usual"),  # Azure's own example ran 2
        (1, 24, 25, "epochs_more_for_few"),
        (4, 24, 25, "epochs_more_for_few"),
        (33, 2, 3, "epochs_usual"),
        (34, 2, 3, "epochs_usual"),
        (8_333, 2, 3, "epochs_usual"),
        (8_334, 1, 2, "epochs_fewer_for_many"),
        (12_501, 1, 1, "epochs_fewer_for_many"),
        (1_000_000, 1, 1, "epochs_fewer_for_many"),
    ],
)
def test_the_server_is_expected_to_choose_as_the_cookbook_says_and_real_jobs_did(n: int, low: int, high: int, code: str) -> None:
    for asked in (None, "auto"):
        found = epochs_range(n, asked)  # type: ignore[arg-type]
        assert found[:2] == (low, high)
        assert found[2].code == code and found[2].params == {"epochs": high, "n": n}


@pytest.mark.parametrize("asked", [1, 3, 50])
def test_epochs_that_were_asked_for_are_those(asked: int) -> None:
    low, high, why = epochs_range(100, asked)
    assert low == high == asked and why.code == "epochs_asked"


@pytest.mark.parametrize("asked", [0, -1, 51, True])
def test_epochs_outside_the_servers_range_are_refused(asked: int) -> None:
    with pytest.raises(BadSetting, match="1 to 50"):
        epochs_range(100, asked)


def test_no_examples_cannot_be_trained() -> None:
    with pytest.raises(TooFewExamples):
        estimate(tokens(), at(1.0))


@given(st.integers(1, 10**7))
def test_the_epochs_stay_in_the_servers_range(n: int) -> None:
    low, high, _ = epochs_range(n)
    assert 1 <= low <= high <= 25


def test_the_published_bank_job_costs_what_its_bill_says() -> None:
    """9,123 trained tokens at 8 dollars a million."""
    found = estimate(tokens(*[38] * 79, 39), price("openai", "gpt-3.5-turbo", TODAY), 3)
    assert found.tokens == 3041
    assert found.low == found.high == 0.0730
    assert (found.epochs_low, found.epochs_high, found.free, found.known) == (3, 3, False, True)
    assert found.as_of == date(2026, 11, 22) and "OpenAI" in found.source


def test_a_range_is_rounded_outwards_and_has_no_dust() -> None:
    found = estimate(tokens(*[1_000] * 100), at(3.0))
    assert (found.epochs_low, found.epochs_high) == (2, 3)
    assert (found.low, found.high) == (0.6, 0.9)
    odd = estimate(tokens(*[12_345] * 100), at(0.1))
    assert (odd.low, odd.high) == (0.2469, 0.3704)  # exactly 0.2469 and 0.37035
    large = estimate(tokens(*[123_457] * 100), at(25.0))
    assert (large.low, large.high) == (617.28, 925.93)  # exactly 617.285 and 925.9275


def test_this_machine_is_free_whatever_the_price() -> None:
    for known in (None, at(25.0)):
        found = estimate(tokens(*[100] * 50), known, local=True)
        assert found.free and found.known and found.low == found.high == 0
        assert codes(found) == ["epochs_here", "free_here"]


def test_the_practice_model_reads_as_often_as_it_really_does() -> None:
    for n in (1, 10, 20_000):
        low, high, why = epochs_range(n, local=True)
        assert low == high == PASSES and why.params == {"epochs": PASSES}
    assert epochs_range(10, 7, local=True)[:2] == (7, 7)


@pytest.mark.parametrize("unknown", [None, at(None)])
def test_a_price_that_is_not_known_is_no_figure_and_keeps_no_budget(unknown: Price | None) -> None:
    found = estimate(tokens(*[100] * 50), unknown)
    assert not found.known and not found.free and found.high == math.inf and found.low == 0
    assert found.as_of is None and codes(found) == ["epochs_usual", "price_unknown"]
    assert found.tokens == 5_000 and (found.epochs_low, found.epochs_high) == (2, 3)


def test_what_the_estimate_rests_on_is_said() -> None:
    found = estimate(tokens(*[100] * 50, exact=False), at(3.0), today=TODAY + timedelta(days=91))
    assert codes(found) == ["epochs_usual", "tokens_estimated", "price_as_of", "price_stale", "server_counts_last"]
    stale = next(reason for reason in found.assumptions if reason.code == "price_stale")
    assert stale.params == {"as_of": TODAY, "days": 91}
    assert "price_stale" not in codes(estimate(tokens(100), at(3.0), today=TODAY + timedelta(days=90)))


EPOCHS = st.integers(1, 49)
LINES = st.lists(st.integers(1, 100_000), min_size=1, max_size=30)
USD = st.decimals(0, 100, places=3).map(float)


@given(LINES, USD, EPOCHS)
def test_the_cost_grows_with_the_epochs(lines: list[int], usd: float, epochs: int) -> None:
    fewer, more = estimate(tokens(*lines), at(usd), epochs), estimate(tokens(*lines), at(usd), epochs + 1)
    assert fewer.low <= more.low and fewer.high <= more.high


@given(LINES, st.integers(1, 10_000), USD, EPOCHS)
def test_the_cost_grows_with_the_tokens(lines: list[int], more: int, usd: float, epochs: int) -> None:
    small, large = estimate(tokens(*lines), at(usd), epochs), estimate(tokens(lines[0] + more, *lines[1:]), at(usd), epochs)
    assert small.low <= large.low and small.high <= large.high


@given(LINES, st.floats(0.001, 100), st.none() | EPOCHS)
def test_the_range_holds_the_exact_cost_and_is_in_order(lines: list[int], usd: float, epochs: int | None) -> None:
    found = estimate(tokens(*lines), at(usd), epochs)
    assert 0 <= found.low <= found.high
    step = 0.0101
    assert found.low - step <= sum(lines) * usd * found.epochs_low / 1e6
    assert sum(lines) * usd * found.epochs_high / 1e6 <= found.high + step
    for usd_shown in (found.low, found.high):
        assert usd_shown == round(usd_shown, 4) and len(repr(usd_shown)) <= 14


def test_a_thousand_questions_cost_what_their_tokens_cost() -> None:
    counted = tokens(*[120] * 10, assistant=200)
    before = use_cost(counted, price("openai", "gpt-4o-mini-2024-07-18", TODAY))
    after = use_cost(counted, tuned_price("openai", "gpt-4o-mini-2024-07-18", TODAY))
    assert (before.prompt_tokens, before.answer_tokens, before.questions) == (100, 20, 1000)
    assert before.usd == 0.027  # 1,000 x (100 x 0.15 + 20 x 0.60) / 1,000,000
    assert after.usd == 0.054
    assert use_cost(counted, None).usd is None
    assert use_cost(counted, price("nebius", "L-8B", TODAY)).usd is None
    assert use_cost(counted, price("this-machine", "recall", TODAY)).usd == 0
    assert use_cost(tokens(), at(1.0)).prompt_tokens == 0


def test_a_small_model_reads_the_examples_as_often_as_its_engine_says() -> None:
    assert epochs_range(80, local=True, practice=False) == (3, 3, Reason("epochs_exactly", {"epochs": 3, "n": 80}))
    assert epochs_range(10, local=True, practice=False)[:2] == (10, 10)
    found = estimate(tokens(*[10] * 10), None, local=True, practice=False)
    assert (found.free, found.epochs_low, found.epochs_high) == (True, 10, 10)


@pytest.mark.parametrize(
    ("billed", "low", "high", "code"),
    [
        (False, 0.6, 0.9, "validation_not_billed"),
        (True, 0.72, 1.08, "validation_billed"),
        (None, 0.6, 1.08, "validation_perhaps_billed"),
    ],
)
def test_a_validation_file_counts_where_it_is_billed(billed: bool | None, low: float, high: float, code: str) -> None:
    """100,000 tokens and 20,000 of validation at 3 dollars a million, 2 to 3 epochs."""
    found = estimate(tokens(*[1_000] * 100), at(3.0), validation=tokens(*[1_000] * 20), validation_billed=billed)
    assert (found.low, found.high) == (low, high) and code in codes(found) and found.tokens == 100_000


def test_a_price_of_ones_own_is_said_to_be_that() -> None:
    mine = Price("openai", "m", 3.0, None, None, None, date(2025, 1, 1), "a page", own=(("training", TODAY),))
    found = estimate(tokens(*[1_000] * 100), mine, today=TODAY)
    assert "price_yours" in codes(found) and "price_as_of" not in codes(found) and "price_stale" not in codes(found)
    assert found.as_of == TODAY


@given(st.decimals(0, 10**7, places=9), st.decimals(0, 10**7, places=9))
def test_shown_bounds_hold_the_exact_ones_and_have_no_dust(first: Decimal, second: Decimal) -> None:
    low, high = min(first, second), max(first, second)
    shown = outwards(low, high)
    assert shown[0] <= shown[1]
    if low != high:
        assert Decimal(str(shown[0])) <= low and high <= Decimal(str(shown[1]))
    for usd in shown:
        assert -Decimal(str(usd)).normalize().as_tuple().exponent <= (4 if usd <= 1 else 2)  # type: ignore[operator]


def test_an_answer_without_its_price_costs_nothing_that_can_be_said() -> None:
    half = Price("openai", "m", None, 1.0, None, None, TODAY, "a page")
    for unknown in (None, half):
        assert answer_cost(tokens(100, assistant=10), unknown).high is None


def test_of_pairs_the_least_takes_each_question_once_and_the_most_with_both_answers() -> None:
    pairs = replace(tokens(*[1_000] * 100), questions=40_000)
    chosen = estimate(pairs, at(10.0), 2)
    assert (chosen.low, chosen.high) == (2.0, 2.8)
    assert "pairs_counted" in codes(chosen) and chosen.tokens == 100_000
    left = estimate(pairs, at(10.0))
    assert (left.epochs_low, left.epochs_high, left.low, left.high) == (1, 3, 1.0, 4.2)
    assert left.assumptions[0].code == "epochs_of_pairs"
    here = estimate(pairs, None, local=True, practice=False)
    assert here.free and (here.epochs_low, here.epochs_high) == (3, 3), "the engine's own rule is known"
    assert "pairs_counted" not in codes(estimate(tokens(*[1_000] * 100), at(10.0)))
