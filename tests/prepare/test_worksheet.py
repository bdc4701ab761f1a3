"""The worksheet: approved answers take the place of worthless ones, nothing else trains while it is on, and it survives JSON."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.base.chat_format import parse_jsonl
from core.base.types import Example, Message
from core.prepare.draft import Draft, Step
from core.prepare.repairs import step_for
from core.prepare.rows import worksheet
from core.prepare.work import prepare_draft
from core.prepare.worksheet import Worksheet, Written, approved_only, fill, listed, with_answer
from tests.prepare.builders import csv_bytes, example

# Letters of every kind are no matter of the worksheet. Drawing them from all of Unicode, and again where only blanks came, took so long
# on a busy machine that Hypothesis complained.
_WORDS = st.text('a é\n"\\0', max_size=6).map(lambda text: f"{text}x")
_WRITTEN = st.builds(Written, _WORDS, st.booleans(), st.sampled_from(["", "gpt-9"]))
_SHEET = st.builds(Worksheet, st.booleans(), st.sampled_from(["missing", "all"]), st.dictionaries(st.integers(1, 50), _WRITTEN, max_size=6))

ADVICE = [("usage: 12, dod: 4", "Keep going: usage is up 4 percent."), ("usage: 20, dod: -9", ""), ("usage: 33, dod: 80", "NaN")]


@given(_SHEET)
def test_a_worksheet_survives_json(sheet: Worksheet) -> None:
    draft = Draft(worksheet=sheet)
    assert Draft.from_dict(json.loads(json.dumps(draft.to_dict()))) == draft


@given(_SHEET)
def test_what_is_not_approved_changes_no_result(sheet: Worksheet) -> None:
    approved = Worksheet(sheet.on, sheet.scope, sheet.approved)
    assert Draft(worksheet=sheet).recipe() == Draft(worksheet=approved).recipe()


@given(_SHEET, st.integers(1, 50), _WRITTEN)
def test_writing_touches_one_row(sheet: Worksheet, row: int, one: Written) -> None:
    after = sheet.write(row, one)
    assert after.answers[row] == one
    assert {key: kept for key, kept in after.answers.items() if key != row} == {k: v for k, v in sheet.answers.items() if k != row}
    assert after.on == (sheet.on or one.approved)
    assert row not in after.write(row, Written("  ")).answers, "a blank text takes the answer away"


@given(_SHEET)
def test_only_approved_rows_get_their_answer_and_the_others_stay_the_same_objects(sheet: Worksheet) -> None:
    data = tuple(example(f"q{row}", f"a{row}", row) for row in range(1, 20))
    filled = fill(data, sheet)
    for before, after in zip(data, filled, strict=True):
        if sheet.on and before.row in sheet.approved:
            assert after.answer == sheet.approved[before.row].text and after.question == before.question
        else:
            assert after is before


def test_while_it_is_on_rows_without_an_approved_answer_wait() -> None:
    data = tuple(example(f"q{row}", "", row) for row in range(1, 6))
    sheet = Worksheet(on=True, answers={2: Written("yes", True), 3: Written("perhaps")})
    kept, waiting = approved_only(fill(data, sheet), {1, 2, 3, 4}, sheet)
    assert [one.row for one in kept] == [2, 5] and waiting == (1, 3, 4)
    assert approved_only(data, {1}, Worksheet(on=False)) == (data, ())
    everything = Worksheet(on=True, scope="all", answers={2: Written("yes", True)})
    assert [one.row for one in approved_only(data, {1}, everything)[0]] == [2]


def test_the_list_holds_rows_without_an_answer_and_those_that_were_written() -> None:
    assert listed(range(1, 6), {2}, Worksheet(answers={4: Written("x", True)})) == [2, 4]
    assert listed(range(1, 4), (), Worksheet(scope="all")) == [1, 2, 3]


def test_an_answer_is_put_where_the_last_one_stood_or_at_the_end() -> None:
    talk = Example((Message("user", "a"), Message("assistant", "b"), Message("user", "c"), Message("assistant", "d")), 1)
    assert [message.content for message in with_answer(talk, "new").messages] == ["a", "b", "c", "new"]
    open_ended = Example((Message("user", "a"),), 1)
    assert [message.role for message in with_answer(open_ended, "new").messages] == ["user", "assistant"]


def _prepared(draft: Draft) -> Any:
    rows = [("question", "answer"), *((f"{question} {at}", answer) for at in range(8) for question, answer in ADVICE)]
    return prepare_draft(csv_bytes(rows), "advice.csv", draft)


def test_a_draft_with_a_worksheet_trains_what_is_approved() -> None:
    before = _prepared(Draft())
    assert len(before.worthless) == 16 and before.waiting == ()
    assert worksheet(before, Worksheet())["rows"][0][:2] == [3, "usage: 20, dod: -9 0"]
    answers = {row: Written(f"Answer to row {row}.", True, "gpt-9") for row in before.worthless[:10]}
    after = _prepared(Draft(worksheet=Worksheet(on=True, answers=answers)))
    assert len(after.examples) == 8 + 10 and len(after.waiting) == 6
    assert {one.answer for one in after.examples if one.row in answers} == {one.text for one in answers.values()}
    assert after.verdict.word in ("ready", "ready_but"), after.findings


def test_what_a_model_is_given_to_draft_is_asked_as_it_would_be_in_training() -> None:
    prepared = _prepared(Draft(mapping=None))
    asks = worksheet(prepared, Worksheet())["asks"]
    assert [row for row, _ in asks] == list(prepared.worthless)
    read = parse_jsonl("\n".join(line for _, line in asks).encode()).examples
    by_row = {one.row: one for one in prepared.worked}
    assert [one.prompt for one in read] == [by_row[row].prompt for row, _ in asks]


def test_an_instruction_moves_though_answers_have_been_written_in_its_place() -> None:
    instruction = "Give a short and professional recommendation based on the provided data, in one sentence."
    rows = [("question", "answer"), *((f"usage: {at}, dod: {at - 7}", instruction) for at in range(1, 25))]
    data = csv_bytes(rows)
    found = next(one for one in prepare_draft(data, "a.csv").findings if one.code == "answer_is_instruction")
    step = step_for(found)
    assert step is not None
    answers = {row: Written(f"Look at meter {row}.", True) for row in range(2, 16)}
    after = prepare_draft(data, "a.csv", Draft(steps=(Step("trim"), step), worksheet=Worksheet(on=True, answers=answers)))
    assert [one.row for one in after.examples] == list(range(2, 16)) and len(after.waiting) == 10
    assert {one.system for one in after.examples} == {instruction}
    assert [applied.step.repair for applied in after.applied] == ["trim", "move_instruction"]
    assert after.verdict.word in ("ready", "ready_but")


def test_a_repair_by_its_own_rule_sees_the_approved_answers() -> None:
    before = _prepared(Draft())
    sheet = Worksheet(on=True, answers={before.worthless[0]: Written("Lower it.", True)})
    after = _prepared(Draft(steps=(Step("drop_empty"), Step("drop_placeholders")), worksheet=sheet))
    assert len(after.examples) == 9 and not after.waiting
