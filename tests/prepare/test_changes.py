"""All changes of a draft together: their order holds, and rows that were found through a table's columns are found again."""

from core.prepare.draft import Draft, Step
from core.prepare.mapping import Mapping
from core.prepare.prepared import finding_from_json, overview
from core.prepare.repairs import step_for
from core.prepare.work import prepare_draft
from tests.prepare.builders import csv_bytes


def test_a_row_changed_by_hand_before_the_texts_were_swapped_is_swapped_with_them() -> None:
    labels = ("refund", "card", "login", "fees")
    rows = [(labels[at % 4], f"How do I get thing {at * 7} of {at}?") for at in range(40)]
    data = csv_bytes([("question", "answer"), *rows])
    edit, swap = Step("edit", (3,), {"question": "Cards"}), Step("swap_turns")
    after = prepare_draft(data, "a.csv", Draft(steps=(edit, swap)))
    assert (after.worked[1].question, after.worked[1].answer) == (rows[1][1], "Cards")
    assert [len(applied.rows) for applied in after.applied] == [1, 40]
    undone = prepare_draft(data, "a.csv", Draft(steps=(edit, swap)).undo())
    assert (undone.worked[1].question, undone.worked[1].answer) == ("Cards", rows[1][1])


def test_more_rows_than_a_finding_lists_are_found_by_the_columns_of_a_template() -> None:
    rows = [
        (f"d{at % 7}", *(("", "", "") if at % 5 == 0 else (f"{at % 83 / 7:.2f}", f"{at % 61 / 9:.2f}", f"{at}")), f"Advice number {at}")
        for at in range(1_200)
    ]
    data = csv_bytes([("device", "kwh", "solar", "peak", "advice"), *rows])
    text = "Device {device} used {kwh} with sun {solar} and at most {peak}, what now?"
    draft = Draft(mapping=Mapping(question_template=text, answer=("advice",), missing="say_unknown"))
    shown = overview(prepare_draft(data, "a.csv", draft))
    found = next(one for one in shown["findings"] if one["code"] == "all_missing_rows")
    assert found["n"] == 240 > len(found["rows"])
    step = step_for(finding_from_json(found))
    assert step is not None
    after = prepare_draft(data, "a.csv", draft.add(step))
    assert len(after.applied[0].rows) == 240 and "all_missing_rows" not in {one.code for one in after.findings}
