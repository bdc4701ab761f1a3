"""Answers that teach nothing, or the wrong thing."""

import random

from tests.planted.faults.tools import Group, each, fresh, text_cells
from tests.planted.kinds.faq import faq
from tests.planted.makers import DataSet

PLACEHOLDERS = (
    "",
    "n/a",
    "N/A",
    "nan",
    "NaN",
    "None",
    "null",
    "-",
    "?",
    "TODO",
    "TBD",
    "...",
    "#N/A",
    "xxx",
    "asdf",
    "[answer here]",
    "TODO: write answer",
)
INSTRUCTION = (
    "Give a direct and professional answer based on the data provided. "
    "Keep it concise, with an expert tone, and use at most three sentences in one paragraph."
)


def placeholder_answers(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, n)
    for record in chosen:
        nothing = draw.choice(PLACEHOLDERS)
        record.cells.update(dict.fromkeys(data.reply, nothing))
    return each(chosen)


def answer_is_instruction(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    taken = data.touched()
    free = [record for record in data.records if id(record) not in taken]
    chosen = draw.sample(free, int(len(free) * draw.uniform(0.6, 0.95)))
    for record in chosen:
        record.cells[data.reply[0]] = INSTRUCTION
    return each(chosen)


def answer_copies_question(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, n, lambda record: "before" not in record.cells)
    for record in chosen:
        asked = record.cells[data.ask[0]]
        record.cells.update(dict.fromkeys(data.reply, draw.choice((asked, asked, asked.rstrip(".?!"), asked.lower()))))
    return each(chosen)


def swapped(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, n, lambda record: "before" not in record.cells)
    for record in chosen:
        ask, reply = data.ask[0], data.reply[0]
        record.cells[ask], record.cells[reply] = record.cells[reply], record.cells[ask]
    return each(chosen)


def truncated_answers(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, n, lambda record: len(record.cells[data.reply[0]]) > 40)
    for record in chosen:
        answer = record.cells[data.reply[0]]
        cut = int(len(answer) * draw.uniform(0.4, 0.85))
        while not answer[cut - 1].isalpha():
            cut -= 1
        record.cells[data.reply[0]] = answer[:cut]
    return each(chosen)


def overlong(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, min(n, 4))
    pool = [record["answer"] for record in faq(300, data.seed + 1)]
    for record in chosen:
        cell = draw.choice(text_cells(data))
        goal = draw.randint(60_000, 90_000)
        while len(record.cells[cell]) < goal:
            record.cells[cell] += f" {draw.choice(pool)}"
    return each(chosen)
