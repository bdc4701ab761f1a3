"""The user's own test file: rows of it that the training contains, and labels that the training does not."""

from collections.abc import Iterator, Sequence
from functools import cache

from core.base.answers import parse_answer
from core.base.errors import N_
from core.base.leakage import asked, question_key, seen_in_training
from core.base.near import near_twins
from core.base.types import Example, Finding
from core.prepare.checks.registry import About, Check, Examined

_MOST_NAMED = 12
_PAIRS_SHOWN = 50


def usable(own_test: Sequence[Example]) -> tuple[Example, ...]:
    """The examples of an own test file that can be asked and scored: those with a question and an answer."""
    return tuple(example for example in own_test if asked(example).strip() and example.answer.strip())


def taught(examined: Examined) -> tuple[int, ...]:
    """The training rows that ask what the own test file asks, word for word or nearly."""
    tested = usable(examined.own_test)
    if not tested:
        return ()
    # equal questions are looked up once
    keys = list(dict.fromkeys(key for key, blank in zip(examined.keys, examined.blank, strict=True) if not blank))
    twins = near_twins(keys, list(dict.fromkeys(map(question_key, tested))))
    both = {keys[index] for index, _ in twins}
    return tuple(example.row for example, key in zip(examined.examples, examined.keys, strict=True) if key in both)


def _test_rows_seen(examined: Examined) -> Iterator[Finding]:
    rows = taught(examined)
    if not rows:
        return
    tested = usable(examined.own_test)
    seen = seen_in_training(tested, examined.examples)
    params = {
        "tested": len(tested),
        "seen": len(seen),
        "exact": sum(one.how == "exact" for one in seen),
        "example": asked(tested[seen[0].index])[:120] if seen else "",
        "pairs": [{"test_row": one.row, "train_row": one.train_row, "how": one.how} for one in seen[:_PAIRS_SHOWN]],
    }
    yield Finding("test_rows_seen", "warning", rows, params, "drop_test_rows")


def _own_test_labels(examined: Examined) -> Iterator[Finding]:
    if examined.shape.kind == "text":
        return
    known = set(examined.classes)

    @cache
    def class_of(answer: str) -> str | None:
        values = parse_answer(answer, examined.shape)
        return " / ".join(values[field] for field in examined.shape.fields) if values else None

    tested = [(example.row, class_of(example.answer.strip())) for example in usable(examined.own_test)]
    new = [label for _, label in tested if label and label not in known]
    if new:
        labels = list(dict.fromkeys(new))
        params = {"labels": labels[:_MOST_NAMED], "n_labels": len(labels), "rows_of_test": len(new)}
        yield Finding("own_test_labels", "warning", (), params)
    odd = [row for row, label in tested if label is None]
    if odd:
        yield Finding(
            "own_test_odd_answers", "warning", (), {"rows_of_test": len(odd), "first": odd[0], "fields": list(examined.shape.fields)}
        )


def _own_test_blank(examined: Examined) -> Iterator[Finding]:
    blank = len(examined.own_test) - len(usable(examined.own_test))
    if blank:
        # without one row that can be asked there is no test at all
        yield Finding("own_test_blank", "info" if blank < len(examined.own_test) else "error", (), {"rows_of_test": blank})


CHECKS = (
    Check(
        "own_test",
        _test_rows_seen,
        {
            "test_rows_seen": About(
                N_("Questions in your test file: {tested}; in the training, too: {seen}. Training rows: {n}. The first: “{example}”"),
                N_("The model would answer them from memory, and the test would say more than is true."),
            )
        },
    ),
    Check(
        "own_test",
        _own_test_labels,
        {
            "own_test_labels": About(
                N_("Categories of your test file that the training does not have: {n_labels} ({labels}). Its rows: {rows_of_test}."),
                N_("A model cannot get right what it was never taught. Check the spelling, or add rows of them to the training."),
            ),
            "own_test_odd_answers": About(
                N_("Answers of your test file without the parts that the others have ({fields}): {rows_of_test}, first in row {first}."),
                N_("They cannot be scored part by part, and every answer to them would count as wrong."),
            ),
        },
    ),
    Check(
        "own_test",
        _own_test_blank,
        {
            "own_test_blank": About(
                N_("Rows of your test file without a question or an answer: {rows_of_test}."),
                N_("They cannot be scored, so they are not asked."),
            ),
            # made where the file is read (core/prepare/work.py)
            "own_test_unreadable": About(
                N_("Your own test file {name} cannot be used with these columns."),
                N_("It needs the same columns as the training file. Choose another file under Advanced, or go on without one."),
            ),
        },
    ),
)
