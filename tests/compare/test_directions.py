"""Words of direction against the numbers of the question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compare.directions import contradictions

READING = (
    "usage_kwh: 118.4\nday_over_day_pct: -12.3\nweek_over_week_pct: 31.0\nmonth_over_month_pct: 0.2\n"
    "usage_pattern: rising\nusage_anomaly: yes"
)
PAIRS = "temperature_c: 7.9\nlimit_c: 5.0\ntoday_usage_kwh: 40.0\nyesterday_usage_kwh: 52.0\ntoday_cost: 3.0"
RATIO = "today_total_usage: 164.39, dod: -89, mom: 3.18, current_usage_pattern: 0.3, today_usage_anomaly: true"


def wrong(answer: str, question: str = READING) -> list[str]:
    return [one.word for one in contradictions(answer, question)]


@pytest.mark.parametrize(
    "answer",
    [
        "Usage fell 12.3% on yesterday and rose 31% on last week.",
        "It is lower than the day before, but higher than a week earlier.",
        "Turun 12,3% dari kemarin, tetapi naik 31% dari minggu lalu.",
        "Nothing has changed since last month.",
        "The month rose, or fell, as you like.",
        "If usage rises further, call somebody. Reduce the load, cut idle time and lower the set point.",
        "To drop below yesterday, it would have to fall. It should not increase.",
        "Jika naik lagi dari kemarin, hubungi teknisi. Agar turun, matikan lampu.",
        "Usage has not risen since yesterday.",
        "The trend is upward.",
        "Set up a meter on the upper floor; more people look at it.",
        "A drop of 12.3% over the day.",
        "Compared with the last quarter it rose.",  # of which the reading says nothing
    ],
)
def test_these_are_true_or_say_nothing(answer: str) -> None:
    assert wrong(answer) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Usage rose 12.3% on yesterday.", ["rose"]),
        ("Usage is 31% below last week.", ["below"]),
        ("It is lower than a week earlier, but higher than the day before.", ["lower", "higher"]),
        ("Usage rose against yesterday and fell against last week.", ["rose", "fell"]),
        ("Pemakaian naik 12,3% dari kemarin.", ["naik"]),
        ("Pemakaian lebih rendah daripada minggu lalu.", ["lebih rendah"]),
        ("Usage was stable against last week.", ["stable"]),
        ("Usage has not fallen since yesterday, the day is up 31% on last week.", ["fallen"]),
        ("Usage has not fallen much since yesterday.", []),
        ("Usage did not rise against last week.", ["rise"]),
        ("The trend is falling.", ["falling"]),
        ("Compared with last week, usage is in decline.", ["decline"]),
    ],
)
def test_these_contradict_the_reading(answer: str, words: list[str]) -> None:
    assert wrong(answer) == words


def test_a_value_beside_its_limit_and_its_former_value() -> None:
    assert wrong("The temperature is above the limit, and usage fell against yesterday.", PAIRS) == []
    assert wrong("The temperature is below the limit.", PAIRS) == ["below"]
    assert wrong("Usage is up 23.1% on yesterday.", PAIRS) == ["is up"]


def test_a_multiple_of_the_usual() -> None:
    assert wrong("This is far below the usual level.", RATIO) == []
    (one,) = contradictions("This is higher than usual.", RATIO)
    assert (one.word, one.field, one.value) == ("higher", "current_usage_pattern", "0.3")
    assert "This is higher than usual."[one.start : one.end] == "higher"


def test_where_nothing_is_named_a_word_is_wrong_only_if_no_change_supports_it() -> None:
    assert wrong("Usage rose.") == [], "it did, within a week"
    assert wrong("Usage rose.", "usage: 3\nday_pct: -4.0\nweek_pct: -9.1") == ["rose"]


def test_a_question_that_tells_of_no_change_contradicts_nothing() -> None:
    assert wrong("It rose.", "usage_kwh: 40\nroom: kitchen") == wrong("It rose.", "Why is the sky blue?") == []


@given(st.text(max_size=300))
def test_any_answer_is_read(answer: str) -> None:
    for one in contradictions(answer, READING):
        assert answer[one.start : one.end] == one.word


@given(
    st.lists(
        st.sampled_from("usage rose fell 12.3% 31% not if the day before last week , . and stable than higher more".split()), max_size=30
    ).map(" ".join)
)
def test_with_every_change_and_word_turned_nothing_contradicts_twice(answer: str) -> None:
    turned = READING.replace("-12.3", "12.3").replace(": 31.0", ": -31.0").replace(": 0.2", ": -0.2").replace("rising", "falling")
    both = {(one.start, one.word) for one in contradictions(answer, READING)} & {
        (one.start, one.word) for one in contradictions(answer, turned)
    }
    assert all(word == "stable" for _, word in both)
