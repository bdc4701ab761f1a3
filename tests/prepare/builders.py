"""Small makers of examples and files for the tests of Prepare."""

import csv
import io
import random
from collections.abc import Iterable, Sequence

from core.base.types import Example, Message

BANK = {
    "Cards": ("Where is my new card?", "My card was swallowed by the machine.", "How do I freeze my card?", "Can I choose my PIN?"),
    "Fees": ("Why was I charged twice?", "What does a transfer cost?", "Is there a fee abroad?", "Who pays the exchange?"),
    "Loans": ("May I repay early?", "Which papers does a mortgage need?", "How long does a loan take?", "Can my rate change?"),
}


def example(question: str, answer: str, row: int = 2, system: str = "") -> Example:
    """One question and its answer."""
    first = (Message("system", system),) if system else ()
    return Example((*first, Message("user", question), Message("assistant", answer)), row)


def examples(pairs: Iterable[tuple[str, str]], first_row: int = 2, system: str = "") -> tuple[Example, ...]:
    """Examples in consecutive rows."""
    return tuple(example(question, answer, row, system) for row, (question, answer) in enumerate(pairs, first_row))


def labelled(n: int, seed: int = 1, labels: Sequence[str] = tuple(BANK)) -> list[tuple[str, str]]:
    """n different questions with labels that come back: a clean data set."""
    order = random.Random(seed)
    return [(f"{order.choice(BANK['Cards'])[:-1]}, case {at} of {order.randrange(10**6)}?", labels[at % len(labels)]) for at in range(n)]


def csv_bytes(rows: Iterable[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8", end: str = "\n") -> bytes:
    """A file as a spreadsheet writes it."""
    out = io.StringIO(newline="")
    rows = list(rows)
    # a lone carriage return needs quotes, and before Python 3.13 the writer gives it none
    if any("\r" in cell for row in rows for cell in row):
        csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    else:
        csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue().encode(encoding)


def readings(n: int, seed: int = 3) -> list[dict[str, str]]:
    """n clean readings of meters, field by field."""
    draw = random.Random(seed)
    return [
        {
            "usage_kwh": f"{draw.lognormvariate(5, 1):.1f}",
            "dod": f"{draw.gauss(0, 18):.1f}",
            "wow": f"{draw.gauss(0, 9):.1f}",
            "peak_kw": f"{draw.lognormvariate(2, 0.5):.2f}",
            "pattern": draw.choice(("steady", "weekday rhythm", "rising")),
            "anomaly": draw.choice(("True", "False", "False")),
            "meter": draw.choice(("update", "update", "not_update")),
        }
        for _ in range(n)
    ]


ADVICE = ("Leave it running", "Check the door seals", "Ask the night shift", "Empty the filter", "Watch it until Friday")


def asked(rows: Iterable[dict[str, str]], between: str = "\n", answers: Sequence[str] = ()) -> tuple[Example, ...]:
    """Readings as questions, each with an advice of its own or the given answer."""
    listed = list(rows)
    told = answers or [f"{ADVICE[at % len(ADVICE)]}, and note number {at * 7919 % 1009} of the list." for at in range(len(listed))]
    return examples((between.join(f"{name}: {value}" for name, value in row.items()), said) for row, said in zip(listed, told, strict=True))
