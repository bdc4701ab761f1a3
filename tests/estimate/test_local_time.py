"""The rough time of a local training: seconds, in order, and growing with the data."""

from hypothesis import given
from hypothesis import strategies as st

from core.estimate.local_time import time_here


def test_a_small_file_takes_a_few_seconds_and_a_large_one_less_than_a_few_minutes() -> None:
    assert (time_here(100).low_s, time_here(100).high_s) == (1, 4)
    assert time_here(10_000).high_s < 30
    assert time_here(50_000).high_s < 120
    assert time_here(100).reason.params == {"n": 100, "low": 1, "high": 4}


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_rows_never_take_less_time(n: int, more: int) -> None:
    small, large = time_here(n), time_here(n + more)
    assert 1 <= small.low_s <= large.low_s and small.high_s <= large.high_s and small.low_s < small.high_s
