"""What a number of test rows can show."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from core.base.intervals import wilson
from core.estimate.claims import LEVEL, MOST, POWER, claim, claims, needed, power


def test_twenty_rows_of_which_eighty_per_cent_are_right_mean_58_to_92() -> None:
    found = claim(20, 0.8)
    assert (found.right, found.n, found.share) == (16, 20, 0.8)
    assert (round(100 * found.low), round(100 * found.high)) == (58, 92)


@pytest.mark.parametrize(("right", "n", "low", "high"), [(16, 20, 58, 92), (13, 20, 43, 82), (0, 20, 0, 16), (20, 20, 84, 100)])
def test_intervals_in_per_cent(right: int, n: int, low: int, high: int) -> None:
    """Worked by hand: (right + z²/2 ± z * sqrt(right * wrong / n + z²/4)) / (n + z²) with z = 1.96."""
    assert tuple(round(100 * end) for end in wilson(right / n, n)) == (low, high)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys(counted: tuple[int, int]) -> None:
    right, n = counted
    theirs = binomtest(right, n).proportion_ci(method="wilson")
    assert wilson(right / n, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(st.integers(1, 2000), st.floats(0, 1))
def test_a_claim_is_within_its_interval(n: int, share: float) -> None:
    one = claim(n, share)
    assert 0 <= one.low <= one.share <= one.high <= 1 and abs(one.share - share) <= 0.5 / n + 1e-12


@given(st.integers(1, 500), st.floats(0, 1))
def test_more_rows_narrow_the_interval(n: int, share: float) -> None:
    (low, high), (four_low, four_high) = wilson(share, n), wilson(share, 4 * n)
    assert four_high - four_low <= high - low


def test_the_table_has_each_share_once() -> None:
    assert claims(0) == ()
    assert [one.right for one in claims(1)] == [0, 1]
    assert [one.share for one in claims(20)] == [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


@cache
def finds(ours: int, differ: int) -> bool:
    return bool(differ) and bool(binomtest(ours, differ).pvalue < LEVEL)


@pytest.mark.parametrize("rows", [5, 6, 20, 77])
@pytest.mark.parametrize(("better", "worse"), [(0.1, 0.0), (0.24, 0.14), (0.5, 0.1), (0.1, 0.1)])
def test_the_power_is_that_of_the_test_row_by_row(rows: int, better: float, worse: float) -> None:
    differ, found = better + worse, 0.0
    for counted in range(rows + 1):
        mine = np.arange(counted + 1)
        enough = np.array([finds(int(one), counted) for one in mine])
        found += binom.pmf(counted, rows, differ) * float((binom.pmf(mine, counted, better / differ) * enough).sum())
    assert power(rows, better, worse) == pytest.approx(found, abs=1e-6)


def test_where_nothing_differs_no_more_is_found_than_the_level_allows() -> None:
    assert all(power(rows, 0.2, 0.2) <= LEVEL for rows in (10, 50, 300, 2000))


def test_rows_that_tell_eighty_from_seventy() -> None:
    found = needed(0.8, 0.7)
    # the usual formula for two separate groups gives 294 in each (Fleiss, Statistical Methods for Rates and Proportions), that for McNemar
    # (Connor 1987) 296 and 77 here; the exact test that Compare uses is a little stricter than both
    assert found.usual is not None and 294 <= found.usual <= 325
    assert found.fewest is not None and 76 <= found.fewest <= 85


@pytest.mark.parametrize(("better", "worse"), [(0.8, 0.6), (0.8, 0.7), (0.8, 0.75), (0.55, 0.5)])
def test_with_the_rows_needed_four_of_five_comparisons_find_it(better: float, worse: float) -> None:
    found = needed(better, worse)
    for rows, ours, theirs in (
        (found.fewest, better - worse, 0.0),
        (found.usual, better * (1 - worse), worse * (1 - better)),
    ):
        assert rows is not None and rows <= MOST
        assert power(rows, ours, theirs) >= POWER
        assert power(rows - 6, ours, theirs) < POWER + 0.02


def test_a_difference_of_a_thousandth_is_out_of_reach() -> None:
    assert needed(0.8, 0.799).usual is None


def test_a_simulation_finds_the_difference_as_often_as_is_said() -> None:
    rows = needed(0.8, 0.6).usual
    assert rows is not None
    draw = np.random.default_rng(0)
    better, worse = draw.random((2000, rows)) < 0.8, draw.random((2000, rows)) < 0.6
    ours, theirs = (better & ~worse).sum(axis=1), (worse & ~better).sum(axis=1)
    found = sum(finds(int(a), int(a + b)) for a, b in zip(ours, theirs, strict=True))
    assert found / 2000 == pytest.approx(POWER, abs=0.03)
