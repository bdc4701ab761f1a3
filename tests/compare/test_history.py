"""Where a reading stands among the days of its own device, and what it says of the days before by itself."""

from datetime import date, timedelta

import pytest

from core.base.readings import parse_reading
from core.compare.history import DAYS_AFTER, DAYS_BEFORE, Histories, before

DAY = date(2026, 5, 4)
KINDS = {"date": "date", "device": "label", "usage": "number", "anomaly": "label", "weather": "label", "advice": "text"}


def table(days: int, devices: tuple[str, ...] = ("Office", "Gym")) -> dict[str, list[str]]:
    lines = [((DAY + timedelta(n)).isoformat(), name, n, at) for n in range(days) for at, name in enumerate(devices)]
    return {
        "weather": [("sun", "rain")[n % 2] for _, _, n, _ in lines],
        "date": [day for day, *_ in lines],
        "device": [name for _, name, _, _ in lines],
        "usage": [f"{100 * (at + 1) + n}.5" for _, _, n, at in lines],
        "anomaly": ["yes" if n == 3 else "no" for _, _, n, _ in lines],
        "advice": [f"Advice {n} {at}" for _, _, n, at in lines],
    }


def histories(columns: dict[str, list[str]], asked: tuple[str, ...] = ("usage", "anomaly")) -> Histories | None:
    return Histories.of(columns, KINDS, range(2, 2 + len(columns["date"])), asked)


def test_a_row_stands_among_the_days_of_its_own_device() -> None:
    found = histories(table(8))
    assert found is not None
    gym = found.at(7)  # the third day of the second device
    assert gym is not None
    assert (gym.device, gym.value_name, gym.at) == ("Gym", "usage", 2)
    assert gym.dates == tuple(DAY + timedelta(n) for n in range(8))
    assert gym.values == tuple(200.5 + n for n in range(8))
    assert gym.flagged == tuple(n == 3 for n in range(8))
    assert found.at(99) is None


def test_the_rows_may_stand_in_any_order() -> None:
    columns = table(8)
    turned = {name: cells[::-1] for name, cells in columns.items()}
    found = histories(turned)
    assert found is not None
    last = found.at(2)
    assert last is not None and (last.device, last.at) == ("Gym", 7) and last.dates[0] == DAY


def test_a_column_under_which_days_come_twice_is_no_device() -> None:
    columns = table(8)
    del columns["device"]
    assert histories(columns) is None, "whose day it is cannot be told"


def test_a_table_without_devices_is_one_device() -> None:
    columns = table(8, ("Office",))
    del columns["device"]
    found = histories(columns)
    one = found.at(4) if found else None
    assert one is not None and one.device == "" and one.at == 2 and len(one.values) == 8


def test_a_row_that_was_entered_twice_takes_no_picture_away() -> None:
    columns = table(20)
    doubled = {name: [*cells, cells[0]] for name, cells in columns.items()}
    found = histories(doubled)
    assert found is not None
    assert found.at(2) is not None and found.at(42) is not None


@pytest.mark.parametrize("change", ["date", "usage"])
def test_without_dates_or_numbers_there_is_no_history(change: str) -> None:
    columns = table(8)
    if change == "date":
        columns["date"] = ["some day"] * len(columns["date"])
        found = histories(columns)
        assert found is None or found.at(2) is None
    else:
        assert histories(columns, ("anomaly",)) is None


def test_a_cell_without_a_value_is_left_out_and_others_stay() -> None:
    columns = table(8)
    columns["usage"][0] = "nan"
    found = histories(columns)
    assert found is not None and found.at(2) is None
    office = found.at(4)
    assert office is not None and len(office.values) == 7


def test_a_few_days_are_no_history() -> None:
    found = histories(table(4))
    assert found is None or found.at(2) is None


def test_of_years_only_the_days_around_are_drawn() -> None:
    found = histories(table(400))
    middle = found.at(2 + 2 * 200) if found else None
    assert middle is not None
    assert len(middle.dates) == DAYS_BEFORE + 1 + DAYS_AFTER and middle.dates[middle.at] == DAY + timedelta(200)


def test_a_reading_tells_the_days_before_by_its_percentages() -> None:
    reading = parse_reading("usage_kwh: 150\nday_over_day_pct: 50\nweek_over_week_pct: -25\nusage_pattern: steady")
    assert reading is not None
    found = before(reading)
    assert found is not None
    assert found[0] == "usage_kwh" and found[1] == pytest.approx({"now": 150, "day": 100, "week": 200})


def test_published_names_are_understood() -> None:
    reading = parse_reading("today_total_usage: 164.39, dod: -89, wow: 10")
    assert reading is not None
    found = before(reading)
    assert found is not None and set(found[1]) == {"now", "day", "week"}


@pytest.mark.parametrize(
    "text", ["usage_kwh: 150\npattern: steady", "usage_kwh: 150\ndod: -100", "usage_kwh: 0\ndod: 50", "dod: 5\nwow: 6"]
)
def test_what_cannot_be_worked_out_is_not_drawn(text: str) -> None:
    reading = parse_reading(text)
    assert reading is not None
    assert before(reading) is None
