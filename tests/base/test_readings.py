"""Readings out of text: what is one, what is in it, and what is left alone."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.readings import MISSING, Reading, parse_number, parse_reading

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.from_regex(r"[a-z][a-z' ]{0,20}[a-z]", fullmatch=True).filter(lambda word: word not in MISSING and word not in ("nan", "nat"))


class TestParsing:
    def test_lines(self) -> None:
        text = "usage_kwh: 118.4\nday_over_day_pct: -12.5\nusage_pattern: weekday rhythm\nusage_anomaly: No\n"
        assert parse_reading(text) == Reading(
            {"usage_kwh": 118.4, "day_over_day_pct": -12.5}, {"usage_pattern": "weekday rhythm", "usage_anomaly": "No"}
        )

    def test_commas(self) -> None:
        text = "today_total_usage: 164.39, dod: -89, wow: nan, current: 0.3,today_usage_anomaly: TRUE, today_update_anomaly: update'"
        reading = parse_reading(text)
        assert reading == Reading(
            {"today_total_usage": 164.39, "dod": -89, "current": 0.3}, {"today_usage_anomaly": "true", "today_update_anomaly": "update'"}
        )
        assert reading.fields == ("today_total_usage", "dod", "current", "today_usage_anomaly", "today_update_anomaly")

    def test_a_comma_within_a_value_ends_no_field(self) -> None:
        reading = parse_reading("usage: 1,234.5, pattern: steady, then rising, late: yes")
        assert reading == Reading({"usage": 1234.5}, {"pattern": "steady, then rising", "late": "yes"})

    def test_units_and_a_full_stop(self) -> None:
        reading = parse_reading("Usage: 118 kWh\nChange: −12.5 %\nRoom: 2nd floor.")
        assert reading == Reading({"Usage": 118, "Change": -12.5}, {"Room": "2nd floor"}, {"Usage": "kwh", "Change": "%"})

    def test_an_instruction_in_front_does_no_harm(self) -> None:
        reading = parse_reading("Give one advice:\nusage_kwh: 118.4\nday_over_day_pct: 3.1\nusage_anomaly: no")
        assert reading is not None
        assert reading.values == {"usage_kwh": 118.4, "day_over_day_pct": 3.1}

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Who discovered gravity?",
            "usage: 5",  # one field may be any sentence with a colon
            "Subject: my card\nFrom: a customer",  # nothing was measured
            "Note: I lost my card on Monday and would like to know what to do\nRoom: 5\n" + "The rest of this is a long letter. " * 5,
            "usage: 5\nUsage: 6",
            f"usage: 5\nstory: {'and so on ' * 20}",
            '{"usage": 5, "change": 6}',
        ],
    )
    def test_what_is_no_reading(self, text: str) -> None:
        assert parse_reading(text) is None

    def test_every_value_may_be_missing(self) -> None:
        assert parse_reading("usage: nan, dod: NaT, late: no") == Reading({}, {"late": "no"})

    def test_published_readings(self, seed_data: Path) -> None:
        lines = (seed_data / "sensor_chat.jsonl").read_text(encoding="utf-8").splitlines()
        readings = [parse_reading(json.loads(line)["messages"][0]["content"]) for line in lines]
        assert all(readings)
        assert sum(not reading.values for reading in readings if reading) == 2  # the two rows in which everything is nan

    @given(st.dictionaries(NAMES, NUMBERS | WORDS, min_size=2, max_size=9), st.sampled_from(["\n", ", ", "\r\n", " ; ", ","]))
    def test_what_was_written_is_read(self, fields: dict[str, float | str], between: str) -> None:
        reading = parse_reading(between.join(f"{name}: {value}" for name, value in fields.items()))
        numbers = {name: value for name, value in fields.items() if isinstance(value, float)}
        words = {name: "true" if value == "true" else value for name, value in fields.items() if isinstance(value, str)}
        if not numbers:
            assert reading is None
        else:
            assert reading is not None
            assert list(reading.values.items()) == list(numbers.items())
            assert list(reading.words.items()) == list(words.items())

    @given(st.text())
    def test_any_text_is_a_reading_or_not(self, text: str) -> None:
        reading = parse_reading(text)
        assert reading is None or all(math.isfinite(value) for value in reading.values.values())

    @given(st.from_regex(r"[a-z]{1,8}: ?[0-9.,-]{0,8}(\n|, )[a-z]{1,8}: ?[0-9a-z .,-]{0,12}", fullmatch=True))
    def test_nearly_readings(self, text: str) -> None:
        reading = parse_reading(text)
        assert reading is None or all(word == word.strip() and word for word in reading.words.values())


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number", "unit"),
        [
            ("12", 12, ""),
            ("-89", -89, ""),
            ("−12.5", -12.5, ""),
            ("+3", 3, ""),
            (".5", 0.5, ""),
            ("5.", 5, ""),
            ("3.87689e16", 3.87689e16, ""),
            ("1,234.5", 1234.5, ""),
            ("1,234,567", 1234567, ""),
            ("12\u202f345", 12345, ""),
            ("1’234.50 kWh", 1234.5, "kwh"),
            ("12 %", 12, "%"),
            ("21.5°C", 21.5, "°c"),
        ],
    )
    def test_numbers(self, text: str, number: float, unit: str) -> None:
        assert parse_number(text) == (number, unit)

    @pytest.mark.parametrize(
        "text", ["1,234", "1,5", "12 phases", "2026-03-04", "10:30", "five", "1.2.3", "", "-", "1e999", "12,34,567", "--5"]
    )
    def test_not_certainly_a_number(self, text: str) -> None:
        assert parse_number(text) == (None, "")
