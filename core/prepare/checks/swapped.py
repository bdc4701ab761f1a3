"""Questions and answers that have changed places."""

from collections import Counter
from collections.abc import Iterator

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined
from core.prepare.checks.sides import swapped_rows

_FEWEST = 20  # rows: below that, labels that come back say nothing


def swapped(examined: Examined) -> list[bool]:
    """Marks the examples whose question and answer can be put back in their places; of a preference pair the worse answer would not fit."""
    return [marked and not one.rejected for marked, one in zip(_marks(examined), examined.examples, strict=True)]


def _marks(examined: Examined) -> list[bool]:
    """Marks the examples whose question and answer have changed places: of some rows, or of the whole file."""
    return [True] * len(examined.examples) if _all_swapped(examined) else swapped_rows(examined)


def _all_swapped(examined: Examined) -> bool:
    """Whether the answers are questions, all different, and the questions a few labels that come back."""
    given = [example for example, blank in zip(examined.examples, examined.blank, strict=True) if not blank]
    if len(given) < _FEWEST or any(len(example.messages) > 3 for example in given):
        return False
    asked = Counter(example.question.strip() for example in given)
    said = {example.answer.strip() for example in given}
    ask = sum(example.answer.rstrip().endswith(("?", "？", "؟")) for example in given)
    few = len(asked) <= 0.2 * len(given) and max(map(len, asked)) <= 60 and not any(text.endswith("?") for text in asked)
    return few and len(said) >= 0.9 * len(given) and ask >= 0.5 * len(given)


def _swapped(examined: Examined) -> Iterator[Finding]:
    found = _marks(examined)
    single, pairs = (
        [m and bool(one.rejected) == wanted for m, one in zip(found, examined.examples, strict=True)] for wanted in (False, True)
    )
    for code, marks, repair in (("swapped", single, "swap_turns"), ("swapped_pairs", pairs, "leave_out")):
        if any(marks):
            at = marks.index(True)
            params = {
                "question": examined.examples[at].question[:80],
                "answer": examined.answers[at][:80],
                "share": max(1, round(100 * sum(marks) / len(marks))),
            }
            yield Finding(code, "error" if all(found) else "warning", examined.rows_where(marks), params, repair)


CHECKS = (
    Check(
        "teaching",
        _swapped,
        {
            "swapped": About(
                N_("Question and answer seem to have changed places: {n}. The first asks “{question}” and answers “{answer}”"),
                N_("The model would learn to ask where it should answer."),
            ),
            "swapped_pairs": About(
                N_("Pairs whose question and answer seem to have changed places: {n}. The first asks “{question}” and answers “{answer}”"),
                N_("They cannot be put back here: the worse answer would answer another question. Mend your file, or leave them out."),
            ),
        },
    ),
)
