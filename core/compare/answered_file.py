"""A file with its answers: its own columns as they came, and beside them what was asked, what was answered and what is doubtful."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from core.base.answers import AnswerShape, parse_answer
from core.base.replies import Prediction
from core.compare.doubt import Doubt
from core.compare.table import MARKS, marks

_FIRST: Final = ("row", "input", "system_prompt", "output")
_LAST: Final = ("doubtful", "why_doubtful", "likeness", "closest_training_row", "note")


@dataclass(frozen=True, slots=True)
class Own:
    """The columns of a file, the cells of its rows as they were read, and the number of each row in a spreadsheet."""

    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the rows besides their answers, by row: system prompts, doubts and those in words, and why a row was not asked.

    `system` is the prompt of the rows that `systems` leaves out; `about` is the same for all rows, such as the model.
    """

    system: str = ""
    systems: Mapping[int, str] = field(default_factory=dict)
    doubts: Mapping[int, Doubt] | None = None
    words: Mapping[int, str] = field(default_factory=dict)
    unasked: Mapping[int, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnsweredFile:
    """One line a row in the file's order: the file's own columns first, then ours. `names` says how ours are called in `frame`.

    The fields of a JSON answer are `names["output_FIELD"]`. A name that the file has itself is given with a number: its own stays.
    """

    frame: pd.DataFrame
    own: tuple[str, ...]
    names: Mapping[str, str]


def answered_file(predictions: Sequence[Prediction], own: Own, shape: AnswerShape, known: Known) -> AnsweredFile:
    """Put the answers beside the rows of their file; every row of the file is there, asked or not.

    Without a file of its own (the test rows) each answer is a line, with the answer that was expected. Cells are text; flags are True,
    False or None where there is no answer to doubt, and objects all of them, so that whole numbers stay whole.
    """
    by_row = {one.row: one for one in predictions}
    numbers = list(own.numbers) if own.columns else [one.row for one in predictions]
    lines = [_line(number, by_row.get(number), shape, known) for number in numbers]
    keys = [*_FIRST, *_fields(shape), *_LAST]
    keys += [] if own.columns else ["expected"]
    keys += [key for key in MARKS if any(line.get(key) for line in lines)]
    keys += list(known.about)
    names: dict[str, str] = {}
    for key in keys:
        names[key] = _unlike(key, {*own.columns, *names.values()})
    data: dict[str, Any] = {name: [row[at] for row in own.rows] for at, name in enumerate(own.columns)}
    data |= {name: [line.get(key) for line in lines] for key, name in names.items()}
    return AnsweredFile(pd.DataFrame(data, dtype=object), tuple(own.columns), names)


def _fields(shape: AnswerShape) -> list[str]:
    return [f"output_{name}" for name in shape.fields] if shape.kind == "json" else []


def _line(number: int, one: Prediction | None, shape: AnswerShape, known: Known) -> dict[str, Any]:
    """What we know of one row, by the keys of our columns."""
    line: dict[str, Any] = {"row": number, **known.about}
    if one is None:
        return line | {"note": known.unasked.get(number, "")}
    line |= {"input": one.question, "system_prompt": known.systems.get(number, known.system), "output": one.answer, "note": one.error}
    line |= {"expected": one.expected, **marks(one.notes)}
    values = parse_answer(one.answer, shape) if one.answer and shape.kind == "json" else None
    line |= {f"output_{name}": text for name, text in (values or {}).items()}
    doubt = known.doubts.get(number) if known.doubts is not None else None
    if doubt is not None and one.answer is not None:
        line |= {"doubtful": bool(doubt.reasons), "why_doubtful": known.words.get(number, "")}
        line |= {"likeness": round(doubt.likeness, 3), "closest_training_row": doubt.closest}
    return line


def _unlike(name: str, taken: set[str]) -> str:
    """The name, or the name with the first number that makes it another one than those taken."""
    if name not in taken:
        return name
    return next(named for n in range(2, len(taken) + 3) if (named := f"{name}_{n}") not in taken)
