"""How often each category is answered, beside the training."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.answers import AnswerShape
from core.compare.frequencies import Frequency, frequencies

LABEL = AnswerShape("label")
JSON = AnswerShape("json", ("top", "sub"))


def test_categories_are_counted_on_both_sides_the_largest_share_first() -> None:
    found = frequencies(["a", "a ", "b", None], ["b", "b", "b", "c"], LABEL, "answer")
    assert found is not None
    assert found.categories == (Frequency("b", 1, 3), Frequency("a", 2, 0), Frequency("c", 0, 1))
    assert (found.answered, found.taught, found.invalid, found.rest) == (3, 4, 0, None)
    assert found.furthest is None, "so few rows tell nothing"


def test_a_field_of_a_json_answer_is_counted_by_itself_and_invalid_answers_apart() -> None:
    found = frequencies(['{"top": "x", "sub": "y"}', "no"], ['{"top": "x", "sub": "z"}'], JSON, "sub")
    assert found is not None and found.invalid == 1
    assert found.categories == (Frequency("y", 1, 0), Frequency("z", 0, 1))


def test_free_text_has_no_categories() -> None:
    assert frequencies(["a"], ["a"], AnswerShape("text"), "answer") is None


def test_the_furthest_apart_is_named_where_chance_does_not_explain_it() -> None:
    taught = ["a"] * 20 + ["b"] * 50 + ["c"] * 55
    few = frequencies(["a"] * 3 + ["b"] * 2 + ["c"] * 3, taught, LABEL, "answer")  # 38% of eight answers, 16% of the training
    assert few is not None and few.furthest is None and few.p(few.categories[0]) > 0.3
    many = frequencies(["a"] * 38 + ["b"] * 30 + ["c"] * 32, taught, LABEL, "answer")
    assert many is not None and many.furthest == Frequency("a", 38, 20)
    ways = [comb(58, k) * comb(167, 100 - k) for k in range(59)]  # all tables with these sums, added up where they are as rare
    assert many.p(Frequency("a", 38, 20)) == pytest.approx(3 * sum(one for one in ways if one <= ways[38]) / comb(225, 100))


def test_what_is_equally_frequent_on_both_sides_has_nothing_furthest_apart() -> None:
    found = frequencies(["a", "b"], ["a", "b"] * 5, LABEL, "answer")
    assert found is not None and found.furthest is None
    nothing = frequencies([], ["a"], LABEL, "answer")
    assert nothing is not None and nothing.furthest is None


NAMES = st.lists(st.sampled_from([f"c{n}" for n in range(20)]), max_size=60)


@given(NAMES, NAMES, st.integers(1, 8))
def test_nothing_is_lost_among_the_others(here: list[str], there: list[str], most: int) -> None:
    found = frequencies(here, there, LABEL, "answer", most=most)
    assert found is not None
    lines = [*found.categories, *([found.rest] if found.rest else [])]
    assert sum(one.answered for one in lines) == found.answered == len(here)
    assert sum(one.taught for one in lines) == found.taught == len(there)
    assert len(found.categories) <= most + 1 and found.others != 1
    assert len(found.categories) + found.others == len({*here, *there})
