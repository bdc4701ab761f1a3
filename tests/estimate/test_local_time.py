"""The rough time of a local training: seconds, in order, and growing with the data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.types import Reason, TokenCount
from core.estimate.local_time import StepShape, measured_time, one_answer_each, practice_time, step_shape, training_seconds


def test_a_small_file_takes_a_few_seconds_and_a_large_one_less_than_a_few_minutes() -> None:
    small = practice_time(100)
    assert small.low_s <= 7 and 9 <= small.high_s < 60, "a newcomer's 75 rows took 9 seconds, with the start of engine and worker"
    assert practice_time(10_000).high_s < 60
    assert practice_time(50_000).high_s < 180
    assert small.reason == Reason("under_a_minute", {"n": 100, "low": 3, "high": 12}), "no seconds are told that nobody can hold"
    assert practice_time(20_000).reason.code == "seconds_here"


def test_what_was_measured_here_counts_in_place_of_another_machines_figures() -> None:
    found = practice_time(100, 5.2)
    assert (found.low_s, found.high_s) == (9, 36), "three seconds to start, rounded up, and four times as much where the machine is busy"
    assert found.reason == Reason("under_a_minute_measured", {"n": 100, "low": 9, "high": 36})
    assert practice_time(100, 20.0).reason.code == "seconds_measured_range"


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_rows_never_take_less_time(n: int, more: int) -> None:
    small, large = practice_time(n), practice_time(n + more)
    assert 1 <= small.low_s <= large.low_s and small.high_s <= large.high_s and small.low_s < small.high_s


def counted(*lengths: int, assistant: int = 0) -> TokenCount:
    return TokenCount("o200k_base", lengths, assistant, False)


def test_a_step_is_as_long_as_the_longest_of_its_examples() -> None:
    alike = step_shape(counted(*[88] * 80, assistant=800), 3)
    assert (alike.batch_size, alike.tokens, alike.answer_tokens) == (3, 100, 10)
    mixed = step_shape(counted(*[8, 188] * 40), 4)
    assert 140 < mixed.tokens < 200, "four examples nearly always hold a long one"
    assert step_shape(counted(*[8, 188] * 40), 1).tokens == 110
    assert step_shape(counted(9_000), 1).tokens == 2048, "what is longer is cut"
    assert step_shape(counted(), 2).tokens >= 2


@pytest.mark.parametrize(
    ("step_s", "code", "time"),
    [(0.1, "seconds_measured", 20), (1.0, "minutes_measured", 2), (3.0, "minutes_measured", 5), (90.0, "hours_measured", 2)],
)
def test_the_time_follows_from_the_pace(step_s: float, code: str, time: int) -> None:
    tokens = counted(*[88] * 80)
    shape = step_shape(tokens, 3)
    told = measured_time(tokens, shape, 3, 0, start_s=10, step_s=step_s, measured_tokens=shape.tokens).reason
    assert (told.code, told.params) == (code, {"n": 80, "time": time})


def test_a_pace_of_other_lengths_is_scaled_and_validation_takes_time_too() -> None:
    tokens = counted(*[88] * 80)
    shape = step_shape(tokens, 4)
    same = measured_time(tokens, shape, 3, 0, start_s=0, step_s=6, measured_tokens=100)
    assert measured_time(tokens, shape, 3, 0, start_s=0, step_s=3, measured_tokens=50) == same
    assert same.low_s == 60 * 6
    with_checks = training_seconds(shape, 3, 80, 20, start_s=0, step_s=6)
    assert with_checks == pytest.approx(60 * 6 + (20 * 20 + 3 * 20) * 6 / 4 / 3)


def test_a_step_of_pairs_reads_a_question_with_one_answer_twice() -> None:
    pairs = TokenCount("o200k_base", (100, 200), 60, False, questions=100)
    each = one_answer_each(pairs)
    assert each.per_example == (75, 125) and each.assistant == 30
    alone = TokenCount("o200k_base", (100, 200), 60, False)
    assert one_answer_each(alone) is alone
    shape = StepShape(2, 100, 30)
    same = {"start_s": 0.0, "step_s": 6.0}
    assert training_seconds(shape, 1, 20, 0, **same) == training_seconds(shape, 1, 20, 0, **same, pairs=True)
    assert training_seconds(shape, 1, 20, 10, **same) < training_seconds(shape, 1, 20, 10, **same, pairs=True)
