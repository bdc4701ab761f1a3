"""The messy twin of the sensor example has the faults that the README names, and Prepare says that it teaches nothing."""

import re
from collections import Counter
from decimal import Decimal

import pytest

from core.prepare.mapping import Mapping
from core.prepare.prepared import overview
from tests.samples.readme import FOLDER, section
from tests.samples.sensor import MESSY, Row, prepared, read


@pytest.fixture(scope="module")
def messy() -> dict[int, Row]:
    """The rows by the numbers that a spreadsheet shows."""
    return dict(enumerate(read((FOLDER / MESSY).read_bytes(), ";"), start=2))


def test_the_messy_twin_is_written_as_a_program_of_an_office_does() -> None:
    data = (FOLDER / MESSY).read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == 47
    assert data.split(b"\r\n")[0].count(b";") == 12
    twin = prepared(MESSY)
    assert twin.source.size == 46
    assert any(reason.code == "delimiter_found" and reason.params["delimiter"] == ";" for reason in twin.source.decisions)
    assert {column.name: column.kind for column in twin.columns}["qoq"] == "empty"


def test_the_messy_twin_has_the_faults_that_the_readme_names(messy: dict[int, Row]) -> None:
    told = {fault: rows for fault, rows in re.findall(r"^\| ([^|]+) \| ([^|]+) \|[^|]*\|$", section(MESSY), re.M)}
    answers = Counter(row["recommendation"] for row in messy.values())
    assert sorted(answers.values()) == [1, 45] and messy[47]["recommendation"] == "NaN"
    shifted = [number for number, row in messy.items() if row["dod"].startswith("0.58064516")]
    assert shifted == list(range(37, 47)) and {messy[number]["percent_days_count"] for number in shifted} == {""}
    assert next(rows for fault, rows in told.items() if fault.startswith("Five blank cells")) == "37 to 46"
    assert Decimal(messy[5]["today_total_usage"]) > 10**16
    assert [number for number, row in messy.items() if row["dod"] == "nan"] == [4, 47]
    assert {row["qoq"] for row in messy.values()} == {""}
    assert len({row["percent_days_count"] for row in messy.values()} - {""}) == 1
    assert [number for number, row in messy.items() if row["today_update_anomaly"] == "update'"] == [3]
    assert [number for number, row in messy.items() if row["today_usage_anomaly"] == "true"] == [2, 18]
    assert "curret_usage_pattern" in messy[2]
    assert sum(row["wow"] == "nan" for row in messy.values()) > 20
    assert max(len(row["today_total_usage"].partition(".")[2]) for row in messy.values()) >= 14


def test_prepare_says_that_the_messy_twin_teaches_nothing() -> None:
    numbers = ("today_total_usage", "dod", "wow", "mom", "median_monthly_usage", "curret_usage_pattern")
    guessed = prepared(MESSY).mapping
    assert guessed is not None
    assert (guessed.question, guessed.answer) == (numbers, ("recommendation",))
    seen = overview(prepared(MESSY, Mapping(numbers, ("recommendation",))))
    assert seen["verdict"]["word"] == "teaches_nothing"
    assert seen["verdict"]["reasons"][0] == {"code": "finding", "params": {"code": "answer_is_instruction"}}
    found = {finding["code"]: finding["rows"] for finding in seen["findings"]}
    assert found["answer_is_instruction"] == list(range(2, 47))
    assert found["placeholder_answers"] == [47]
    assert found["empty_question"] == [4, 47]
    assert set(found) <= set(re.findall(r"`(\w+)`", section(MESSY))), "the README does not name a finding"
