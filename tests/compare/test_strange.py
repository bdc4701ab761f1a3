"""Values of a reading that nothing prepared the model for are named; what was taught, or is no reading, is not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.answers import answer_kind
from core.base.replies import Prediction
from core.base.types import Example, Message
from core.compare.doubt import Taught, doubts
from core.compare.strange import Ranges

_RNG = random.Random(1)
TAUGHT = [f"usage_kwh: {_RNG.uniform(100, 500):.1f}\nusage_pattern: {_RNG.choice(['steady', 'rising', 'falling'])}" for _ in range(60)]
KNOWN = Ranges.of(TAUGHT)


def codes(question: str) -> list[tuple[str, object]]:
    return [(one.code, one.params["name"]) for one in KNOWN.strange(question)]


@pytest.mark.parametrize("question", TAUGHT[:5])
def test_a_taught_reading_is_not_strange(question: str) -> None:
    assert codes(question) == []


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("usage_kwh: 9999999\nusage_pattern: steady", [("doubt_value", "usage_kwh")]),
        ("usage_kwh: -4000\nusage_pattern: steady", [("doubt_value", "usage_kwh")]),
        ("usage_kwh: 560\nusage_pattern: Steady", []),
        ("usage_kwh: 200\nusage_pattern: volcanic", [("doubt_word", "usage_pattern")]),
        ("usage_kwh: nan\nusage_pattern: rising", []),
        ("usage_kwh: 200\nlocation: cellar", []),
        ("How much did we use?", []),
    ],
)
def test_what_nobody_taught_is_named(question: str, found: list[tuple[str, str]]) -> None:
    assert codes(question) == found


def test_words_that_are_free_text_are_no_list() -> None:
    questions = [f"usage_kwh: {n}\nremark: seen by number {n}" for n in range(100, 160)]
    assert Ranges.of(questions).strange("usage_kwh: 120\nremark: something else") == []


def test_few_rows_tell_no_range() -> None:
    assert Ranges.of(TAUGHT[:9]).strange("usage_kwh: 9999999\nusage_pattern: volcanic") == []


@given(st.floats(100, 500))
def test_nothing_within_the_range_is_ever_strange(value: float) -> None:
    assert codes(f"usage_kwh: {value:.3f}\nusage_pattern: rising") == []


def test_an_answer_to_such_a_reading_is_doubtful() -> None:
    rows = [
        Example((Message("user", question), Message("assistant", f"Keep the plan, week {at}.")), at)
        for at, question in enumerate(TAUGHT, 2)
    ]
    known = Taught.of(rows, [], answer_kind([one.answer for one in rows]))
    question = "usage_kwh: 9999999\nusage_pattern: volcanic"
    (found,) = doubts([question], [Prediction(2, question, "", "Keep the plan.")], known)
    assert {"doubt_value", "doubt_word"} <= {one.code for one in found.reasons}
