"""An answer kept in the Playground becomes a row of the next version, or the better answer of the row that asks the same."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.base.errors import BadSetting
from core.base.types import Message
from core.prepare.draft import Draft, Step
from core.prepare.kept import Kept, keep
from core.prepare.recipes import recipe
from core.prepare.samples import samples
from core.prepare.work import prepare_draft

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"


def kept(question: str = "May I pay with shells?", answer: str = "No.", *earlier: Message) -> Kept:
    return Kept((*earlier, Message("user", question), Message("assistant", answer)), "model-a", "2026-11-26")


@pytest.mark.parametrize("name", [name for name in samples()])
def test_a_kept_answer_is_a_row_behind_those_of_any_file(name: str) -> None:
    one = samples()[name]
    before = prepare_draft(one.read(), one.file, one.draft)
    after = prepare_draft(one.read(), one.file, keep(one.draft, kept()))
    row = after.worked[-1]
    assert len(after.worked) == len(before.worked) + 1 and after.n_before == before.n_before + 1
    assert (row.question, row.answer, row.system) == ("May I pay with shells?", "No.", before.system_prompt if row.system else "")
    assert row.row > max(other.row for other in before.worked)
    assert after.applied[-1].step.repair == "add_kept" and after.applied[-1].rows == (row.row,)


def test_it_has_the_system_prompt_of_the_others_and_undo_takes_it_back() -> None:
    draft = keep(Draft(), kept())
    found = prepare_draft((SAMPLES / "bank_support.csv").read_bytes(), "bank_support.csv", draft)
    assert found.worked[-1].system == found.worked[0].system != ""
    assert len(prepare_draft((SAMPLES / "bank_support.csv").read_bytes(), "bank_support.csv", draft.undo()).worked) == 301
    assert draft.undo().redo() == draft


def test_two_of_them_get_a_row_each_and_later_changes_find_them() -> None:
    draft = keep(keep(Draft(), kept()), kept("And with pearls?", "Neither."))
    draft = draft.add(Step("edit", (304,), {"answer": "Not either."}), Step("leave_out", (303,)))
    found = prepare_draft((SAMPLES / "bank_support.csv").read_bytes(), "bank_support.csv", draft)
    assert (found.worked[-1].row, found.worked[-1].answer) == (304, "Not either.")


def test_a_question_that_the_data_asks_already_gets_the_better_answer_there() -> None:
    draft = keep(Draft(), kept(answer="Better."), row=5)
    found = prepare_draft((SAMPLES / "bank_support.csv").read_bytes(), "bank_support.csv", draft)
    assert len(found.worked) == 301
    assert next(one.answer for one in found.worked if one.row == 5) == "Better."


def test_what_was_said_before_is_kept_along() -> None:
    earlier = (Message("user", "Hello"), Message("assistant", "Oh, hello."))
    found = prepare_draft((SAMPLES / "marv_chat.jsonl").read_bytes(), "marv_chat.jsonl", keep(Draft(), kept("Why?", "Because.", *earlier)))
    assert [message.role for message in found.worked[-1].messages] == ["system", "user", "assistant", "user", "assistant"]


def test_keeping_the_same_twice_is_one_row() -> None:
    assert keep(keep(Draft(), kept()), kept()) == keep(Draft(), kept())


def test_it_says_where_it_came_from_and_is_stored_with_the_draft() -> None:
    draft = keep(Draft(), kept())
    assert draft.steps[-1].params["kept"] == {"model": "model-a", "day": "2026-11-26"}
    assert Draft.from_dict(json.loads(json.dumps(draft.to_dict()))).recipe() == draft.recipe()


def test_a_recipe_for_other_files_leaves_it_out() -> None:
    assert recipe("Mine", keep(Draft(), kept()), None, ()).draft.steps == ()


@pytest.mark.parametrize(
    "turns",
    [
        (),
        (Message("user", "Only asked?"),),
        (Message("assistant", "Only said."),),
        (Message("user", "a"), Message("user", "b")),
        (Message("user", "a"), Message("assistant", " ")),
        (Message("user", "a"), Message("assistant", "x" * 200_001)),
    ],
)
def test_what_is_no_question_with_its_answer_is_refused(turns: tuple[Message, ...]) -> None:
    with pytest.raises(BadSetting):
        keep(Draft(), replace(kept(), turns=turns))


def test_a_step_of_another_version_without_texts_changes_nothing() -> None:
    draft = Draft().add(Step("add_kept", params={"messages": "nonsense"}), Step("add_kept", params={}))
    found = prepare_draft((SAMPLES / "bank_support.csv").read_bytes(), "bank_support.csv", draft)
    assert len(found.worked) == 301 and all(one.idle for one in found.applied)
