"""Answers that are given away: by one field of the question, by the question's own words, or by the order of the rows."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.asked import asked_fields, names, number_fields, rows_at, written_fields
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.fields import Field

if TYPE_CHECKING:
    import numpy as np

FEWEST = 20  # labelled rows
PURE = 0.97  # share of the rows in which a value and a class go together, both ways
ROWS_PER_VALUE = 4  # on average: with fewer, a value would tell its class by chance
SORTED = 1.2  # stretches of one class, as a multiple of the classes
QUOTED = 0.8  # share of the questions that hold their own answer


def tell_tale_fields(examined: Examined) -> list[str]:
    """The fields of the questions that have one value for each class: whoever reads this field alone knows the answer."""
    fields = written_fields(examined)
    return [name for name, field in fields.items() if len(fields) > 1 and _tells(examined, field)]


def class_codes(examined: Examined) -> "np.ndarray":
    """The class of each example as a number, -1 where it has none."""
    return examined.once("class_codes", lambda: _codes(examined))


def _codes(examined: Examined) -> "np.ndarray":
    import numpy as np

    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) if name else -1 for name in examined.classes], np.int64)


def _tells(examined: Examined, field: Field) -> bool:
    import numpy as np

    classes = class_codes(examined)
    values = field.codes if field.kind == "word" else _whole_numbers(field)
    if values is None:
        return False
    both = (classes >= 0) & (values >= 0)
    n = int(both.sum())
    if n < FEWEST or n < 0.9 * (classes >= 0).sum():
        return False
    pairs = Counter(zip(values[both].tolist(), classes[both].tolist(), strict=True))
    by_value, by_class = Counter[int](), Counter[int]()
    for (value, name), count in pairs.items():
        by_value[value] = max(by_value[value], count)
        by_class[name] = max(by_class[name], count)
    distinct = len(by_value)
    if distinct < 2 or len(by_class) < 2 or n < ROWS_PER_VALUE * max(distinct, len(by_class)):
        return False
    return bool(np.sum(list(by_value.values())) >= PURE * n and np.sum(list(by_class.values())) >= PURE * n)


def _whole_numbers(field: Field) -> "np.ndarray | None":
    """The values of a field of few whole numbers as codes, which may be names of classes; None for measurements."""
    import numpy as np

    numbers = field.numbers
    real = ~np.isnan(numbers)
    if field.kind != "number" or field.distinct > 50 or (numbers[real] != np.floor(numbers[real])).any():
        return None
    _, codes = np.unique(np.where(real, numbers, -1e300), return_inverse=True)
    return np.where(real, codes, -1)


def _tell_tale(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    written = tell_tale_fields(examined)
    if written:
        there = np.logical_or.reduce([~written_fields(examined)[name].absent for name in written])
        yield Finding(
            "tell_tale_field", "warning", rows_at(examined, there), {"fields": names(written), "step": {"fields": written}}, "drop_field"
        )
    fields = asked_fields(examined)
    others = [name for name, field in fields.items() if not field.written and len(fields) > 1 and _tells(examined, field)]
    if others:
        yield Finding("tell_tale_column", "warning", (), {"fields": names(others)})


def _threshold(examined: Examined) -> Iterator[Finding]:
    """A number that alone tells the class: sorted by it, the classes stand in one stretch each."""
    import numpy as np

    classes = class_codes(examined)
    told = []
    for field in number_fields(examined):
        both = (classes >= 0) & ~np.isnan(field.numbers)
        n_classes = len(np.unique(classes[both]))
        if (
            both.sum() < FEWEST
            or both.sum() < 0.9 * (classes >= 0).sum()
            or not 2 <= n_classes <= both.sum() / 10
            or field.distinct <= 2 * n_classes
        ):
            continue
        if _stretches(classes[both][np.argsort(field.numbers[both], kind="stable")]) <= n_classes:
            told.append(field.name)
    if told:
        yield Finding("number_tells_class", "info", (), {"fields": names(told)})


def _stretches(codes: "np.ndarray") -> int:
    return int((codes[1:] != codes[:-1]).sum()) + 1


def _sorted_rows(examined: Examined) -> Iterator[Finding]:
    import numpy as np

    codes = class_codes(examined)
    codes = codes[codes >= 0]
    n_classes = len(np.unique(codes))
    if len(codes) >= FEWEST and 2 <= n_classes <= len(codes) / 5 and _stretches(codes) <= SORTED * n_classes:
        yield Finding("sorted_rows", "info", (), {"classes": n_classes})


def _quoted_answers(examined: Examined) -> Iterator[Finding]:
    """Questions that hold their own answer word for word, and no other of the answers."""
    if examined.shape.kind != "label":
        return
    labels = {name: name.casefold() for name in set(examined.classes) if len(name) > 2 and not name.isdigit()}
    if not 2 <= len(labels) <= 50:
        return
    labelled = [(at, name) for at, name in enumerate(examined.classes) if name]
    if len(labelled) < FEWEST:
        return
    stride = max(1, len(labelled) // 5_000)
    sample = labelled[::stride]
    held = alone = 0
    for at, name in sample:
        text = examined.examples[at].question.casefold()
        if name in labels and _stands(labels[name], text):
            held += 1
            alone += sum(word in text for word in labels.values()) == 1
    if held >= QUOTED * len(sample) and alone >= 0.5 * held:
        yield Finding("answer_in_question", "info", (), {"share": round(100 * held / len(sample))})


def _stands(word: str, text: str) -> bool:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if (at == 0 or not text[at - 1].isalnum()) and (end == len(text) or not text[end].isalnum()):
            return True
        at = text.find(word, at + 1)
    return False


CHECKS = (
    Check(
        "order",
        _tell_tale,
        {
            "tell_tale_field": About(
                N_("One field gives the answer away: each value of {fields} goes with one answer and no other."),
                N_(
                    "The model would look at it alone. If it is only known once the answer is, it is missing in use, and the model is lost."
                ),
            ),
            "tell_tale_column": About(
                N_("One column gives the answer away: each value of {fields} goes with one answer and no other."),
                N_("The model would look at it alone. If it is only known once the answer is, take it out of the question above."),
            ),
        },
    ),
    Check(
        "order",
        _threshold,
        {
            "number_tells_class": About(
                N_("A single number tells the answer: each answer has its own range of {fields}."),
                N_("A rule of one line would do the same without a model, if that number is known in use."),
            )
        },
    ),
    Check(
        "order",
        _sorted_rows,
        {
            "sorted_rows": About(
                N_("The rows are sorted by their answer: one stretch for each of the {classes} categories."),
                N_("That does no harm here: rows are mixed before they are divided into training and test."),
            )
        },
    ),
    Check(
        "order",
        _quoted_answers,
        {
            "answer_in_question": About(
                N_("In {share}% of the rows the answer stands word for word in the question."),
                N_("That is right where it is to be found there. If it slipped in, the model learns to copy it and fails without it."),
            )
        },
    ),
)
