"""Lines that are broken as lines of their file."""

import random

from tests.planted.faults.tools import Group, between, each, fresh
from tests.planted.makers import DataSet


def ragged_rows(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, n)
    names = list(chosen[0].cells)
    for record in chosen:
        cells = [record.cells[name].replace("\n", " ") for name in names]
        if draw.random() < 0.5:
            cells = cells[: draw.randint(1, len(cells) - 1)]  # the end is missing
            cells = [f'"{cell}"' if data.delimiter in cell else cell for cell in cells]
        else:  # a delimiter too many: the text was never quoted
            at = max(range(len(cells)), key=lambda i: len(cells[i]))
            cells = [f'"{cell}"' if data.delimiter in cell and i != at else cell for i, cell in enumerate(cells)]
            cells[at] = between(cells[at].replace('"', ""), f"or{data.delimiter} so", draw)
        record.raw = data.delimiter.join(cells) + "\n"
    return each(chosen)


def broken_json(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, n)
    for record in chosen:
        line = data._chat_line(record).rstrip("\n")
        record.raw = (
            draw.choice(
                (
                    line[: int(len(line) * draw.uniform(0.3, 0.95))],
                    line[:-1],
                    line.replace('"', "'"),
                    line.replace('"role"', "role"),
                    line.replace(", ", " ", 1),
                    line + "}",
                )
            )
            + "\n"
        )
    return each(chosen)


def bare_nan(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, n)
    for record in chosen:
        line = data._chat_line(record)
        at = line.rindex('"content": ') + len('"content": ')
        record.raw = line[:at] + draw.choice(("NaN", "NaN", "Infinity", "-Infinity")) + "}]}\n"
    return each(chosen)
