"""Words for how much a number changed, numbers that an advice proposes, and two readings side by side."""

import time

import pytest

from core.compare.directions import contradictions
from core.compare.grounding import MOST_CHECKED, ungrounded

READING = "usage_kwh: 200.0\nday_over_day_pct: 100.0\nweek_over_week_pct: -33.1\nmonth_over_month_pct: 12.0"  # 100, 299 and 178.6 before


def doubted(answer: str) -> list[str]:
    return [*(one.text for one in ungrounded(answer, READING)), *(one.word for one in contradictions(answer, READING))]


@pytest.mark.parametrize(
    "answer",
    [
        "Usage doubled since yesterday.",
        "It is twice that of yesterday and a third lower than last week.",
        "Dua kali lipat dari kemarin, dan sepertiga lebih rendah dari minggu lalu.",
        "Nearly a third less than last week.",
        "Cut the load by half. If it triples, call somebody. It has not tripled since yesterday.",
        "A quarter of the pumps run; look again in the third week of the last quarter.",
        "Usage went from 100 kWh yesterday to 200 kWh.",
        "200 kWh today against 299 kWh last week.",
        "Raise the set point from 18 to 20 degrees.",
        "Set an alarm at 15%. Keep it below 250 kWh. If it passes 300 kWh, call somebody.",
        "Reducing the temperature by 1.5 °C could save 4%.",
        "LEDs typically save 50%.",
        "Keep humidity between 40% and 60%.",
        "Close order WO-2231 within 48 h, see section 4.2.",
        "Far from falling, usage is higher than yesterday.",
        "The feared fall against yesterday did not happen.",
        "Did not see any saving on yesterday.",
    ],
)
def test_these_are_true_or_propose_something(answer: str) -> None:
    assert doubted(answer) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Usage tripled since yesterday.", ["tripled"]),
        ("Usage doubled since last month.", ["doubled"]),
        ("A tenth lower than last week.", ["A tenth"]),
        ("Half of what it was yesterday.", ["Half"]),
        ("Naik seperempat dari kemarin.", ["seperempat"]),
        ("Usage went from 200 kWh yesterday to 100 kWh.", ["200 kWh yesterday to 100"]),
        ("Look into the 45% rise.", ["45%"]),
        ("Keep in mind that 450 kWh were used.", ["450"]),
        ("Far from rising since yesterday, usage stood still.", ["rising"]),
        ("The feared rise against yesterday did not happen.", ["rise"]),
    ],
)
def test_these_are_wrong(answer: str, words: list[str]) -> None:
    assert doubted(answer) == words


@pytest.mark.parametrize("word", ["is ", "up ", "a third of ", "from 200 to ", "not ", "set 12% and ", "could "])
def test_a_page_of_one_word_is_read_at_once(word: str) -> None:
    begin = time.perf_counter()
    doubted(word * (2 * MOST_CHECKED // len(word)))
    assert time.perf_counter() - begin < 3.0
