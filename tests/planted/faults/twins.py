"""Rows that come twice: copies, near copies, the same question with another answer, and training rows in the test file."""

import random
from collections.abc import Callable

from tests.planted.faults.tools import Group, add, copy, fresh, reply_of
from tests.planted.makers import DataSet


def exact_duplicates(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    return [(one, add(data, draw, copy(one))) for one in fresh(data, draw, n)]


def near_duplicates(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    cell = data.ask[0]
    long = fresh(data, draw, n, lambda record: len(record.cells[cell].split()) >= 12 and "before" not in record.cells)
    return [(one, add(data, draw, copy(one, **{cell: nearly(one.cells[cell], draw)}))) for one in long]


NEGATIONS = frozenset("not no never nobody nothing without tidak tanpa belum neither nor none but".split())


def nearly(text: str, draw: random.Random) -> str:
    """The same sentence with a word cut, a slip in a long word, or other capitals and marks."""
    parts = text.split(" ")
    how = draw.randrange(4)
    if how == 0:  # a number or a "not" less would make it another question
        del parts[draw.choice([i for i in range(1, len(parts) - 1) if parts[i].isalpha() and parts[i].casefold() not in NEGATIONS])]
    elif how == 1:
        at = draw.choice(
            [i for i, part in enumerate(parts) if len(part) >= 6 and part.isalpha()]
            or [max(range(len(parts)), key=lambda i: len(parts[i]))]
        )
        word, cut = parts[at], draw.randrange(1, len(parts[at]) - 2)
        parts[at] = draw.choice((word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :], word[:cut] + word[cut + 1 :]))
    elif how == 2:
        return draw.choice((text.lower(), text.upper(), text.rstrip(".?!") + draw.choice(("!!", " ...", ""))))
    else:
        return draw.choice((text.replace(",", "").replace(".", ""), text.replace(" ", "  ", 2) + " ", f'"{text}"'))
    changed = " ".join(parts)
    return changed if changed != text else text.upper()


def contradictions(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    groups = []
    others = fresh(data, draw, 60)  # with an answer that no fault has touched
    for one in fresh(data, draw, n, lambda record: "before" not in record.cells):
        other = draw.choice([record for record in others if reply_of(data, record) != reply_of(data, one)])
        again = one.cells[data.ask[0]]
        if len(data.ask) == 1:
            again = draw.choice((again, again, again.lower(), again.rstrip(".?!")))
        groups.append((one, add(data, draw, copy(one, **{data.ask[0]: again}, **{name: other.cells[name] for name in data.reply}))))
    return groups


def leak_exact(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    return _leak(data, draw, n, lambda text: text)


def leak_near(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    return _leak(data, draw, n, lambda text: nearly(text, draw))


def _leak(data: DataSet, draw: random.Random, n: int, change: Callable[[str], str]) -> list[Group]:
    """The user's own test file, cut from the data before anything was planted in it, gets rows of the training data."""
    if data.own_test is None:
        apart = fresh(data, draw, max(30, len(data.records) // 8))
        ids = {id(record) for record in apart}
        data.records = [record for record in data.records if id(record) not in ids]
        data.own_test = DataSet(
            data.kind, apart, data.ask, data.reply, data.layout, data.delimiter, data.decimal, data.system, labelled=data.labelled
        )
    test, cell = data.own_test, data.ask[0]
    chosen = fresh(data, draw, n, lambda record: len(record.cells[cell].split()) >= 12)
    return [(one, add(test, draw, copy(one, **{cell: change(one.cells[cell])}))) for one in chosen]
