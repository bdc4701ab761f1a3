"""Whole columns that say nothing, say it twice, name the row, or give the answer away."""

import random
from collections.abc import Callable

from tests.planted.faults.numbers import measured, written
from tests.planted.faults.tools import Group, reply_of
from tests.planted.makers import DataSet, Record


def _new_column(data: DataSet, fault: str, name: str, cell: Callable[[int, Record], str], *twins: str) -> list[Group]:
    for at, record in enumerate(data.records):
        record.cells = {name: cell(at, record), **record.cells}
    data.ask = (name, *data.ask)
    data.columns[fault] = [(name, *twins)]
    return []


def constant_column(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    value = written(data, draw.choice(("0.5806451612903226", "1.0", "v2", "Europe/Berlin")))
    return _new_column(data, "constant_column", draw.choice(("percent_days_count", "setting", "source_code")), lambda at, record: value)


def identical_columns(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    column = draw.choice(measured(data))
    return _new_column(data, "identical_columns", f"{column}_total", lambda at, record: record.cells[column], column)


def identifier_in_question(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    numbers = draw.sample(range(100_000, 999_999), len(data.records))
    form = draw.choice(("{}", "SN-{}", "C{}", "{}-A"))
    return _new_column(
        data, "identifier_in_question", draw.choice(("serial", "customer_no", "record_id")), lambda at, record: form.format(numbers[at])
    )


def tell_tale_field(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    codes: dict[tuple[str, ...], str] = {}
    names = draw.sample(("Q11", "Q12", "Q20", "Q31", "Q47", "Q50", "Q58", "Q66", "Q70", "Q82"), 10)
    for record in data.records:
        codes.setdefault(reply_of(data, record), names[len(codes)])
    return _new_column(
        data, "tell_tale_field", draw.choice(("queue", "routing", "state")), lambda at, record: codes[reply_of(data, record)]
    )
