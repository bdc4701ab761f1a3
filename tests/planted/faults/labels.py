"""Classes: spelled in several ways, wrong, or too rare."""

import random

from tests.planted.faults.tools import Group, each, fresh, reply_of
from tests.planted.makers import DataSet


def class_spelling(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    field = draw.choice(data.reply)
    classes = sorted({record.cells[field] for record in data.records})
    spelled = {}
    for label in draw.sample(classes, min(3, len(classes))):
        ways = [way for way in (label.lower(), label.upper(), label.title(), f"{label}.", f"{label}s") if way != label]
        if len(label) > 6:
            cut = draw.randrange(1, len(label) - 1)
            ways.append(label[:cut] + label[cut + 1 :])
        spelled[label] = draw.choice(ways)
    chosen = fresh(data, draw, n, lambda record: record.cells[field] in spelled)
    for record in chosen:
        record.cells[field] = spelled[record.cells[field]]
    return each(chosen)


def wrong_labels(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, int(len(data.records) * draw.uniform(0.03, 0.05)))
    labels = sorted({reply_of(data, record) for record in data.records})
    for record in chosen:
        wrong = draw.choice([label for label in labels if label != reply_of(data, record)])
        record.cells.update(zip(data.reply, wrong, strict=True))
    return each(chosen)


def rare_class(data: DataSet, draw: random.Random, n: int) -> list[Group]:
    chosen = fresh(data, draw, draw.choice((1, 2)))
    texts = (
        "A radio journalist would like to interview your founder about the anniversary, whom does one ring?",
        "For the evening news I need a spokesperson and two photographs that we may print, whom do I ask?",
    )
    for record, text in zip(chosen, texts, strict=False):
        record.cells.update(dict.fromkeys(data.reply, "Press enquiry"))
        record.cells[data.ask[0]] = text
    return each(chosen)
