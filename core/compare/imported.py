"""Predictions recorded elsewhere: a table of answers, matched to the test rows by their number or by their question."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.base.answers import AnswerShape, render_answer
from core.base.leakage import asked
from core.base.similarity import normal_form
from core.base.types import Example

By = Literal["row", "question"]

_ANSWERS: Final = re.compile(r"answer|output|prediction|predicted|completion|response|reply|jawaban|prediksi", re.IGNORECASE)
_QUESTIONS: Final = re.compile(r"question|input|prompt|query|pertanyaan", re.IGNORECASE)
_ROWS: Final = re.compile(r"(row|line|baris)([\s_-]*(no|number|nr|#))?", re.IGNORECASE)
_NORMAL: Final = "\x00"  # before the normal form of a question, so that no text is taken for one
_WHOLE: Final = re.compile(r"\s*(\d{1,9})(\.0+)?\s*")  # a spreadsheet may have made 12.0 of 12


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what: the answer whole in one column, or each of its fields in one of its own; and what a row is known by."""

    answer: tuple[str, ...]
    key: str
    by: By


@dataclass(frozen=True, slots=True)
class Matched:
    """The answers for the test rows, in their order (None where the file has none), and what did not fit.

    `missing` are test rows without an answer, `strangers` rows of the file that no test row asks, `again` rows of the file whose test row
    had its answer already, `blank` rows of the file without an answer. All are numbered as a spreadsheet shows them.
    """

    answers: tuple[str | None, ...]
    missing: tuple[int, ...]
    strangers: tuple[int, ...]
    again: tuple[int, ...]
    blank: tuple[int, ...]

    @property
    def found(self) -> int:
        """How many test rows have an answer."""
        return sum(answer is not None for answer in self.answers)


def guess(names: Sequence[str], shape: AnswerShape) -> Columns | None:
    """The columns as their names suggest; None of a table with fewer than two columns.

    A file that Compare wrote is read back as it is: its `row` wins over its `question`, since a question may be asked twice.
    """
    if len(names) < 2:
        return None
    row = next((name for name in names if _ROWS.fullmatch(name.strip())), None)
    question = next((name for name in names if _QUESTIONS.search(name) and not _ANSWERS.search(name)), None)
    key = row or question or names[0]
    if shape.kind == "json" and set(shape.fields) <= set(names):
        answer = shape.fields
    else:
        others = [name for name in names if name not in (row, question)]
        answer = (next((name for name in others if _ANSWERS.search(name)), next(iter(others), names[-1])),)
    return Columns(answer, key, "row" if key == row else "question")


def match(
    cells: Mapping[str, Sequence[str]], numbers: Sequence[int], columns: Columns, examples: Sequence[Example], shape: AnswerShape
) -> Matched:
    """Give each test row the answer that the file has for it.

    `cells` are the file's columns by name, `numbers` its rows as a spreadsheet shows them. A question is the same whatever its case, spaces
    and punctuation, but the very same text goes first. Where as many rows of the file as of the test ask the same, they go in order; else
    the first of them answers all.
    """
    said = _answers(cells, columns, shape)
    blank = tuple(number for number, text in zip(numbers, said, strict=True) if not text.strip())
    lines: defaultdict[int | str, list[int]] = defaultdict(list)
    places = _places(examples, columns.by)
    strangers: list[int] = []
    for at, cell in enumerate(cells[columns.key]):
        if not said[at].strip():
            continue
        key = _key(cell, columns.by, places)
        if key is None:
            strangers.append(numbers[at])
        else:
            lines[key].append(at)
    answers: list[str | None] = [None] * len(examples)
    again: list[int] = []
    for key in sorted(lines, key=lambda key: str(key).startswith(_NORMAL)):  # the very same text first
        some, free = lines[key], [row for row in places[key] if answers[row] is None]
        in_order = len(some) == len(free)
        for nth, row in enumerate(free):
            answers[row] = said[some[nth if in_order else 0]]
        again += [] if in_order else [numbers[at] for at in (some[1:] if free else some)]
    missing = tuple(one.row for one, answer in zip(examples, answers, strict=True) if answer is None)
    return Matched(tuple(answers), missing, tuple(strangers), tuple(sorted(again)), blank)


def _answers(cells: Mapping[str, Sequence[str]], columns: Columns, shape: AnswerShape) -> list[str]:
    if len(columns.answer) == 1:
        return list(cells[columns.answer[0]])
    lines = zip(*(cells[name] for name in columns.answer), strict=True)
    filled = (dict(zip(columns.answer, line, strict=True)) for line in lines)
    return [render_answer(line, shape) if any(value.strip() for value in line.values()) else "" for line in filled]


def _places(examples: Sequence[Example], by: By) -> dict[int | str, list[int]]:
    """Where a row number or a question stands among the test rows; a question by its text and, behind a mark, by its normal form."""
    places: defaultdict[int | str, list[int]] = defaultdict(list)
    for at, one in enumerate(examples):
        if by == "row":
            places[one.row].append(at)
            continue
        for text in dict.fromkeys((one.question.strip(), asked(one).strip())):
            places[text].append(at)
        for form in dict.fromkeys((normal_form(one.question), normal_form(asked(one)))):
            places[_NORMAL + form].append(at)
    return dict(places)


def _key(cell: str, by: By, places: Mapping[int | str, Sequence[int]]) -> int | str | None:
    if by == "row":
        number = _WHOLE.fullmatch(cell)
        return int(number[1]) if number and int(number[1]) in places else None
    text = cell.strip()
    key = text if text in places else _NORMAL + normal_form(text)
    return key if key in places else None
