"""The rows as they stand after the repairs, for reading and changing them by hand: a page of them, or all as plain JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.base.answers import AnswerShape, parse_answer, render_answer
from core.base.chat_format import to_line
from core.prepare.draft import Draft, Step
from core.prepare.prepared import Prepared
from core.prepare.repairs import EDIT, LEAVE_OUT
from core.prepare.work import Progress, prepare_from
from core.prepare.worksheet import Worksheet, listed

if TYPE_CHECKING:
    from core.io.workspace import Workspace

MOST_EDITED = 200_000  # rows: as plain JSON they are some 100 MB, and nobody reads further by hand
MOST_DRAFTED = 2_000  # rows that a model drafts at a time: nobody reads more of them in a day
MOST_FIELDS = 6  # of a JSON answer that get a column each


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands: its number in the user's file, what is asked and what is answered."""

    row: int
    question: str
    answer: str


def lines(prepared: Prepared) -> tuple[Line, ...]:
    """Every row that is still among the examples, in order, those included that wait for an approved answer."""
    return tuple(Line(one.row, one.question, one.answer) for one in prepared.worked)


def all_lines(ws: "Workspace", args: Mapping[str, Any], progress: Progress) -> list[list[Any]]:
    """As a task with the args of `work.prepare`: the first MOST_EDITED rows as [row, question, answer]."""
    prepared = prepare_from(ws, args, progress)
    return [[one.row, one.question, one.answer] for one in prepared.worked[:MOST_EDITED]]


def worksheet(prepared: Prepared, sheet: Worksheet) -> dict[str, Any]:
    """The worksheet as plain JSON: "rows" as [row, question, answer], and "asks", training lines of rows that a model may draft, by row."""
    wanted = set(listed((one.row for one in prepared.worked), prepared.worthless, sheet))
    here = [one for one in prepared.worked if one.row in wanted][:MOST_EDITED]
    asks = [one for one in here if one.row not in sheet.approved][:MOST_DRAFTED]
    return {"rows": [[one.row, one.question, one.answer] for one in here], "asks": [[one.row, to_line(one)] for one in asks]}


def all_worksheet(ws: "Workspace", args: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """As a task with the args of `work.prepare`: the worksheet."""
    return worksheet(prepare_from(ws, args, progress), Draft.from_dict(args.get("draft")).worksheet)


def parts(answer: str, shape: AnswerShape) -> dict[str, str]:
    """The answer as the columns of an editor: a JSON answer by its fields, anything else (a malformed one included) whole.

    A whole answer stands under the name "", which no field has.
    """
    values = parse_answer(answer, shape) if shape.kind == "json" and len(shape.fields) <= MOST_FIELDS else None
    return {"": answer} if values is None else values


def edit(line: Line, shape: AnswerShape, question: str | None, changed: Mapping[str, str]) -> Step | None:
    """The step for a row changed by hand, `changed` named as in `parts`; None where nothing is different."""
    params: dict[str, str] = {}
    if question is not None and question != line.question:
        params["question"] = question
    if changed:
        known = parts(line.answer, shape)
        answer = changed[""] if "" in changed else render_answer({**dict.fromkeys(shape.fields, ""), **known, **changed}, shape)
        if answer != line.answer:
            params["answer"] = answer
    return Step(EDIT, (line.row,), params) if params else None


def with_edits(steps: Sequence[Step], edits: Iterable[Step]) -> tuple[Step, ...]:
    """The steps with further ones; a row that the last step changed by hand already is still one change."""
    now = list(steps)
    for step in edits:
        last = now[-1] if now else None
        if last is not None and last.repair == step.repair == EDIT and last.rows == step.rows:
            now[-1] = Step(EDIT, step.rows, {**last.params, **step.params})
        else:
            now.append(step)
    return tuple(now)


def leave_out(rows: Sequence[int]) -> Step:
    """The step that leaves rows out by hand."""
    return Step(LEAVE_OUT, tuple(sorted(rows)))
