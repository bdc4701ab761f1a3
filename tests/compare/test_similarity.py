"""Similarity by letters in common, as sacrebleu counts it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.replies import Prediction
from core.compare.similarity import similarities, similarity


def prediction(row: int, answer: str | None, expected: str) -> Prediction:
    return Prediction(row, "", expected, answer)


def test_the_same_is_one_and_nothing_in_common_is_nothing() -> None:
    assert similarity("Check the pump.", " Check the pump.") == pytest.approx(1.0)
    assert similarity("abc", "xyz") == 0.0
    assert similarity("x", " ") is None


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_it_lies_between_nothing_and_one(given_text: str, wanted: str) -> None:
    found = similarity(given_text, wanted)
    assert found is None or 0.0 <= found <= 1.0 + 1e-9


def test_a_model_that_keeps_silent_is_not_measured_on_its_other_answers_alone() -> None:
    (silent,) = similarities({"After": [prediction(2, "Check the pump.", "Check the pump."), prediction(3, " ", "Check the valve.")]})
    assert (silent.mean, silent.n) == (pytest.approx(0.5), 2)


def test_the_mean_by_model_has_an_interval_and_leaves_out_what_cannot_be_compared() -> None:
    mixed = [prediction(row, "Check the pump." if row % 2 else "Do nothing at all.", "Check the pump.") for row in range(2, 22)]
    after, before = similarities(
        {
            "After": [*mixed, prediction(30, None, "x"), prediction(31, "x", ""), prediction(32, "zzz", "Check")],
            "Before": mixed[:3],
            "None": [],
        },
        apart=frozenset({32}),
    )
    assert (after.label, after.n) == ("After", 20)
    assert after.low is not None and after.high is not None and after.low < after.mean < after.high
    assert (before.n, before.low, before.high) == (3, None, None), "three rows say too little for an interval"
    again, _ = similarities({"After": mixed, "Before": mixed[:1]})
    assert (again.low, again.high) == (after.low, after.high), "the same rows give the same interval"
