"""What counts as right, and the shares and intervals that come of it (checked by hand)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.answers import AnswerShape
from core.base.replies import Prediction
from core.compare.score import judge, judge_all, make_score, score

BANK = AnswerShape("json", ("Top", "Sub"))
LABEL = AnswerShape("label")
TEXT = AnswerShape("text")
EXPECTED = '{"Top": "Cards", "Sub": "Lost card"}'


def answered(answer: str | None, expected: str = EXPECTED, row: int = 2, error: str = "") -> Prediction:
    return Prediction(row, "q", expected, answer, error)


@pytest.mark.parametrize(
    "answer",
    [
        EXPECTED,
        '{"Sub":"Lost card","Top":"Cards"}',
        ' {\n "Top": "Cards ",\n "Sub": "Lost card"\n} ',
        '{"Top": "Car\\u0064s", "Sub": "Lost card"}',
    ],
)
def test_spacing_key_order_and_escapes_of_json_do_not_count(answer: str) -> None:
    judged = judge(answered(answer), BANK)
    assert judged.right and judged.valid and all(judged.fields.values())


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        ('{"Top": "Cards", "Sub": "Fees"}', {"Top": True, "Sub": False}),
        ('{"Top": "cards", "Sub": "Lost card"}', {"Top": False, "Sub": True}),
    ],
)
def test_a_half_right_answer_is_wrong_as_a_whole_and_right_in_part(answer: str, fields: dict[str, bool]) -> None:
    judged = judge(answered(answer), BANK)
    assert judged.right is False and judged.valid and judged.fields == fields


@pytest.mark.parametrize(
    "answer",
    [
        "Cards",
        "",
        "[1]",
        '{"Top": "Cards"}',
        '{"Top": "Cards", "Sub": "Lost card", "More": 1}',
        EXPECTED[:-1],
        f"```json\n{EXPECTED}\n```",
    ],
)
def test_what_is_not_the_json_that_was_taught_is_invalid_and_wrong(answer: str) -> None:
    judged = judge(answered(answer), BANK)
    assert judged.right is False and not judged.valid


def test_labels_are_compared_letter_by_letter_but_for_outer_spaces() -> None:
    assert judge(answered(" refund\n", "refund"), LABEL).right
    assert judge(answered("Refund", "refund"), LABEL).right is False
    assert judge(answered("refund.", "refund"), LABEL).right is False
    assert judge(answered("cafe\u0301", "caf\u00e9"), LABEL).right  # the same letter, written in two ways


def test_a_row_whose_own_answer_is_not_json_can_still_be_right() -> None:
    assert judge(answered("see agent", "see agent"), BANK).right
    assert judge(answered(EXPECTED, "see agent"), BANK).right is False


def test_rows_without_an_answer_are_counted_apart() -> None:
    rows = [answered(EXPECTED), answered("x", row=3), answered(None, row=4, error="Too long."), answered(None, row=5)]
    part = score(judge_all(rows, BANK), BANK)
    assert (part.whole.right, part.whole.n) == (1, 2)
    assert (part.invalid, part.failed, part.pending, part.rows) == (1, 1, 1, 4)
    assert [(field.name, field.right, field.n) for field in part.fields] == [("Top", 1, 2), ("Sub", 1, 2)]


# by hand: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964
@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(16, 20, 0.5840, 0.9193), (13, 20, 0.4329, 0.8188), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 1, 0.2065, 1.0)],
)
def test_wilson_intervals_are_those_of_the_formula(right: int, n: int, low: float, high: float) -> None:
    made = make_score("x", right, n)
    assert made.low == pytest.approx(low, abs=5e-5) and made.high == pytest.approx(high, abs=5e-5)
    assert made.share == right / n


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_between_none_and_all(counts: tuple[int, int]) -> None:
    right, n = counts
    made = make_score("x", right, n)
    assert 0 <= made.low <= right / n <= made.high <= 1
    z, p = 1.959963984540054, right / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert made.low == pytest.approx((p + z * z / (2 * n) - half) / (1 + z * z / n), abs=1e-9)


def test_of_no_rows_nothing_is_known() -> None:
    made = make_score("x", 0, 0)
    assert (made.low, made.high, made.share) == (0.0, 1.0, None)


def test_free_text_counts_exact_matches_alone() -> None:
    part = score(judge_all([answered("Paris.", "Paris. "), answered("paris", "Paris", row=3)], TEXT), TEXT)
    assert (part.whole.right, part.whole.n, part.fields) == (1, 2, ())
