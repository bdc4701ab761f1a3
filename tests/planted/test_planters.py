"""The examiner is examined: clean sets hold no accidental twins, planters touch what they say, and plant what they claim to."""

import re
from collections import Counter

import pytest
from stdnum import iban, luhn
from stdnum.id import nik

from tests.planted.faults import FAULTS, plant
from tests.planted.makers import KINDS, make
from tests.planted.plans import PLANS

# planters that write a unit or a new column into every row, and say so
EVERYWHERE = {"mixed_units", "constant_column", "identical_columns", "identifier_in_question", "tell_tale_field"}
HOSTS = {fault: next(kind for kind, *_, faults in PLANS if fault in faults.split()) for fault in FAULTS}


@pytest.mark.parametrize("kind", KINDS)
def test_clean_questions_are_all_different_and_the_same_for_the_same_seed(kind: str) -> None:
    data = make(kind, 300, 7)
    asked = Counter(tuple(record.cells[name] for name in (*data.ask, "before") if name in record.cells) for record in data.records)
    assert len(data.records) == 300 and max(asked.values()) == 1
    assert make(kind, 300, 7).to_bytes() == data.to_bytes() != make(kind, 300, 8).to_bytes()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planter_touches_the_rows_that_it_names_and_no_others(fault: str) -> None:
    clean, data = make(HOSTS[fault], 300, 5), make(HOSTS[fault], 300, 5)
    before = {id(record): (dict(record.cells), record.raw) for record in data.records}
    plant(data, fault, 5)
    touched = data.touched()
    assert touched or data.columns[fault]
    if fault not in EVERYWHERE:
        assert all(before[id(record)] == (record.cells, record.raw) for record in data.records if id(record) not in touched)
    assert data.to_bytes() != clean.to_bytes()


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault not in EVERYWHERE and not fault.startswith(("leak", "exact", "answer_is"))]
)
def test_each_planted_row_is_really_another(fault: str) -> None:
    data = make(HOSTS[fault], 300, 6)
    before = {id(record): dict(record.cells) for record in data.records}
    plant(data, fault, 6)
    for group in data.groups[fault]:
        spoiled = group[-1]
        assert spoiled.raw is not None or before.get(id(spoiled), group[0].cells) != spoiled.cells


def test_planted_numbers_are_valid() -> None:
    for fault, pattern, valid in (
        ("iban", r"[A-Z]{2}\d{2}[A-Z0-9 ]{11,35}\d", iban.is_valid),
        ("card", r"\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}", luhn.is_valid),
        ("nik", r"\d{16}", nik.is_valid),
    ):
        data = make("tickets", 300, 9)
        plant(data, fault, 9, 40)
        for (record,) in data.groups[fault]:
            found = re.search(pattern, record.cells["message"])
            assert found and valid(re.sub(r"[ -]", "", found[0])), record.cells["message"]
