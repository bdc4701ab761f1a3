"""The histogram of lengths, and the rows that a model would cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.lora_settings import USUAL
from core.base.types import TokenCount
from core.estimate.lengths import Bin, Limit, lengths, limit_of, too_long


def tokens(*per_example: int) -> TokenCount:
    return TokenCount("o200k_base", per_example, 0, True)


def test_a_small_file_has_round_edges_and_plain_figures() -> None:
    found = lengths(tokens(12, 14, 15, 15, 31), most_bins=5)
    assert found.bins == (Bin(10, 14, 2), Bin(15, 19, 2), Bin(20, 24, 0), Bin(25, 29, 0), Bin(30, 34, 1))
    assert (found.n, found.total, found.shortest, found.median, found.p95, found.longest) == (5, 87, 12, 15, 31, 31)


def test_no_examples_and_one_example_have_a_histogram_too() -> None:
    assert lengths(tokens()).bins == () and lengths(tokens()).n == 0
    assert lengths(tokens(7)).bins == (Bin(7, 7, 1),)
    assert lengths(tokens(7, 7, 7)).bins == (Bin(7, 7, 3),)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200), st.integers(1, 40))
def test_every_example_is_in_one_bar_and_the_bars_have_no_gaps(counts: list[int], most: int) -> None:
    found = lengths(tokens(*counts), most_bins=most)
    assert len(found.bins) <= most
    assert sum(bar.n for bar in found.bins) == len(counts)
    assert found.bins[0].n > 0 and found.bins[-1].n > 0
    for bar, following in zip(found.bins, found.bins[1:], strict=False):
        assert following.low == bar.high + 1
    assert len({bar.high - bar.low for bar in found.bins}) == 1
    assert str(found.bins[0].high - found.bins[0].low + 1).rstrip("0") in {"1", "2", "5"}
    for bar in found.bins:
        assert bar.n == sum(bar.low <= count <= bar.high for count in counts)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=200))
def test_the_percentiles_are_values_that_occur(counts: list[int]) -> None:
    found = lengths(tokens(*counts))
    assert found.shortest == min(counts) and found.longest == max(counts) and found.total == sum(counts)
    for percent, value in ((50, found.median), (95, found.p95)):
        assert value in counts
        assert sum(count <= value for count in counts) * 100 >= percent * len(counts)
        assert sum(count < value for count in counts) * 100 < percent * len(counts)


def test_rows_over_the_models_limit_are_found_the_longest_first() -> None:
    limit = limit_of("gpt-4o-mini-2024-07-18")
    assert limit is not None and (limit.tokens, limit.known) == (65_536, "confirmed") and limit.as_of is not None
    assert too_long(tokens(65_536, 65_537, 10, 70_000), limit) == [3, 1]
    assert too_long(tokens(65_536, 1, 1, 1), limit) == []


def test_a_limit_that_nobody_confirmed_is_called_that() -> None:
    limit = limit_of("gpt-4.1-mini-2025-04-14")
    assert limit is not None and limit.known == "guessed"


def test_a_small_open_model_reads_what_its_setting_says() -> None:
    usual = USUAL["context_length"]
    assert limit_of("SmolLM2-135M-Instruct", small=True) == Limit(usual, "setting")
    assert limit_of("SmolLM2-135M-Instruct", small=True, context=8 * usual) == Limit(usual, "setting")


def test_a_small_open_model_never_reads_more_than_it_can() -> None:
    assert limit_of("tiny", small=True, context=512) == Limit(512, "confirmed")


@pytest.mark.parametrize("model", ["recall", "some-other-model", ""])
def test_no_row_is_too_long_for_a_model_of_which_nothing_is_known(model: str) -> None:
    assert limit_of(model) is None
    assert too_long(tokens(10**9), limit_of(model)) == []
