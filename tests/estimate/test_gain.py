"""What more rows would bring: the form through the curve, and the statement that the data carry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.estimate.gain import FEWEST, LITTLE, SURE, WORTH, gain, gains, resampled, some_more

SIZES = [40.0, 80.0, 120.0, 160.0]


@pytest.mark.parametrize(("rows", "more"), [(0, 0), (1, 0), (2, 1), (40, 20), (99, 20), (100, 50), (240, 100), (301, 100), (10_000, 5000)])
def test_more_rows_are_a_round_number_and_at_most_half_as_many_again(rows: int, more: int) -> None:
    assert some_more(rows) == more


@given(st.integers(0, 10**6))
def test_nothing_is_said_of_twice_the_rows_that_were_learned_from(rows: int) -> None:
    more = some_more(rows)
    assert rows + more <= 2 * 0.8 * rows and (not more or str(more).rstrip("0") in {"1", "2", "5"})


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0, 2.0])
def test_a_power_law_is_gone_on_with(power: float) -> None:
    def share(rows: float) -> float:
        return 0.9 - 0.3 * (rows / 40) ** -power

    found = gains(SIZES, np.array([[share(size) for size in SIZES]]), 200, 100)
    assert found == pytest.approx([share(300) - share(200)], abs=1e-6)


def test_a_level_curve_and_a_falling_one_gain_nothing() -> None:
    assert gains(SIZES, np.array([[0.7] * 4, [0.9, 0.8, 0.7, 0.6]]), 200, 100).tolist() == [0.0, 0.0]


@given(st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=5), st.integers(1, 1000))
def test_a_gain_is_never_less_than_nothing_nor_more_than_there_is(curves: list[list[float]], more: int) -> None:
    found = gains(SIZES, np.array(curves), 200, more)
    assert (found >= 0).all() and (found <= 1).all()


@given(st.integers(0, 2**32), st.integers(2, 30), st.integers(1, 4))
def test_resampled_curves_are_shares_and_the_same_for_the_same_seed(seed: int, questions: int, repeats: int) -> None:
    draw = np.random.default_rng(seed)
    groups = draw.integers(questions, size=60)
    right = draw.random((repeats, 4, 60)) < 0.5
    curves = resampled(right, groups, seed=seed)
    assert curves.shape == (400, 4) and (curves >= 0).all() and (curves <= 1).all()
    assert (curves == resampled(right, groups, seed=seed)).all()


def test_resampling_scatters_as_a_share_of_so_many_questions_does() -> None:
    right = np.random.default_rng(1).random((1, 1, 400)) < 0.7
    alone = resampled(right, np.arange(400), seed=2).std()
    assert alone == pytest.approx((right.mean() * (1 - right.mean()) / 400) ** 0.5, rel=0.12)
    twins = resampled(np.repeat(right, 5, axis=2), np.repeat(np.arange(400), 5), seed=2).std()
    assert twins == pytest.approx(alone, rel=1e-9), "copies add nothing"


def right_by(shares: list[float], rows: int, seed: int) -> "np.ndarray":
    """Answers of five repeats, nested: a row that is right with few rows is right with more."""
    luck = np.random.default_rng(seed).random((5, 1, rows))
    return np.broadcast_to(luck, (5, 4, rows)) < np.array(shares)[:, None]


def test_a_rising_curve_helps_with_a_range_around_the_gain() -> None:
    found = gain(SIZES, right_by([0.4, 0.5, 0.56, 0.6], 200, 3), np.arange(200), questions=200)
    assert found.verdict.code == "more_helps" and found.more == 100
    assert SURE <= found.low <= found.middle <= found.high and found.middle >= WORTH
    assert found.verdict.params == {
        "more": 100,
        "gain": round(100 * found.middle),
        "low": round(100 * found.low),
        "high": round(100 * found.high),
        "n": 200,
    }


def test_a_level_curve_is_said_to_be_done() -> None:
    found = gain(SIZES, right_by([0.8] * 4, 200, 3), np.arange(200), questions=200)
    assert found.verdict.code == "more_not" and found.high < LITTLE and found.verdict.params["high"] >= 1


def test_a_rise_among_a_part_of_the_rows_says_nothing_of_more_than_all() -> None:
    found = gain(SIZES, right_by([0.4, 0.5, 0.56, 0.6], 200, 3), np.arange(200), questions=200, of=5000)
    assert found.verdict.code == "more_sampled" and found.verdict.params == {"n": 200, "all": 5000}


def test_a_few_rows_that_scatter_carry_nothing() -> None:
    luck = np.random.default_rng(5).random((5, 4, FEWEST)) < np.array([0.5, 0.52, 0.51, 0.54])[:, None]
    assert gain(SIZES, luck, np.arange(FEWEST), questions=FEWEST).verdict.code == "more_unclear"
