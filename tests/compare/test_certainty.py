"""How sure: the paired test, the interval of a difference, several comparisons at once, and how many rows would settle it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from core.compare.certainty import LEVEL, Pairing, difference, holm, more_rows_needed, pair
from core.compare.score import Judged

SETTINGS = [(0.05, 0.1), (0.05, 0.3), (0.1, 0.4), (0.2, 0.2), (0.3, 0.1)]  # how often only the first, only the second is right


def paired(only_first: int, only_second: int, n: int) -> Pairing:
    rights = [(True, False)] * only_first + [(False, True)] * only_second + [(True, True)] * (n - only_first - only_second)
    first, second = ([Judged(row, pair[side]) for row, pair in enumerate(rights)] for side in (0, 1))
    return pair(first, second)


@given(st.integers(0, 30), st.integers(0, 30))
def test_mcnemar_is_exact(only_first: int, only_second: int) -> None:
    n = only_first + only_second
    least = min(only_first, only_second)
    by_hand = min(1.0, 2 * float(binom.cdf(least, n, 0.5))) if n else 1.0
    assert paired(only_first, only_second, n + 3).p == pytest.approx(by_hand)


def test_the_difference_lies_in_its_interval_and_is_the_same_each_time() -> None:
    one = difference(paired(4, 9, 20))
    assert one is not None and one.value == pytest.approx(0.25)
    assert -1 <= one.low < 0 < one.value < one.high <= 1
    assert one == difference(paired(4, 9, 20))
    assert difference(paired(0, 0, 0)) is None


def test_rows_that_all_turn_right_do_not_make_an_interval_of_no_width() -> None:
    one = difference(paired(0, 10, 10))
    assert one is not None and one.low < one.value == 1.0 == one.high


def test_swapping_the_two_turns_the_interval_round() -> None:
    there, back = difference(paired(3, 8, 30)), difference(paired(8, 3, 30))
    assert there is not None and back is not None
    assert there.low == pytest.approx(-back.high, abs=0.04) and there.high == pytest.approx(-back.low, abs=0.04)


@pytest.mark.slow
def test_simulated_comparisons_hold_the_true_difference_in_95_of_100() -> None:
    """The standard error over all 6,000 tests is 0.003."""
    rng = np.random.default_rng(11)
    held = []
    for n in (10, 20, 61):
        for only_first, only_second in SETTINGS:
            counts = rng.multinomial(n, [only_second, only_first, 1 - only_second - only_first], 400)
            found = [difference(Pairing(n, 0, 0, int(downs), int(ups), 1.0)) for ups, downs, _ in counts]
            held.append(np.mean([one is not None and one.low <= only_second - only_first <= one.high for one in found]))
    assert 0.93 <= np.mean(held) <= 0.97, held


# worked by hand
@pytest.mark.parametrize(
    ("ps", "corrected"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.01, 0.04], [0.02, 0.04]),
        ([0.04, 0.01, 0.03], [0.06, 0.03, 0.06]),
        ([0.5, 0.9, 0.001, 0.02], [1.0, 1.0, 0.004, 0.06]),
    ],
)
def test_holm(ps: list[float], corrected: list[float]) -> None:
    assert holm(ps) == pytest.approx(corrected)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_a_corrected_p_is_never_smaller_and_keeps_its_place(ps: list[float]) -> None:
    corrected = holm(ps)
    assert all(q >= p for p, q in zip(ps, corrected, strict=True))
    assert sorted(range(len(ps)), key=lambda at: (ps[at], at)) == sorted(range(len(ps)), key=lambda at: (corrected[at], ps[at], at))


def test_of_four_equal_models_hardly_ever_one_is_called_better() -> None:
    """Without the correction one in seven such tests would find a difference that is not there."""
    rng = np.random.default_rng(3)
    found = uncorrected = 0
    for _ in range(400):
        rights = rng.random((4, 61)) < 0.6
        ps = []
        for other in rights[1:]:
            ups, downs = int((rights[0] & ~other).sum()), int((other & ~rights[0]).sum())
            ps.append(paired(downs, ups, 61).p)
        found += any(p < LEVEL for p in holm(ps))
        uncorrected += any(p < LEVEL for p in ps)
    assert found / 400 <= 0.05 < uncorrected / 400


def test_about_forty_more_rows_would_settle_fourteen_against_nine() -> None:
    """Connor's formula by hand: 11 of 20 rows differ, by 5: (1.96 * sqrt(.55) + .8416 * sqrt(.55 - .0625))² / .0625 = 66.7 rows in all."""
    assert more_rows_needed(paired(3, 8, 20)) == math.ceil(66.7) - 20 == 47
    assert more_rows_needed(paired(3, 8, 20), comparisons=3) == pytest.approx(69, abs=3), "more where each has to be surer"


def test_a_large_number_of_rows_is_told_in_two_digits() -> None:
    assert more_rows_needed(paired(14, 15, 61)) == 14_000


def test_so_many_more_rows_do_settle_it_most_of_the_time() -> None:
    rng = np.random.default_rng(5)
    n = 20 + (more_rows_needed(paired(3, 8, 20)) or 0)
    counts = rng.multinomial(n, [3 / 20, 8 / 20, 9 / 20], 1000)
    settled = np.mean([paired(int(a), int(b), n).p < LEVEL for a, b, _ in counts])
    assert 0.7 <= settled <= 0.9, "80% are meant; the exact test is a little stricter than the formula"
