"""Whole fields that teach nothing are named once each, and leaving them out of the questions leaves the rest as it is."""

import random
import uuid

import pytest

from core.base.types import Example, Finding
from core.prepare.checks import check_all
from core.prepare.checks.header_words import likely_typo
from core.prepare.checks.registry import Examined
from core.prepare.mapping import Mapping
from core.prepare.repairs import apply, step_for
from core.prepare.source import Source, Table
from core.prepare.work import prepare_draft
from tests.prepare.builders import asked, csv_bytes, examples, readings


def found(data: tuple[Example, ...]) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_all(data)}


def with_field(name: str, values: list[str]) -> tuple[Example, ...]:
    return asked([{name: value, **row} for value, row in zip(values, readings(len(values)), strict=True)])


def without(data: tuple[Example, ...], code: str) -> tuple[Example, ...]:
    step = step_for(found(data)[code])
    assert step is not None and step.params
    return apply(data, [step])


def test_a_constant_is_named_and_may_go() -> None:
    data = with_field("setting", ["v2"] * 60)
    finding = found(data)["constant_fields"]
    assert finding.params["fields"] == ["setting"] and finding.severity == "info" and finding.count == 60
    assert [one.question for one in without(data, "constant_fields")] == [one.question for one in asked(readings(60))]


def test_two_fields_that_say_the_same_are_one_too_many() -> None:
    rows = [{**row, "total": row["usage_kwh"]} for row in readings(60)]
    finding = found(asked(rows))["identical_fields"]
    assert finding.params["pairs"] == ["usage_kwh = total"] and finding.severity == "warning"
    assert [one.question for one in without(asked(rows), "identical_fields")] == [one.question for one in asked(readings(60))]


DRAW = random.Random(8)
IDS = {
    "uuid": [str(uuid.UUID(int=DRAW.getrandbits(128))) for _ in range(80)],
    "devices": [str(uuid.UUID(int=at % 5)) for at in range(80)],
    "code": [f"SN-{number}" for number in DRAW.sample(range(10_000), 80)],
    "customer_no": [str(number) for number in DRAW.sample(range(1000, 99_999), 80)],
    "counted": [str(at) for at in range(500, 580)],
    "drawn": [str(number) for number in DRAW.sample(range(100_000, 999_999), 80)],
}
NO_IDS = {
    "revenue": [str(round(DRAW.lognormvariate(10, 1))) for _ in range(80)],
    "when": [f"2026-0{1 + at % 9}-{1 + at % 28:02} 0{at % 9}:{at % 60:02}" for at in range(80)],
    "price": [f"{DRAW.uniform(10_000, 99_999):.2f}" for _ in range(80)],
    "rounded": [str(DRAW.randrange(100, 999) * 1000) for _ in range(80)],
    "place": [
        f"{name} {side}" for name in "Gym Depot School Kiosk Hangar Silo Chapel Office".split() for side in "a b c d e f g h i j".split()
    ],
}


@pytest.mark.parametrize("name", IDS)
def test_what_names_the_row_would_be_learned_by_heart(name: str) -> None:
    data = with_field(name, IDS[name])
    finding = found(data)["identifiers"]
    assert finding.params["fields"] == [name] and finding.severity == "warning"
    assert "identifiers" not in found(without(data, "identifiers"))


@pytest.mark.parametrize("name", NO_IDS)
def test_what_describes_the_row_is_no_identifier(name: str) -> None:
    assert "identifiers" not in found(with_field(name, NO_IDS[name]))


def test_answers_that_nobody_can_work_out() -> None:
    data = examples([(f"Which token belongs to device {at}?", text) for at, text in enumerate(IDS["uuid"])])
    assert found(data)["answers_are_identifiers"].count == 80
    told = examples([(f"Take the token out of this line: GET /{text}/state", text) for text in IDS["uuid"]])
    assert "answers_are_identifiers" not in found(told)


def test_a_measurement_that_hardly_changes() -> None:
    data = with_field("share", ["1.4691943127962086"] * 55 + ["1.94", "0.3", "1.2", "0.9", "2.5"])
    assert found(data)["few_values"].params["fields"] == ["share (6 / 60)"]


def test_columns_that_are_empty_constant_or_twice_there() -> None:
    rows = [
        ("id", "question", "answer", "note", "quarter", "year", "version"),
        *(
            (str(at), f"What is thing number {at * 7 % 61}?", f"Thing {at} is a {at % 9}-sided tile.", "NaT", f"{at}.5", f"{at}.5", "3")
            for at in range(40)
        ),
    ]
    result = prepare_draft(csv_bytes(rows), "t.csv", {"mapping": {"question": ["question"], "answer": ["answer"]}})
    codes = {finding.code: finding for finding in result.findings}
    assert codes["empty_columns"].params["columns"] == ["note"]
    assert codes["constant_columns"].params["columns"] == ["version"]
    assert codes["identical_columns"].params["pairs"] == ["quarter = year"]
    assert {codes[code].severity for code in ("empty_columns", "constant_columns", "identical_columns")} == {"info"}


def test_an_identifier_that_reaches_the_question_by_another_way_is_named_too() -> None:
    rows = [(IDS["uuid"][at], f"It is far too cold in hall {at % 7}") for at in range(40)]
    table = Table(("device", "text"), rows, range(2, 42))
    data = examples((f"{device} says {text}.", "Check the heating") for device, text in rows)
    examined = Examined(data, source=Source("table", "t.csv", table), mapping=Mapping(("device", "text"), ("answer",)))
    assert any(f.code == "identifier_columns" and f.params["fields"] == ["device"] for f in check_all(data, examined=examined))


@pytest.mark.parametrize(
    ("header", "typos"),
    [
        (["curret_usage_pattern", "today_total_usage", "dod"], [("curret_usage_pattern", "current_usage_pattern")]),
        (["Custmer Name", "Answer"], [("Custmer Name", "customer Name")]),
        (["monthly_turnover", "yearly_turnover", "daily_turnovr"], [("daily_turnovr", "daily_turnover")]),
        (["usage_kwh", "day_over_day_pct", "Support Query", "Top Category", "Sub Category", "devices", "answers", "kategori"], []),
        (["colour", "flavour", "metre", "litres", "stage", "states", "readings", "priced", "quarters"], []),
    ],
)
def test_a_misspelled_name_is_one_letter_from_a_known_one(header: list[str], typos: list[tuple[str, str]]) -> None:
    assert likely_typo(header) == typos
