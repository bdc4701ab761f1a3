"""Readings: lost decimal points, mixed ways of writing, shifted and missing cells."""

import random

from tests.planted.faults.tools import Group, each, fresh
from tests.planted.makers import DataSet


def number(data: DataSet, cell: str) -> float:
    return float(cell.replace(",", "."))


def written(data: DataSet, text: str) -> str:
    return text.replace(".", data.decimal)


def measured(data: DataSet) -> list[str]:
    return [name for name in ("usage_kwh", "usual_kwh", "peak_kw", "flow_m3h", "pressure_bar") if name in data.ask]


def lost_decimal_point(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, min(n, 10))
    for record in chosen:
        for name in draw.sample(measured(data), draw.choice((1, 2))):
            much = number(data, record.cells[name]) * 1e13 * draw.uniform(1, 9.9)
            record.cells[name] = draw.choice((f"{much:.0f}", written(data, f"{much:.5e}"), written(data, f"{much:.4E}")))
    return each(chosen)


def mixed_booleans(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    column = next(name for name in ("anomaly", "valve_open") if name in data.ask)
    chosen = fresh(data, draw, min(n, len(data.records) // 20))
    for record in chosen:
        holds = record.cells[column].casefold() in ("true", "yes")
        words = ("true", "yes", "1", "TRUE", "Y") if holds else ("false", "no", "0", "FALSE", "N")
        record.cells[column] = draw.choice([word for word in words if word != record.cells[column]])
    return each(chosen)


def word_variants(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    column = draw.choice([name for name in ("pattern", "meter_update", "pump") if name in data.ask])
    chosen = fresh(data, draw, n)
    for record in chosen:
        word = record.cells[column]
        record.cells[column] = draw.choice(
            (
                f"{word}'",
                f"{word}d" if word.endswith("e") else f"{word}s",
                word.upper(),
                word.title(),
                f"{word}.",
                f"{word[:-2]}{word[-1]}{word[-2]}",
            )
        )
    return each(chosen)


def mixed_units(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    column, usual, other, change = draw.choice(
        [
            unit
            for unit in (
                ("peak_kw", "kW", "W", lambda x: x * 1000),
                ("temperature_c", "°C", "°F", lambda x: x * 1.8 + 32),
                ("usage_kwh", "kWh", "MWh", lambda x: x / 1000),
                ("pressure_bar", "bar", "kPa", lambda x: x * 100),
            )
            if unit[0] in data.ask
        ]
    )
    chosen = fresh(data, draw, n, lambda record: bool(record.cells[column]))
    ids = {id(record) for record in chosen}
    for record in data.records:
        if id(record) in ids:
            record.cells[column] = f"{written(data, f'{change(number(data, record.cells[column])):.6g}')} {other}"
        elif record.cells[column]:
            record.cells[column] += f" {usual}"
    return each(chosen)


def shifted_columns(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    """A blank cell was dropped and everything behind it moved to the left, so that words stand where numbers belong and the reverse."""
    chosen = fresh(data, draw, n)
    for record in chosen:
        names = list(data.ask)
        at = draw.randrange(1, len(names) - 3)
        moved = [record.cells[name] for name in names[at + 1 :]] + [""]
        record.cells.update(zip(names[at:], moved, strict=True))
    return each(chosen)


def all_missing(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, n)
    for record in chosen:
        nothing = "nan" if data.layout == "jsonl" else draw.choice(("", "NaN"))
        record.cells.update({name: nothing for name in data.ask if name != "device"})
    return each(chosen)
