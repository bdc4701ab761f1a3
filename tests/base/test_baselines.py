"""Intervals, closeness of texts, and the baselines as they are kept."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.answers import AnswerShape
from core.base.baselines import Baselines, Closeness, Measured
from core.base.chrf import MOST, chrf
from core.base.classify import cross_validate
from core.base.intervals import wilson


class TestWilson:
    def test_twenty_rows(self) -> None:
        assert wilson(0.8, 20) == pytest.approx((0.584, 0.919), abs=0.001)

    @given(st.integers(1, 500), st.data())
    def test_as_scipy_has_it(self, n: int, data: st.DataObject) -> None:
        from scipy.stats import binomtest

        right = data.draw(st.integers(0, n))
        expected = binomtest(right, n).proportion_ci(confidence_level=0.95, method="wilson")
        assert wilson(right / n, n) == pytest.approx((expected.low, expected.high), abs=1e-9)

    def test_of_no_rows_nothing_is_known(self) -> None:
        assert wilson(0.0, 0) == (0.0, 1.0)


class TestChrf:
    @settings(deadline=None)
    @given(st.text(max_size=60), st.text(max_size=60))
    def test_between_nothing_and_the_same(self, given_text: str, wanted: str) -> None:
        assert 0.0 <= chrf(given_text, wanted) <= 1.0 + 1e-12
        assert chrf(wanted, wanted) == pytest.approx(1.0)

    def test_a_megabyte_is_compared_by_its_beginning(self) -> None:
        assert chrf("a" * MOST + "b" * 1_000_000, "a" * MOST) == pytest.approx(1.0)

    def test_known_values(self) -> None:
        assert chrf("abc", "xyz") == 0.0
        assert chrf("", "x") == chrf("x", " ") == 0.0
        # of "abcd" and "abce" 3 of 4 letters, 2 of 3 pairs, 1 of 2 threes and no four are shared
        assert chrf("abcd", "abce") == pytest.approx((3 / 4 + 2 / 3 + 1 / 2 + 0) / 4)

    def test_what_is_missing_weighs_more_than_what_is_too_much(self) -> None:
        assert chrf("turn it off at night please", "turn it off") > chrf("turn it off", "turn it off at night please")


class TestKept:
    def test_they_come_back_the_same(self) -> None:
        questions = [f"{'where is my parcel' if i % 2 else 'please send the bill'} {i}" for i in range(40)]
        found = Baselines.of(cross_validate(questions, ["parcel", "bill"] * 20, AnswerShape("label"), seed=0, repeats=2), 1.5)
        assert Baselines.from_json(json.loads(json.dumps(found.to_json()))) == found
        text = Baselines(9, closeness=Closeness(Measured(0.2, 0.1, 0.3), 0.1, 9))
        assert Baselines.from_json(json.loads(json.dumps(text.to_json()))) == text
        nothing = Baselines(0, nothing="tools")
        assert Baselines.from_json(json.loads(json.dumps(nothing.to_json()))) == nothing
        assert nothing.best is None

    def test_the_best_is_the_simplest_of_equals(self) -> None:
        questions = [f"thing {i}" for i in range(20)]
        found = Baselines.of(cross_validate(questions, ["x"] * 20, AnswerShape("label"), seed=0), 0.0)
        assert found.best is not None
        assert found.best.kind == "majority"
        assert found.best.whole.high == 1.0

    def test_the_interval_counts_different_questions(self) -> None:
        questions = [f"{'a parcel' if i % 2 else 'the bill'} {i}" for i in range(30)]
        once, thrice = (
            Baselines.of(cross_validate(questions * times, ["parcel", "bill"] * 15 * times, AnswerShape("label"), seed=0), 0.0)
            for times in (1, 3)
        )
        assert once.questions == thrice.questions == 30
        assert [one.whole.low for one in once.baselines] == pytest.approx([one.whole.low for one in thrice.baselines])
