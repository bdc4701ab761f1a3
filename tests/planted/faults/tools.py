"""What every planter needs: untouched records, a place for further ones, and text put into text."""

import random
from collections.abc import Callable, Sequence

from tests.planted.makers import DataSet, Record

Group = tuple[Record, ...]
Planter = Callable[[DataSet, random.Random, int], list[Group]]


def fresh(data: DataSet, draw: random.Random, n: int, fits: Callable[[Record], bool] = lambda record: True) -> list[Record]:
    """n records without a fault so far."""
    taken = data.touched()
    free = [record for record in data.records if id(record) not in taken and fits(record)]
    return draw.sample(free, n)


def add(data: DataSet, draw: random.Random, record: Record) -> Record:
    """Put a further record at a random place."""
    data.records.insert(draw.randrange(len(data.records) + 1), record)
    return record


def text_cells(data: DataSet) -> list[str]:
    """The cells that hold sentences."""
    asked = list(data.ask) if len(data.ask) == 1 else [name for name in data.ask if name in ("message", "request")]
    return asked + ([] if data.labelled else list(data.reply))


def copy(record: Record, **changed: str) -> Record:
    """A further record with the same cells but for these."""
    return Record({**record.cells, **changed})


def each(records: Sequence[Record]) -> list[Group]:
    """Every record as a fault of its own."""
    return [(record,) for record in records]


def reply_of(data: DataSet, record: Record) -> tuple[str, ...]:
    """The answer cells of a record."""
    return tuple(record.cells[name] for name in data.reply)


def into_text(data: DataSet, draw: random.Random, n: int, change: Callable[[str], str]) -> list[Group]:
    """Change the sentences of n records."""
    cells = text_cells(data)
    chosen = fresh(data, draw, n)
    for record in chosen:
        cell = draw.choice(cells)
        record.cells[cell] = change(record.cells[cell])
    return each(chosen)


def between(text: str, more: str, draw: random.Random) -> str:
    """The text with something put before one of its words, or at its end."""
    parts = text.split(" ")
    parts.insert(draw.randrange(1, len(parts) + 1), more)
    return " ".join(parts)
