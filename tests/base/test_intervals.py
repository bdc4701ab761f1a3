"""Wilson's interval: scipy's for counts, the formula for mean shares, and 95% of the time it holds the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.intervals import _between, _counted, whole_rows, wilson


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_formula_for_mean_shares_is_scipys_wherever_both_are_defined(counts: tuple[int, int]) -> None:
    right, n = counts
    assert _between(right / n, n) == pytest.approx(_counted(right, n), abs=1e-12)


@given(st.floats(0, 1), st.integers(1, 500))
def test_a_mean_share_lies_between_the_ends_of_its_interval(share: float, n: int) -> None:
    low, high = wilson(share, n)
    assert 0 <= low <= share <= high <= 1


def test_simulated_tests_hold_the_true_share_in_95_of_100() -> None:
    rng = np.random.default_rng(7)
    held = []
    for n in (6, 10, 20, 61, 200, 1000):
        intervals = [wilson(right / n, n) for right in range(n + 1)]
        low, high = (np.array([ends[side] for ends in intervals]) for side in (0, 1))
        truths = rng.uniform(0.02, 0.98, 400)
        right = rng.binomial(n, truths[:, None], (400, 50))
        held.append(float(np.mean((low[right] <= truths[:, None]) & (truths[:, None] <= high[right]))))
    assert 0.93 <= np.mean(held) <= 0.97 and min(held) > 0.93, held


def test_a_share_names_a_number_of_rows_only_where_it_is_one() -> None:
    assert whole_rows(0.5, 10) == 5 and whole_rows(0.3333, 3) == 1 and whole_rows(0.0, 7) == 0
    assert whole_rows(0.52, 10) is None and whole_rows(0.5, 0) is None and whole_rows(1.2, 5) is None
    assert whole_rows(0.5, 5000) is None, "of so many a rounded share names several numbers"
