"""The sample that ships is clean; the published data of the three use cases shows its known faults."""

from pathlib import Path

import pytest

from core.base.types import Finding
from core.prepare.prepared import Prepared
from core.prepare.work import prepare_draft

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"


def prepared(folder: Path, name: str, *repairs: str) -> Prepared:
    return prepare_draft((folder / name).read_bytes(), name, {"steps": [{"repair": repair} for repair in repairs]})


def by_code(result: Prepared) -> dict[str, Finding]:
    return {finding.code: finding for finding in result.findings}


def test_the_sample_is_ready_as_it_is() -> None:
    sample = prepared(SAMPLES, "bank_support.csv")
    assert sample.verdict.word == "ready" and not [finding for finding in sample.findings if finding.severity != "info"]
    assert sample.mapping is not None
    assert (sample.mapping.question, sample.mapping.answer) == (("Support Query",), ("Top Category", "Sub Category"))
    assert all(line.train and line.test for line in sample.balance), "every category is trained and tested"


def test_bank_support_is_clean_with_rare_classes(seed_data: Path) -> None:
    bank = prepared(seed_data, "bank_support_train.csv")
    assert bank.verdict.word == "ready"
    assert {finding.severity for finding in bank.findings} == {"info"}
    single, rare = by_code(bank)["single_row_classes"], by_code(bank)["rare_classes"]
    assert single.params["classes"] == ["Fees and Charges / Dispute Charges"] and single.rows == (4,)
    assert (rare.params["n_classes"], rare.params["of"]) == (26, 30)
    assert bank.split is not None
    assert len(bank.examples) == 100 and 2 in {line.row for line in bank.examples}
    dispute = next(line for line in bank.balance if line.label == "Fees and Charges / Dispute Charges")
    assert (dispute.train, dispute.validation, dispute.test) == (1, 0, 0)
    assert all(line.train for line in bank.balance)


def test_marv_has_ten_copies_and_then_no_room_for_a_test(seed_data: Path) -> None:
    marv = prepared(seed_data, "marv_chat.jsonl")
    copies = by_code(marv)["duplicates"]
    assert copies.rows == tuple(range(11, 21)) and copies.params["distinct"] == 10
    assert marv.verdict.word == "ready_but"
    repaired = prepared(seed_data, "marv_chat.jsonl", "drop_duplicates")
    assert repaired.verdict.word == "ready" and len(repaired.examples) == 10
    assert repaired.split is not None
    assert (len(repaired.split.train), repaired.split.validation, repaired.split.test) == (10, (), ())
    assert repaired.split.reasons[0].code == "all_train"
    assert marv.system_prompt == "Marv is a factual chatbot that is also sarcastic."


def test_sensor_chat_teaches_nothing(seed_data: Path) -> None:
    sensor = prepared(seed_data, "sensor_chat.jsonl")
    assert sensor.verdict.word == "teaches_nothing"
    assert by_code(sensor)["answer_is_instruction"].rows == tuple(range(1, 46))
    assert by_code(sensor)["nan_value"].rows == (46,), "the bare NaN is no JSON, whatever Python says"


@pytest.mark.parametrize("repairs", [(), ("drop_empty", "drop_duplicates")])
def test_sensor_table_opens_and_its_blank_rows_are_found(seed_data: Path, repairs: tuple[str, ...]) -> None:
    sensor = prepared(seed_data, "sensor_raw.csv", *repairs)
    assert sensor.n_before == 1074
    if repairs:
        assert sensor.verdict.word == "ready" and len(sensor.examples) == 1074 - 411 - 10
    else:
        assert by_code(sensor)["empty_question"].count == 411, "the rows without a single measurement"
