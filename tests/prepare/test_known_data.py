"""The sample that ships is clean; the published data of the three use cases shows its known faults."""

from pathlib import Path

from core.base.types import Finding
from core.prepare.columns import profile
from core.prepare.draft import Draft, Step
from core.prepare.prepared import Prepared
from core.prepare.reading import read_table
from core.prepare.repairs import step_for
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


def test_every_fault_of_marv_is_named_and_counted(seed_data: Path) -> None:
    found = by_code(prepared(seed_data, "marv_chat.jsonl"))
    assert found["duplicates"].count == 10
    assert found["barely_enough"].params == {"distinct": 10, "minimum": 10}
    assert found["windows_line_ends"].params == {"lines": 19, "all": 20}, "the last line has none"
    assert found["mixed_quotes"].count == found["long_dashes"].count == 2, "of twenty rows, ten of which are copies"
    assert {one.severity for code, one in found.items() if code != "duplicates"} == {"info"}


def test_sensor_chat_teaches_nothing(seed_data: Path) -> None:
    sensor = prepared(seed_data, "sensor_chat.jsonl")
    assert sensor.verdict.word == "teaches_nothing"
    assert by_code(sensor)["answer_is_instruction"].rows == tuple(range(1, 46))
    assert by_code(sensor)["nan_value"].rows == (46,), "the bare NaN is no JSON, whatever Python says"


def test_every_fault_of_the_sensor_chats_is_named_and_counted(seed_data: Path) -> None:
    # counted in the 45 lines that can be read: line 46 holds the bare NaN, and with it one more nan in each field
    found = by_code(prepared(seed_data, "sensor_chat.jsonl"))
    lost = found["impossible_numbers"]
    assert lost.rows == (4,) and lost.repair == "leave_out"
    assert lost.params["fields"] == ["today_total_usage", "mom", "current_usage_pattern"]
    assert lost.params["guesses"][0] == "today_total_usage: 387.689"
    assert lost.params["twins"] == ["4 / 6 (dod: 1.0 / 17.931800206850518)"], "and its change disagrees with that of the same reading"
    shifted = found["shifted_rows"]
    assert shifted.rows == tuple(range(36, 46)) and "today_usage_anomaly" in shifted.params["missing"]
    assert "dod: 0.58064516129032262" in shifted.params["values"]
    assert found["mixed_booleans"].params["spellings"] == ["True (33)", "true (1)", "False (1)"] and found["mixed_booleans"].rows == (1,)
    assert found["value_spellings"].params["spellings"] == ["update' (1) → update (33)", "updated (1) → update (33)"]
    assert found["value_spellings"].rows == (1, 2)
    assert found["all_missing_rows"].rows == (3,)
    assert found["mostly_missing"].params["counts"] == ["wow (44)", "qoq (44)", "yoy (44)"]
    gaps = found["missing_values"].params["counts"]
    assert gaps == ["mom (40)", "current_usage_pattern (11)", "today_usage_anomaly (10)", "today_total_usage (1)", "dod (1)"]
    assert found["long_decimals"].count == 41 and found["near_readings"].rows == (2, 5)
    assert found["flag_says_missing"].params["pairs"] == ["today_usage_anomaly (today_total_usage)"]
    assert found["flag_says_missing"].count == 35 and "no_system_prompt" in found
    assert "current_usage_pattern (7 / 34)" in found["few_values"].params["fields"]


def test_the_sensor_chats_get_a_prompt_and_wait_for_answers(seed_data: Path) -> None:
    found = by_code(prepared(seed_data, "sensor_chat.jsonl"))
    step = step_for(found["answer_is_instruction"])
    assert step is not None and step.repair == "move_instruction"
    moved = prepare_draft((seed_data / "sensor_chat.jsonl").read_bytes(), "sensor_chat.jsonl", Draft(steps=(step,)))
    assert moved.system_prompt.startswith("Offer a direct and professional recommendation") and len(moved.worthless) == 45
    assert by_code(moved)["empty_answer"].count == 45 and moved.verdict.word == "not_ready"


def test_the_sensor_chats_are_clean_but_for_their_answers_after_the_repairs(seed_data: Path) -> None:
    data, steps = (seed_data / "sensor_chat.jsonl").read_bytes(), tuple[Step, ...]()
    for _ in range(12):
        left = [one for one in prepare_draft(data, "sensor_chat.jsonl", Draft(steps=steps)).findings if one.severity != "info"]
        todo = next((step for one in left if one.code != "empty_answer" and (step := step_for(one)) is not None), None)
        if todo is None:
            break
        steps = (*steps, todo)
    assert {one.code for one in left} == {"empty_answer"}
    assert len(prepare_draft(data, "sensor_chat.jsonl", Draft(steps=steps)).examples) == 45 - 1 - 1 - 10


def test_every_fault_of_the_sensor_table_is_named_and_counted(seed_data: Path) -> None:
    data = (seed_data / "sensor_raw.csv").read_bytes()
    guessed = prepared(seed_data, "sensor_raw.csv")
    assert guessed.mapping is not None and "mostly_missing" not in by_code(guessed)
    twice_told = [f"{span}_{what}_usage" for span in ("quarter", "yearly") for what in ("total", "avg")]
    assert guessed.mapping.question == (*twice_told, "median_monthly_usage")
    told = [finding.code for finding in guessed.findings if finding.severity != "info"]
    assert told == ["duplicates", "empty_question", "identical_fields"]
    numbers = [one.name for one in profile(read_table(data, "sensor_raw.csv").table) if one.kind == "number" and one.distinct > 1]
    sensor = prepare_draft(data, "sensor_raw.csv", {"mapping": {"question": numbers, "answer": ["today_update_anomaly"]}})
    found = by_code(sensor)
    assert sensor.n_before == 1074 and found["empty_question"].count == 411
    assert "all_missing_rows" not in found, "these rows ask nothing at all, which is told once"
    assert found["empty_columns"].params["n_columns"] == 9
    assert set(found["empty_columns"].params["columns"]) == {
        *(f"previously_{span}_{what}_usage" for span in ("weekly", "quarter", "yearly") for what in ("total", "avg")),
        *("wow", "qoq", "yoy"),
    }
    assert found["constant_columns"].params["columns"] == ["percent_days_count"]
    twice = ["quarter_total_usage = yearly_total_usage", "quarter_avg_usage = yearly_avg_usage"]
    assert sorted(found["identical_fields"].params["pairs"]) == sorted(twice)
    assert found["header_typo"].params["names"] == ["curret_usage_pattern → current_usage_pattern"]
    counts = found["mostly_missing"].params["counts"]
    assert {"today_total_usage (1043)", "dod (1043)", "mom (1072)", "percent_usage (1038)"} <= set(counts)
    assert found["few_values"].params["fields"] == ["percent_usage (4 / 36)", "curret_usage_pattern (4 / 36)"]
    assert found["odd_zeros"].params["fields"] == ["today_total_usage (2)", "today_avg_usage (2)", "monthly_forecast_avg (10)"]
    assert "monthly_forecast_total: 1152579.0157931177" in found["unusual_numbers"].params["values"]


def test_a_column_that_names_the_row_is_seen_when_it_is_asked(seed_data: Path) -> None:
    mapping = {"question": ["device_id", "quarter_total_usage", "quarter_avg_usage"], "answer": ["today_update_anomaly"]}
    sensor = prepare_draft((seed_data / "sensor_raw.csv").read_bytes(), "sensor_raw.csv", {"mapping": mapping})
    assert by_code(sensor)["identifiers"].params["fields"] == ["device_id"]


def test_the_sensor_table_becomes_fit_for_training_by_repairs_alone(seed_data: Path) -> None:
    data, steps = (seed_data / "sensor_raw.csv").read_bytes(), tuple[Step, ...]()
    for _ in range(12):
        sensor = prepare_draft(data, "sensor_raw.csv", Draft(steps=steps))
        todo = next((step for one in sensor.findings if one.severity != "info" and (step := step_for(one)) is not None), None)
        if todo is None:
            break
        steps = (*steps, todo)
    left = {one.code for one in sensor.findings if one.severity != "info"}
    assert left <= {"imbalance"}, "that one class is nearly everything no repair can change"
    assert len(sensor.examples) > 600
