"""Which field a number in an advice was taken from."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.base.grounding import is_percent, may_come_from, sources
from core.base.readings import Reading
from core.base.written_numbers import numbers_in

READING = Reading({"usage_kwh": 118.4, "day_over_day_pct": -12.3, "week_over_week_pct": 12.3, "month_over_month_pct": 4.6}, {})
PUBLISHED = Reading({"today_total_usage": 164.39, "dod": -89.0, "mom": 3.18, "current_usage_pattern": 0.3}, {})


def fields(text: str, reading: Reading = READING) -> list[tuple[str, ...]]:
    return [sources(number, text, reading) for number in numbers_in(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("118 kWh", [("usage_kwh",)]),
        ("118.4 today", [("usage_kwh",)]),
        ("118.40 kWh", [("usage_kwh",)]),
        ("119 kWh", [()]),
        ("118%", [()]),  # not in percent
        ("5% up", [("month_over_month_pct",)]),
        ("4.6 per cent up", [("month_over_month_pct",)]),
        ("check 5 pumps", [()]),  # counts pumps, although 4.6 would be rounded to it
        ("within 118 hours", [()]),
        ("-12.3%", [("day_over_day_pct",)]),  # the sign tells
        ("+12%", [("week_over_week_pct",)]),
        ("12% less than the day before", [("day_over_day_pct",)]),
        ("12% up on last week", [("week_over_week_pct",)]),
        ("12% below yesterday, and 12% above last week", [("day_over_day_pct",), ("week_over_week_pct",)]),
        ("up 12% on the week while the day is as usual", [("week_over_week_pct",)]),
        ("12% on the day against 12% on the week", [("day_over_day_pct", "week_over_week_pct")] * 2),
        ("Look at the week. It is 12% today.", [("day_over_day_pct", "week_over_week_pct")]),  # another sentence names nothing
        ("a change of 12%", [("day_over_day_pct", "week_over_week_pct")]),
    ],
)
def test_by_value_unit_and_name(text: str, expected: list[tuple[str, ...]]) -> None:
    assert fields(text) == expected


def test_short_names_of_published_data() -> None:
    assert fields("down 89% on the day, at 164 units, 0.3 of the usual, 3% over the month", PUBLISHED) == [
        ("dod",),
        ("today_total_usage",),
        ("current_usage_pattern",),
        ("mom",),
    ]


def test_the_exact_value_comes_before_a_rounded_one_unless_the_sentence_says_otherwise() -> None:
    reading = Reading({"day_pct": 12.0, "week_pct": 12.4}, {})
    assert fields("a change of 12%", reading) == [("day_pct",)]
    assert fields("12% over the day", reading) == [("day_pct",)]
    assert fields("12% on the day against 12% on the week", reading) == [("day_pct", "week_pct")] * 2
    assert fields("12% over the week", reading) == [("day_pct", "week_pct")]  # the value says one, the words the other


def test_percentages_by_the_sign_behind_the_value() -> None:
    reading = Reading({"usage": 12.0, "change": 12.0}, {}, {"change": "%"})
    assert is_percent("change", reading) and not is_percent("usage", reading)
    assert fields("12% more, at 12 units", reading) == [("change",), ("usage",)]


def test_indonesian() -> None:
    reading = Reading({"pemakaian_kwh": 24.0, "day_pct": 12.0, "week_pct": 12.0}, {})
    text = "Pemakaian 24 kWh, naik 12% dari kemarin dan 12 persen dari minggu lalu: periksa dalam 24 jam"
    assert fields(text, reading) == [("pemakaian_kwh",), ("day_pct",), ("week_pct",), ()]


def test_where_no_name_tells_of_percent_any_field_may_be_one() -> None:
    assert fields("12% more", Reading({"change": 12.0, "room": 7.0}, {})) == [("change",)]
    assert fields("12% more", Reading({"usage_kwh": 12.0, "room": 7.0}, {})) == [()]


def test_a_time_comes_only_from_a_field_of_that_name() -> None:
    reading = Reading({"usage_kwh": 24.0, "running_hours": 24.0}, {})
    assert fields("after 24 hours", reading) == [("running_hours",)]
    assert fields("after 24 days", reading) == [()]


@given(st.floats(10, 1e6), st.integers(0, 3))
def test_a_field_rounded_in_any_way_is_found(value: float, decimals: int) -> None:
    assume(value * 10**decimals < 1e12)
    text = f"used {value:.{decimals}f} kWh"
    [number] = numbers_in(text)
    assert may_come_from(number, Reading({"usage_kwh": value}, {})) == ("usage_kwh",)
    assert may_come_from(number, Reading({"usage_kwh": -value}, {})) == ("usage_kwh",)
    assert may_come_from(number, Reading({"usage_kwh": value + 1.1}, {})) == ()
