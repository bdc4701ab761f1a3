"""Faults of numbers and of words beside them are found at their rows; what is clean stays unnamed; a repair changes what it names alone."""

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.types import Example, Finding
from core.prepare.checks import check_all
from core.prepare.checks.asked import written_fields
from core.prepare.checks.registry import Examined
from core.prepare.checks.spellings import is_slip, variants
from core.prepare.draft import Step
from core.prepare.fields import number_of, significant_decimals
from core.prepare.repairs import REPAIRS, apply, apply_logged, step_for
from core.prepare.repairs.numbers import rounded
from tests.prepare.builders import asked, readings

MINE = ("same_booleans", "same_words", "same_decimal_sign", "round_numbers", "drop_field")


def found(data: tuple[Example, ...]) -> dict[str, Finding]:
    return {finding.code: finding for finding in check_all(data)}


def loud(data: tuple[Example, ...]) -> set[str]:
    return {code for code, finding in found(data).items() if finding.severity != "info"}


def spoiled(changes: dict[int, dict[str, str | None]], n: int = 120, between: str = "\n") -> tuple[Example, ...]:
    """Clean readings with some values changed, or taken out, by row number."""
    rows = readings(n)
    for row, change in changes.items():
        for name, value in change.items():
            if value is None:
                rows[row - 2].pop(name)
            else:
                rows[row - 2][name] = value
    return asked(rows, between)


@pytest.mark.parametrize("between", ["\n", ", ", "; "])
@pytest.mark.parametrize("seed", range(4))
def test_clean_readings_are_not_slandered(seed: int, between: str) -> None:
    assert {code for code in found(asked(readings(150, seed), between))} == set()


@pytest.mark.parametrize("between", ["\n", ", "])
def test_a_lost_decimal_point_is_shown_with_its_digits_and_never_guessed(between: str) -> None:
    data = spoiled(
        {7: {"usage_kwh": "387.68900000000014", "dod": "17.93"}, 40: {"usage_kwh": "38768900000000000.0", "dod": "1.0"}}, 120, between
    )
    finding = found(data)["impossible_numbers"]
    assert finding.rows == (40,) and finding.repair == "leave_out"
    assert finding.params["values"] == ["usage_kwh: 38768900000000000.0"] and finding.params["guesses"] == ["usage_kwh: 387.689"]
    assert finding.params["twins"][0].startswith("40 / 7 (dod: 1.0 / 17.93")
    step = step_for(finding)
    assert step is not None and apply(data, [step]) == tuple(one for one in data if one.row != 40)


def test_a_field_that_spans_many_powers_of_ten_is_left_alone() -> None:
    draw = random.Random(4)
    rows = [{"resistance": f"{10 ** draw.uniform(-3, 9):.3g}", "current": f"{draw.random():.3f}"} for _ in range(200)]
    assert "impossible_numbers" not in found(asked(rows))


def test_far_numbers_and_odd_zeros_are_worth_knowing_only() -> None:
    data = spoiled({5: {"usage_kwh": "90000.5"}, 9: {"peak_kw": "0"}, 11: {"peak_kw": "0.0"}})
    assert found(data)["unusual_numbers"].rows == (5,) and found(data)["odd_zeros"].rows == (9, 11)
    assert loud(data) == set()


def test_truth_values_get_the_spelling_of_most_rows() -> None:
    data = spoiled({3: {"anomaly": "yes"}, 4: {"anomaly": "no"}, 5: {"anomaly": "TRUE"}, 6: {"anomaly": "0"}, 8: {"anomaly": "1"}})
    finding = found(data)["mixed_booleans"]
    assert finding.rows == (3, 4, 5, 6, 8) and finding.repair == "same_booleans" and REPAIRS["same_booleans"].safe
    mended = {one.row: one.question for one in apply(data, [Step("same_booleans")])}
    assert [mended[row].split("anomaly: ")[1].split("\n")[0] for row in finding.rows] == ["True", "False", "True", "False", "True"]


def test_rare_spellings_of_a_word_are_paired_with_it() -> None:
    data = spoiled({2: {"meter": "update'"}, 5: {"meter": "updated"}, 9: {"meter": "Update"}, 12: {"pattern": "staedy"}})
    finding = found(data)["value_spellings"]
    assert finding.rows == (2, 5, 9, 12) and finding.repair == "same_words"
    assert "value_spellings" not in found(apply(data, [Step("same_words")]))
    assert all(
        "not_update" in a.question for a, b in zip(apply(data, [Step("same_words")]), data, strict=True) if "not_update" in b.question
    )


@pytest.mark.parametrize(
    ("rare", "right", "slip"),
    [
        ("updated", "update", True),
        ("wekday rhythm", "weekday rhythm", True),
        ("loda", "load", True),
        ("not update", "update", False),
        ("unusual", "usual", False),
        ("phase 2", "phase 1", False),
        ("zone b", "zone a", False),
        ("lead", "load", False),
        ("south", "north", False),
    ],
)
def test_what_counts_as_a_slip(rare: str, right: str, slip: bool) -> None:
    assert is_slip(rare, right) is slip


def test_two_frequent_words_are_two_words() -> None:
    assert variants({"rising": 40, "raising": 30}) == {}
    assert variants({"North": 40, "north": 30, "NORTH": 1}) == {"north": "North", "NORTH": "North"}
    assert variants({"mW": 40, "MW": 30}) == {}, "too short to be spelled wrongly"


def test_units_that_differ_are_named() -> None:
    rows = readings(100)
    for at, row in enumerate(rows):
        row["peak_kw"] += " W" if at in (4, 50) else " kW"
    finding = found(asked(rows))["mixed_units"]
    assert finding.rows == (6, 52) and finding.params["fields"] == ["peak_kw"]


def test_decimal_signs_become_one_and_thousands_are_left_alone() -> None:
    data = spoiled({3: {"dod": "12,5"}, 8: {"peak_kw": "1.034,75"}, 20: {"usage_kwh": "1,234"}})
    finding = found(data)["mixed_decimal_signs"]
    assert finding.rows == (3, 8)
    mended = apply(data, [Step("same_decimal_sign")])
    assert "dod: 12.5\n" in mended[1].question and "peak_kw: 1034.75\n" in mended[6].question and mended[18] is data[18]


def test_a_table_of_decimal_commas_is_read_as_numbers() -> None:
    rows = [{name: value.replace(".", ",") for name, value in row.items()} for row in readings(100)]
    fields = written_fields(Examined(asked(rows)))
    assert [fields[name].kind for name in ("usage_kwh", "dod", "pattern")] == ["number", "number", "word"]
    assert fields["usage_kwh"].numbers[0] == float(readings(1)[0]["usage_kwh"])


@pytest.mark.parametrize(
    ("text", "comma", "number", "unit"),
    [
        ("1,234", False, 1234.0, ""),
        ("1,234", True, 1.234, ""),
        ("1.234", True, 1234.0, ""),
        ("12,5 kWh", False, 12.5, "kwh"),
        ("1.034,75", False, 1034.75, ""),
        ("−5.5 %", False, -5.5, "%"),
        ("5.4e+16", False, 5.4e16, ""),
        ("2nd floor", False, None, ""),
        ("1e999", False, None, ""),
        ("steady", False, None, ""),
    ],
)
def test_numbers_are_read_as_their_field_writes_them(text: str, comma: bool, number: float | None, unit: str) -> None:
    assert number_of(text, comma=comma) == (number, unit)


@given(st.decimals(-1_000_000, 1_000_000, places=15, allow_nan=False), st.sampled_from(["", " kWh", "%"]))
def test_rounding_keeps_what_the_number_says(number: Decimal, unit: str) -> None:
    text = rounded(f"{number:f}{unit}")
    assert text.endswith(unit) and significant_decimals(text) < 10
    short = Decimal(text.removesuffix(unit) if unit else text)
    assert abs(short - number) <= max(Decimal("0.00005"), abs(number) * Decimal("0.0005"))
    assert rounded(text) == text, "nothing is left to round"


def test_numbers_that_come_from_computing_are_rounded() -> None:
    data = spoiled({4: {"usage_kwh": "302.20000000000005", "dod": "0.000074410071942445907"}})
    finding = found(data)["long_decimals"]
    assert finding.rows == (4,) and finding.severity == "info"
    mended = apply(data, [Step("round_numbers")])
    assert "usage_kwh: 302.2\ndod: 0.00007441\n" in mended[2].question


def test_rows_with_shifted_cells_are_named() -> None:
    moved = {"usage_kwh": "9.5", "dod": "0.5806451612903226", "anomaly": None}
    data = spoiled({row: moved | {"usage_kwh": str(row)} for row in (11, 30, 31, 77)}, between=", ")
    finding = found(data)["shifted_rows"]
    assert finding.rows == (11, 30, 31, 77) and finding.params["missing"] == ["anomaly"]
    words = spoiled({15: {"peak_kw": "steady", "pattern": "False", "anomaly": "update", "meter": None}})
    assert found(words)["shifted_rows"].rows == (15,)


def test_a_word_among_numbers_is_no_shift() -> None:
    data = spoiled({6: {"dod": "see note"}})
    assert found(data)["words_among_numbers"].rows == (6,) and "shifted_rows" not in found(data)


def test_rows_without_a_measurement_and_gaps() -> None:
    nothing = dict.fromkeys(("usage_kwh", "dod", "wow", "peak_kw"), "nan")
    data = spoiled({9: nothing, 14: dict.fromkeys(nothing, None), 20: {"wow": "NaN"}})
    assert found(data)["all_missing_rows"].rows == (9, 14)
    gaps = found(data)["missing_values"]
    assert gaps.severity == "info" and "wow (3)" in gaps.params["counts"] and gaps.rows == (9, 14, 20)


def test_a_field_that_is_nearly_always_empty_can_be_left_out_of_the_questions() -> None:
    data = spoiled({row: {"wow": "nan"} for row in range(2, 119)})
    finding = found(data)["mostly_missing"]
    assert finding.params["counts"] == ["wow (117)"] and finding.repair == "drop_field"
    step = step_for(finding)
    assert step == Step("drop_field", params={"fields": ["wow"]})
    assert all("wow" not in one.question and "dod" in one.question for one in apply(data, [step]))


def test_a_flag_that_says_only_that_a_value_is_missing() -> None:
    rows = readings(60)
    for at, row in enumerate(rows):
        row["flag"] = "False" if at % 6 == 0 else "True"
        row["usage_kwh"] = "nan" if at % 6 == 0 else row["usage_kwh"]
    assert found(asked(rows))["flag_says_missing"].params["pairs"] == ["flag (usage_kwh)"]


def test_readings_within_a_hundredth_are_twins() -> None:
    rows = readings(80)
    rows.append(rows[10] | {"usage_kwh": f"{float(rows[10]['usage_kwh']) * 1.004:.3f}"})
    assert found(asked(rows))["near_readings"].rows == (12, 82)


_CELL = st.sampled_from(["nan", "1", "12.5", "12,5", "0.58064516129032262", "True", "yes", "no", "steady", "Steady", "7 kW", "9e16", ""])


@st.composite
def messy(draw: st.DrawFn) -> tuple[Example, ...]:
    """Readings full of mixed values, long enough for every check to speak."""
    rows = readings(40, draw(st.integers(0, 9)))
    for _ in range(draw(st.integers(0, 30))):
        rows[draw(st.integers(0, 39))][draw(st.sampled_from(sorted(rows[0])))] = draw(_CELL)
    if draw(st.booleans()):
        for row in rows:
            row["copy"], row["state"] = row["usage_kwh"], "v2"
    return asked(rows, draw(st.sampled_from(["\n", ", "])))


@settings(deadline=None, max_examples=60)
@given(messy(), st.sampled_from(MINE))
def test_a_repair_of_values_touches_the_rows_that_its_findings_name_and_then_has_nothing_to_do(
    data: tuple[Example, ...], name: str
) -> None:
    outcome = apply_logged(data, [Step(name)])
    after, (applied,) = outcome.examples, outcome.log
    named = {row for finding in check_all(data) if finding.repair == name for row in finding.rows}
    assert set(applied.rows) == named
    assert all(a is b for a, b in zip(after, data, strict=True) if a.row not in named)
    assert all(a != b for a, b in zip(after, data, strict=True) if a.row in named), "a row that is named is changed"
    assert [one.answer for one in after] == [one.answer for one in data]
    assert apply(after, [Step(name)]) == after
    assert not [finding for finding in check_all(after) if finding.repair == name]
