"""Answers that repeat the question, whole or at their beginning."""

from collections.abc import Iterator

from core.base.errors import N_
from core.base.types import Finding
from core.prepare.checks.registry import About, Check, Examined

_FEWEST = 5  # below that, a share says nothing
_NEARLY_ALL = 0.9
_FEW_ECHOES = 3  # copies of a question: one or two, such as "Hello", are answers
_KEEPS_WORDS = 0.6  # share of an answer's words that stand in its question, from which on the task is to rewrite it


def _echoes(examined: Examined) -> list[bool]:
    """Marks the examples whose answer is the question again; of a JSON answer, one of its fields, where the question is a sentence."""
    marks = []
    for asked, said, values in zip(examined.keys, examined.answer_keys, examined.parsed, strict=True):
        parts = said.split("\x00") if values and len(values) > 1 and asked.count(" ") >= 2 else (said,)
        marks.append(bool(asked) and asked in parts)
    return marks


def _echo(examined: Examined) -> Iterator[Finding]:
    marks = _echoes(examined)
    n, given = sum(marks), sum(map(bool, examined.answers))
    if n < _FEW_ECHOES:
        return
    params = {"share": max(1, round(100 * n / given)), "example": examined.examples[marks.index(True)].question[:120]}
    if n >= _FEWEST and n >= _NEARLY_ALL * len(marks):
        yield Finding("answer_copies_question", "error", examined.rows_where(marks), params)
    elif _usual_overlap(examined, marks) < _KEEPS_WORDS:
        # a task such as "correct the spelling" rightly leaves some texts as they are; where answers are otherwise made of other words,
        # a copy is a slip of the spreadsheet
        yield Finding("answer_copies_question", "warning", examined.rows_where(marks), params, "leave_out")


def _usual_overlap(examined: Examined, marks: list[bool]) -> float:
    """The share of an answer's words that stand in its question, in the middle of all rows that are no copy."""
    others = [index for index, marked in enumerate(marks) if not marked and examined.answers[index]]
    shares = []
    for index in others[:: max(1, len(others) // 1_000)]:
        asked = set(examined.keys[index].split())
        said = examined.answer_keys[index].replace("\x00", " ").split()
        shares.append(sum(word in asked for word in said) / max(1, len(said)))
    return sorted(shares)[len(shares) // 2] if shares else 1.0


def _restated(examined: Examined) -> Iterator[Finding]:
    """Answers that begin with the whole question and go on: a habit that the model would take over."""
    marks = [
        asked.count(" ") >= 2 and len(said) > len(asked) and said.startswith(f"{asked} ")
        for asked, said in zip(examined.keys, examined.answer_keys, strict=True)
    ]
    n = sum(marks)
    if n >= _FEWEST:
        share = round(100 * n / len(marks))
        yield Finding("answer_restates_question", "info", examined.rows_where(marks), {"share": max(1, share)})


CHECKS = (
    Check(
        "teaching",
        _echo,
        {
            "answer_copies_question": About(
                N_("In {share}% of the rows the answer repeats the question. The first: “{example}”"),
                N_("The model would learn to echo. Check which column is the answer."),
            )
        },
    ),
    Check(
        "teaching",
        _restated,
        {
            "answer_restates_question": About(
                N_("In {share}% of the rows the answer begins with the whole question."),
                N_("The model would learn to say every question again first. It costs tokens in each answer."),
            )
        },
    ),
)
