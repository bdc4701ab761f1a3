"""The readings of the sensor example: every figure and word works out by the README's rules, and Prepare takes the file as it is."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import pytest

from core.base.leakage import seen_in_training
from core.base.similarity import normal_form
from core.prepare.mapping import Mapping
from tests.samples.readme import FOLDER, section
from tests.samples.sensor import ASKED, SENSOR, Row, prepared, read, sensor_rows

BEFORE = Path(__file__).with_name("sensor_before.csv")  # the usage of the 55 days before the file begins
COLUMNS = ["device", "date", *ASKED, "recommendation"]

Series = dict[tuple[str, date], Decimal]


@pytest.fixture(scope="module")
def raw() -> bytes:
    return (FOLDER / SENSOR).read_bytes()


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return sensor_rows()


@pytest.fixture(scope="module")
def series(rows: list[Row]) -> Series:
    """The usage of every device and day, those before the file included."""
    return {key(row): Decimal(row["usage_kwh"]) for row in [*read(BEFORE.read_bytes()), *rows]}


def key(row: Row) -> tuple[str, date]:
    return row["device"], date.fromisoformat(row["date"])


def last(series: Series, row: Row, days: int, ago: int = 0) -> list[Decimal]:
    """The usage of `days` days, the last of them `ago` days before this row's, oldest first."""
    device, day = key(row)
    return [series[device, day - timedelta(n)] for n in reversed(range(ago, ago + days))]


def tenth(change: Decimal) -> Decimal:
    return (100 * change).quantize(Decimal("0.1"), ROUND_HALF_UP)


def off(series: Series, row: Row) -> Decimal:
    """How far the usage lies from the median of the same weekday in the four weeks before, as a share of it."""
    usage, *before = (last(series, row, 1, 7 * week)[0] for week in range(5))
    return usage / median(before) - 1


def pattern(series: Series, row: Row) -> str:
    """The rules of the README, in their order."""
    if off(series, row) >= Decimal("0.4"):
        return "spike"
    if off(series, row) <= Decimal("-0.4"):
        return "drop"
    weeks = [median(last(series, row, 7, ago)) for ago in (14, 7, 0)]
    if all(later >= Decimal("1.02") * earlier for earlier, later in pairwise(weeks)):
        return "rising"
    if all(earlier >= Decimal("1.02") * later for earlier, later in pairwise(weeks)):
        return "falling"
    month = last(series, row, 28)
    first = key(row)[1] - timedelta(27)
    weekend = median(usage for n, usage in enumerate(month) if (first + timedelta(n)).weekday() >= 5)
    working = median(usage for n, usage in enumerate(month) if (first + timedelta(n)).weekday() < 5)
    return "weekday rhythm" if abs(weekend / working - 1) >= Decimal("0.15") else "steady"


def test_the_file_is_plain_and_no_cell_is_blank_padded_or_a_formula(raw: bytes, rows: list[Row]) -> None:
    assert raw.isascii() and b"\r" not in raw and raw.endswith(b"\n")
    assert raw.count(b"\n") == len(rows) + 1
    for row in rows:
        assert list(row) == COLUMNS
        assert all(cell and cell == cell.strip() and "  " not in cell for cell in row.values()), row
        assert not [cell for cell in row.values() if cell[0] in "=+@-" and not re.fullmatch(r"-\d+\.\d", cell)], row
        assert all(re.fullmatch(r"-?\d+\.\d", row[column]) for column in ASKED[:4]), row


def test_there_are_several_devices_each_with_every_day_of_five_weeks(rows: list[Row]) -> None:
    assert 180 <= len(rows) <= 220
    days: dict[str, list[date]] = {}
    for row in rows:
        days.setdefault(row["device"], []).append(key(row)[1])
    assert len(days) == 6
    for of_device in days.values():
        assert len(of_device) >= 35
        assert {later - earlier for earlier, later in pairwise(of_device)} == {timedelta(1)}
    assert len({row["device"] for row in rows[:6]}) == 6, "the first rows show every device"


def test_the_days_before_end_where_the_file_begins(rows: list[Row]) -> None:
    before = read(BEFORE.read_bytes())
    first = min(key(row)[1] for row in rows)
    wanted = {(row["device"], first - timedelta(n)) for row in rows for n in range(1, 56)}
    assert {key(row) for row in before} == wanted and len(before) == len(wanted)


def test_every_percentage_works_out_from_the_devices_own_days(rows: list[Row], series: Series) -> None:
    for row in rows:
        usage = Decimal(row["usage_kwh"])
        assert Decimal(row["day_over_day_pct"]) == tenth(usage / last(series, row, 1, 1)[0] - 1), row
        assert Decimal(row["week_over_week_pct"]) == tenth(usage / last(series, row, 1, 7)[0] - 1), row
        assert Decimal(row["month_over_month_pct"]) == tenth(mean(last(series, row, 28)) / mean(last(series, row, 28, 28)) - 1), row
        assert "-0.0" not in row.values()


def test_the_words_of_a_reading_follow_the_rules(rows: list[Row], series: Series) -> None:
    for row in rows:
        assert row["usage_pattern"] == pattern(series, row), row
        assert row["usage_anomaly"] == ("yes" if abs(off(series, row)) >= Decimal("0.25") else "no"), row
        assert row["meter_update"] in ("on time", "late")


def test_the_devices_behave_like_devices(rows: list[Row], series: Series) -> None:
    def on(device: str, *, weekend: bool) -> float:
        return float(median(usage for (name, day), usage in series.items() if name == device and (day.weekday() >= 5) == weekend))

    for device in ("Office north", "Canteen", "Workshop"):
        assert on(device, weekend=True) < 0.5 * on(device, weekend=False)
    for device in ("Cold store", "Server room"):
        assert 0.9 < on(device, weekend=True) / on(device, weekend=False) < 1.1
    patterns = Counter(row["usage_pattern"] for row in rows)
    assert len(patterns) == 6 and min(patterns.values()) >= 5
    assert {(row["usage_anomaly"], row["meter_update"]) for row in rows} == {(a, m) for a in ("yes", "no") for m in ("on time", "late")}


# -- what Prepare makes of it, and the README


def test_prepare_takes_the_recommendation_as_the_answer_and_the_numbers_as_the_question() -> None:
    guessed = prepared(SENSOR).mapping
    assert guessed is not None
    assert (guessed.question, guessed.answer) == (ASKED[:4], ("recommendation",))


def test_prepare_finds_nothing_wrong_and_has_a_part_to_test_with() -> None:
    advice = prepared(SENSOR, Mapping(ASKED, ("recommendation",), "You advise."))
    assert advice.verdict.word == "ready" and advice.findings == ()
    assert advice.shape is not None and advice.shape.kind == "text"
    assert advice.split is not None
    assert len(advice.split.train) >= 100 and len(advice.split.validation) >= 20 and len(advice.split.test) >= 40
    trained, tested = ([advice.examples[i] for i in side] for side in (advice.split.train, advice.split.test))
    assert seen_in_training(tested, trained) == []
    assert len({normal_form(example.question) for example in advice.examples}) == len(advice.examples)
    assert advice.examples[0].question.splitlines()[-3:] == ["usage_pattern: weekday rhythm", "usage_anomaly: no", "meter_update: on time"]


def test_the_readme_tells_the_true_counts(rows: list[Row]) -> None:
    told = section(SENSOR)
    devices = {row["device"] for row in rows}
    odd, late = (sum(row[column] == word for row in rows) for column, word in (("usage_anomaly", "yes"), ("meter_update", "late")))
    assert f"{len(rows)} rows: {len(devices)} devices on {len(rows) // len(devices)} days. " in told
    assert f"{odd} rows are an anomaly and {late} came late." in told
    assert f"{min(row['date'] for row in rows)} (a Monday) to {max(row['date'] for row in rows)}" in told
    assert key(rows[0])[1].weekday() == 0
    lines = {word: int(n) for word, n in re.findall(r"^\| ([a-z ]+) \| (\d+) \|", told, re.M)}
    assert lines == Counter(row["usage_pattern"] for row in rows)
    assert all(f"`{column}`" in told for column in COLUMNS)
