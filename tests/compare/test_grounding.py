"""Which numbers of an answer come from its question."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.compare.grounding import MOST_CHECKED, ungrounded

READING = "usage_kwh: 1184.4\nday_over_day_pct: -12.3\nweek_over_week_pct: 4.6\nmonth_over_month_pct: 173.0\nmeter_update: on time"
PUBLISHED = "today_total_usage: 387.68900000000014, dod: 17.931800206850518, wow: nan, current_usage_pattern: 1.4691943127962086"
PROSE = "Our shop used 412 kWh on Monday 4 May 2026 and 388 kWh on Tuesday. Is that much?"


def odd(answer: str, question: str = READING) -> list[str]:
    return [one.text for one in ungrounded(answer, question)]


@pytest.mark.parametrize(
    "answer",
    [
        "Usage was 1184.4 kWh.",
        "Usage was 1,184 kWh.",
        "Usage was 1.184,4 kWh.",
        "Pemakaian 1.184 kWh.",
        "Usage was 1.1844 MWh.",
        "Usage was 1,184,400 Wh.",
        "Usage was about 1,200 kWh.",
        "Down 12.3% on yesterday.",
        "It changed by −12.3 % on yesterday.",
        "Down twelve percent on the day before.",
        "Turun dua belas persen dari kemarin.",
        "Turun dua belas koma tiga persen dari kemarin.",
        "It was 1350.5 kWh yesterday.",
        "That is 166.1 kWh less than the day before.",
        "2.73 times the month before.",
        "Look within 24 hours, at 10:30 or 7 am, before 5 May 2026.",
        "Check 3 pumps in room 204, ticket #4471, and call 0800 123 456.",
        "The plan of 2027 and the 2nd floor can wait.",
        "See DIN 18599 and step 12.",
        "1. Look at the meter.\n2. Wait.",
    ],
)
def test_these_are_grounded(answer: str) -> None:
    assert odd(answer) == []


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("Usage was 1148.4 kWh.", ["1148.4"]),
        ("Usage was 118.44 kWh.", ["118.44"]),
        ("Usage was 1184.4 MWh.", ["1184.4"]),
        ("Usage was 1200 kWh.", ["1200"]),  # nothing says that it is a round number
        ("Down 12.5% on yesterday.", ["12.5%"]),
        ("A change of +12.3%.", ["+12.3%"]),
        ("Down thirteen percent on the day before.", ["thirteen"]),
        ("Turun tiga belas persen.", ["tiga belas"]),
        ("It was 1400 kWh yesterday.", ["1400"]),
        ("Switch off 40 lamps.", ["40"]),
        ("Down 1184.4% on yesterday.", ["1184.4%"]),
    ],
)
def test_these_are_not(answer: str, wrong: list[str]) -> None:
    assert odd(answer) == wrong


def test_a_number_that_belongs_to_another_span_of_time_is_named_with_its_field() -> None:
    (one,) = ungrounded("Usage is 12.3% below last week.", READING)
    assert (one.why, one.field, one.text) == ("elsewhere", "day_over_day_pct", "12.3%")
    assert "Usage is 12.3% below last week."[one.start : one.end] == "12.3%"
    assert odd("Usage is 12.3% below the level of the last quarter.") == [], "of a quarter the reading says nothing"


def test_a_multiple_of_the_usual_may_be_said_in_percent_and_a_long_float_cut_or_rounded() -> None:
    assert odd("At 387.68 kWh, up 17.93%, this is 47% above the usual, 1.47 of it, or 146.9% of it.", PUBLISHED) == []
    assert odd("At 387.67 kWh it is 48% above the usual.", PUBLISHED) == ["387.67", "48%"]


def test_numbers_of_prose_their_difference_and_their_ratio() -> None:
    assert odd("412 kWh is 24 kWh more than 388 kWh, an increase of 6.2%; together 800 kWh, on average 400 kWh.", PROSE) == []
    assert odd("412 kWh is 42 kWh more than 388 kWh, an increase of 8%.", PROSE) == ["42", "8%"]


def test_a_time_is_held_against_a_field_of_times() -> None:
    question = "usage_kwh: 90.0\nrunning_hours: 24"
    assert odd("It ran 24 hours.", question) == []
    assert odd("It ran 31 hours.", question) == ["31"]
    assert odd("Check it within 31 hours.", question) == []


def test_a_question_without_numbers_explains_none_and_doubts_none() -> None:
    assert odd("A kilogram is 2.2 pounds.", "How many pounds are in a kilogram?") == []


def test_only_the_beginning_of_a_very_long_answer_is_checked() -> None:
    assert odd("x " * MOST_CHECKED + "99.9 kWh") == []
    assert odd("99.9 kWh. " + "12.7 " * MOST_CHECKED)[0] == "99.9"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_are_compared(answer: str, question: str) -> None:
    for one in ungrounded(answer, question):
        assert answer[one.start : one.end] == one.text


@given(st.floats(10, 1e6), st.integers(0, 3), st.booleans())
def test_a_value_rounded_in_any_way_is_grounded_and_another_is_not(value: float, decimals: int, grouped: bool) -> None:
    text = f"used {value:{',' if grouped else ''}.{decimals}f} kWh"
    assert odd(text, f"usage_kwh: {value!r}\nroom: kitchen") == []
    other = value * 1.07 + 2
    assume(f"{other:.0f}" != f"{value:.0f}")
    assert odd(text, f"usage_kwh: {other!r}\nroom: kitchen") != []
