"""Rows changed by hand become steps: exact, one a row, undone and taken back one by one."""

import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.base.answers import AnswerShape, answer_kind, parse_answer
from core.base.types import Example, Message
from core.io.workspace import open_workspace
from core.prepare.draft import Draft, Step
from core.prepare.repairs import EDIT, LEAVE_OUT, apply
from core.prepare.rows import Line, all_lines, all_worksheet, edit, leave_out, lines, parts, with_edits
from core.prepare.work import prepare_draft
from tests.prepare.builders import csv_bytes, examples, labelled

JSON = AnswerShape("json", ("Top", "Sub"))
TEXT = AnswerShape("text")


def test_only_what_differs_becomes_a_change() -> None:
    line = Line(7, "Why?", "Because.")
    assert edit(line, TEXT, "Why?", {"": "Because."}) is None
    assert edit(line, TEXT, None, {}) is None
    assert edit(line, TEXT, "How?", {}) == Step(EDIT, (7,), {"question": "How?"})
    assert edit(line, TEXT, None, {"": "So."}) == Step(EDIT, (7,), {"answer": "So."})


def test_a_json_answer_is_changed_by_its_fields() -> None:
    line = Line(2, "q", '{"Top": "Cards", "Sub": "Lost"}')
    assert parts(line.answer, JSON) == {"Top": "Cards", "Sub": "Lost"}
    step = edit(line, JSON, None, {"Sub": 'Sto"len'})
    assert step is not None and parse_answer(step.params["answer"], JSON) == {"Top": "Cards", "Sub": 'Sto"len'}


def test_a_malformed_json_answer_is_changed_whole() -> None:
    line = Line(2, "q", "Cards, Lost")
    assert parts(line.answer, JSON) == {"": "Cards, Lost"}
    step = edit(line, JSON, None, {"": '{"Top": "Cards", "Sub": "Lost"}'})
    assert step is not None and step.params["answer"].startswith("{")


@given(st.text(), st.text())
def test_a_change_says_exactly_what_was_typed(question: str, answer: str) -> None:
    data = (Example((Message("system", "s"), Message("user", "q"), Message("assistant", "a", {"weight": 1})), 3),)
    step = edit(Line(3, "q", "a"), TEXT, question, {"": answer})
    after = apply(data, [step] if step else [])[0]
    assert (after.question, after.answer, after.system) == (question, answer, "s")
    assert after.messages[-1].extra == {"weight": 1}


def test_changes_of_one_row_in_a_row_are_one_change() -> None:
    first, second = Step(EDIT, (3,), {"question": "x"}), Step(EDIT, (3,), {"answer": "y"})
    assert with_edits((Step("drop_empty"),), [first, second]) == (Step("drop_empty"), Step(EDIT, (3,), {"question": "x", "answer": "y"}))
    other = Step(EDIT, (4,), {"question": "z"})
    assert with_edits((first,), [other, second]) == (first, other, second)


def test_left_out_by_hand() -> None:
    data = examples(labelled(12))
    assert [one.row for one in apply(data, [leave_out([5, 3])])] == [2, 4, *range(6, 14)]


def test_a_row_that_was_changed_by_hand_shows_so() -> None:
    rows = [("question", "label"), *labelled(20)]
    draft = Draft(steps=(Step(EDIT, (4,), {"question": "Is my card lost?", "answer": "Loans"}),))
    prepared = prepare_draft(csv_bytes(rows), "a.csv", draft)
    assert lines(prepared)[2] == Line(4, "Is my card lost?", "Loans")
    assert answer_kind([one.answer for one in prepared.worked]).kind == "label"


_STEP = st.sampled_from(
    [Step(EDIT, (2,), {"question": "new"}), Step(LEAVE_OUT, (3,)), Step("drop_duplicates"), Step(EDIT, (4,), {"answer": "x"})]
)


@settings(deadline=None)
@given(st.lists(_STEP, max_size=5), st.lists(st.sampled_from(["undo", "redo"]), max_size=8))
def test_undo_and_redo_walk_along_the_same_steps(steps: list[Step], clicks: list[str]) -> None:
    draft, at = Draft().add(*steps), len(steps)
    for click in clicks:
        draft = draft.undo() if click == "undo" else draft.redo()
        at = max(0, at - 1) if click == "undo" else min(len(steps), at + 1)
        assert list(draft.steps) == steps[:at], "undo drops the last, redo takes it back"
        assert list(draft.undone) == steps[at:]


def test_a_new_change_forgets_what_was_undone() -> None:
    draft = Draft().add(Step("drop_empty"), Step("drop_duplicates")).undo()
    assert draft.undone == (Step("drop_duplicates"),)
    assert draft.add(Step("drop_placeholders")).undone == ()
    assert "undone" not in draft.recipe() and Draft.from_dict(draft.to_dict()) == draft


def test_the_rows_and_the_worksheet_of_a_large_file_come_as_plain_json(tmp_path: Path) -> None:
    rows = [("question", "label"), *labelled(20), ("Who answers this?", "")]
    with open_workspace(tmp_path) as ws:
        stored = ws.put_file(csv_bytes(rows), "a.csv", now=datetime(2026, 11, 25, tzinfo=UTC))
        args = {"source": stored.sha256, "name": "a.csv", "draft": Draft().recipe(), "min_examples": 10}
        told: list[tuple[int, int]] = []
        found = all_lines(ws, args, lambda done, total: told.append((done, total)))
        assert found == json.loads(json.dumps(found)) == [[row, *pair] for row, pair in enumerate(rows[1:], 2)]
        assert told[-1][0] == told[-1][1]
        sheet = all_worksheet(ws, args, lambda done, total: None)
        assert sheet == json.loads(json.dumps(sheet)) and sheet["rows"] == [[22, "Who answers this?", ""]]
