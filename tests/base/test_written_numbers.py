"""Numbers in prose: which ones are found, what they are worth, and how another one is written in their place."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.written_numbers import numbers_in, written_like


def found(text: str) -> list[str]:
    return [number.text for number in numbers_in(text)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Usage rose to 118 kWh, up 12% on yesterday.", ["118", "12%"]),
        ("a fall of −12.5 % (-89) and +3", ["−12.5 %", "-89", "+3"]),
        ("between 10-15% or 10–15%", ["10", "15%", "10", "15%"]),
        ("1,234.5 and 12,345 and 1’234", ["1,234.5", "12,345", "1’234"]),
        ("12,5% dan 1.234,5", ["12,5%", "1.234,5"]),
        ("lights 3, 4 and 5,6,7", ["3", "4", "5", "6", "7"]),
        ("within 24 hours, a 24-hour check", ["24", "24"]),
        ("12kWh, 3.8e16", ["12", "3.8"]),
        ("It ended at 118.", ["118"]),
    ],
)
def test_what_is_found(text: str, numbers: list[str]) -> None:
    assert found(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "three sentences",
        "CO2 and B12",  # names
        "at 10:30, from 06:00-08:00, at 7 am, at 5 p.m.",  # times
        "on 2026-03-04, 04.03.2026 and 4/3/26",  # dates
        "the 3rd floor on the 1st",
        "1. Look.\n2) Ask.\n(3) Act.",  # list marks
        "half, 1/2, 24/7",
        "",
    ],
)
def test_what_is_no_measured_number(text: str) -> None:
    assert found(text) == []


def test_what_is_known_of_a_number() -> None:
    text = "Down 12.50 per cent to 1,234 kWh."
    percent, usage = numbers_in(text)
    assert (percent.value, percent.decimals, percent.unit, percent.sign) == (12.5, 2, "%", "")
    assert percent.is_percentage
    assert (usage.value, usage.decimals, usage.unit, usage.thousands) == (1234, 0, "kwh", ",")
    assert text[usage.start : usage.end] == "1,234"
    [low, high] = numbers_in("10-15%")
    assert low.is_percentage and high.is_percentage


@pytest.mark.parametrize(
    ("like", "value", "written"),
    [
        ("12%", -8.25, "8%"),
        ("12.5 %", 8.25, "8.3 %"),  # by hand, not to the even digit
        ("12.5", 118, "118.0"),
        ("-12", -8.6, "-9"),
        ("−12", -8, "−8"),
        ("+12", 8, "+8"),
        ("+12", -8, "-8"),
        ("-12", 8, "+8"),
        ("-12", 0, "0"),
        ("1,234", 56789.4, "56,789"),
        ("1,234", 56, "56"),
        ("1.234,5", 56789.25, "56.789,3"),
        ("118", 1234567, "1234567"),
        ("12%", 0.3, "0.3%"),  # "0%" would say that nothing changed
        ("12%", 0, "0%"),
        ("12", 1e300, "1" + "0" * 300),
    ],
)
def test_another_number_in_the_same_style(like: str, value: float, written: str) -> None:
    [number] = numbers_in(f"was {like} so")
    assert number.text == like
    assert written_like(number, value) == written


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("0123456789.,-–/: %")))
def test_any_text(text: str) -> None:
    at = 0
    for number in numbers_in(text):
        assert at <= number.start < number.end
        assert number.text == text[number.start : number.end]
        assert not math.isnan(number.value)
        at = number.end


@given(st.floats(-1e9, 1e9), st.integers(0, 4), st.sampled_from(["", "%", " %", " kWh", " per cent"]))
def test_a_number_written_like_itself_is_the_same_text(value: float, decimals: int, behind: str) -> None:
    [number] = numbers_in(f"it was {value:.{decimals}f}{behind} then")
    assert written_like(number, number.value).lstrip("+-") == number.text.lstrip("+-")


@given(st.floats(-1e9, 1e9), st.sampled_from(["12", "12.5%", "1,234.25", "−3", "+0.125"]))
def test_what_is_written_is_worth_the_value(value: float, like: str) -> None:
    [number] = numbers_in(f"was {like} so")
    [again] = numbers_in(f"was {written_like(number, value)} so")
    assert abs(abs(again.value) - abs(value)) <= 0.5 * 10.0**-again.decimals * (1 + 1e-6)
    assert again.is_percentage == number.is_percentage
