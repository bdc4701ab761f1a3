"""Which category was taken for which."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.answers import AnswerShape
from core.base.replies import Prediction
from core.compare.confusion import NO_ANSWER, Confusion, confusions, worst
from core.compare.score import WHOLE

LABEL = AnswerShape("label")
BANK = AnswerShape("json", ("top", "sub"))


def labels(*pairs: tuple[str, str | None]) -> list[Prediction]:
    return [Prediction(row, f"q{row}", wanted, given) for row, (wanted, given) in enumerate(pairs, 2)]


def bank(top: str, sub: str) -> str:
    return json.dumps({"top": top, "sub": sub})


def test_the_rows_of_each_cell_are_named_the_commonest_mistake_first() -> None:
    (found,) = confusions(labels(("a", "b"), ("a", "b"), ("b", "a"), ("a", "a"), ("c", None)), LABEL, ["a", "b", "c"])
    assert found.field == WHOLE
    assert dict(found.cells) == {("a", "b"): (2, 3), ("a", "a"): (5,), ("b", "a"): (4,)}  # the row without an answer is in no cell
    assert found.mistakes == (("a", "b"), ("b", "a"))


def test_broken_json_has_a_cell_of_its_own_in_every_field() -> None:
    found = confusions([Prediction(2, "q", bank("x", "y"), "{oops")], BANK, [bank("x", "y")])
    assert [one.field for one in found] == ["top", "sub", WHOLE]
    assert [dict(one.cells) for one in found] == [{("x", NO_ANSWER): (2,)}, {("y", NO_ANSWER): (2,)}, {("x / y", NO_ANSWER): (2,)}]


def test_a_category_that_was_never_taught_is_named_once_and_so_is_a_combination_of_taught_ones() -> None:
    asked = [
        Prediction(2, "q", bank("x", "y"), bank("x", "new")),
        Prediction(3, "q", bank("x", "y"), bank("x", "v")),
        Prediction(4, "q", bank("x", "y"), bank("x", "y")),
    ]
    top, sub, whole = confusions(asked, BANK, [bank("x", "y"), bank("u", "v")])
    assert (dict(top.untaught), dict(sub.untaught), dict(whole.untaught)) == ({}, {"new": (2,)}, {"x / v": (3,)})


def test_free_text_has_no_categories() -> None:
    assert confusions(labels(("a long answer", "another one")), AnswerShape("text"), []) == ()


def test_macro_f1_weighs_a_rare_category_like_a_common_one() -> None:
    (found,) = confusions(labels(*[("a", "a")] * 9, ("b", "a")), LABEL, ["a", "b"])
    assert found.macro_f1 == pytest.approx((18 / 19 + 0) / 2)


def test_without_rows_there_is_no_figure() -> None:
    (found,) = confusions([], LABEL, ["a"])
    assert found.macro_f1 is None and found.classes == ()


def test_the_picture_takes_the_categories_with_the_most_mistakes() -> None:
    (found,) = confusions(labels(("a", "b"), ("a", "b"), ("c", "a"), ("d", "d")), LABEL, ["a", "b", "c", "d"])
    assert worst(found, 2) == ("a", "b")
    assert "d" not in worst(found, 9)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcde")), min_size=1, max_size=60))
def test_the_figures_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    from sklearn.metrics import f1_score, precision_recall_fscore_support

    (found,) = confusions(labels(*pairs), LABEL, "abcd")
    wanted, answered = zip(*pairs, strict=True)
    expected = sorted(set(wanted))
    assert found.macro_f1 == pytest.approx(f1_score(wanted, answered, average="macro", labels=expected, zero_division=0))
    by_label = {one.label: one for one in found.classes}
    precision, recall, f1, support = precision_recall_fscore_support(wanted, answered, labels=expected, zero_division=0)
    for at, label in enumerate(expected):
        mine = by_label[label]
        assert (mine.precision, mine.recall, mine.f1, mine.expected) == pytest.approx((precision[at], recall[at], f1[at], support[at]))
    assert sum(len(rows) for rows in found.cells.values()) == len(pairs)
    assert _rows_of(found) == list(range(2, 2 + len(pairs)))


def _rows_of(found: Confusion) -> list[int]:
    return sorted(row for rows in found.cells.values() for row in rows)
