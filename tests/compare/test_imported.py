"""Answers recorded elsewhere: matched by row or by question, and what does not fit is said."""

import pytest

from core.base.answers import AnswerShape
from core.base.types import Example, Message
from core.compare.candidate import Candidate
from core.compare.imported import Columns, guess, match
from core.compare.run import start
from core.io.workspace import Dataset, Progress, Workspace
from tests.train.workbench import NOW

LABEL = AnswerShape("label")
BANK = AnswerShape("json", ("Top", "Sub"))


def row(number: int, question: str) -> Example:
    return Example((Message("user", question), Message("assistant", "yes")), number)


ROWS = [row(12, "Where is my card?"), row(15, "What is the fee?"), row(20, "Where is my card?"), row(31, "Close it.")]


def test_by_row_number_as_the_spreadsheet_shows_it() -> None:
    cells = {"Row": ["31", "12.0", "99", "15", "x"], "answer": ["closed", "card", "none", " ", "odd"]}
    found = match(cells, [2, 3, 4, 5, 6], Columns(("answer",), "Row", "row"), ROWS, LABEL)
    assert found.answers == ("card", None, None, "closed") and found.found == 2
    assert (found.missing, found.strangers, found.again, found.blank) == ((15, 20), (4, 6), (), (5,))


def test_by_question_whatever_its_case_and_punctuation() -> None:
    cells = {"q": ["WHAT is the fee", "close it!", "Who?"], "a": ["fee", "closed", "nobody"]}
    found = match(cells, [2, 3, 4], Columns(("a",), "q", "question"), ROWS, LABEL)
    assert found.answers == (None, "fee", None, "closed") and found.strangers == (4,)


def test_a_question_that_is_asked_twice_takes_its_two_answers_in_order_or_one_for_both() -> None:
    by = Columns(("a",), "q", "question")
    two = match({"q": ["Where is my card?"] * 2, "a": ["first", "second"]}, [2, 3], by, ROWS, LABEL)
    assert two.answers == ("first", None, "second", None) and two.again == ()
    one = match({"q": ["Where is my card?"], "a": ["both"]}, [2], by, ROWS, LABEL)
    assert one.answers == ("both", None, "both", None)
    three = match({"q": ["Where is my card?"] * 3, "a": ["first", "second", "third"]}, [2, 3, 4], by, ROWS, LABEL)
    assert three.answers == ("first", None, "first", None) and three.again == (3, 4), "said, not guessed"


def test_the_very_same_text_goes_before_one_that_differs_in_its_case() -> None:
    cells = {"q": ["what is the FEE", "What is the fee?"], "a": ["loud", "plain"]}
    found = match(cells, [2, 3], Columns(("a",), "q", "question"), ROWS, LABEL)
    assert found.answers[1] == "plain" and found.again == (2,)


def test_fields_in_columns_of_their_own_become_the_answer() -> None:
    columns = guess(["row", "Top", "Sub"], BANK)
    assert columns == Columns(("Top", "Sub"), "row", "row")
    found = match({"row": ["12", "15"], "Top": ["Cards", ""], "Sub": ["Lost", " "]}, [2, 3], columns, ROWS, BANK)
    assert found.answers[0] == '{"Top": "Cards", "Sub": "Lost"}' and found.blank == (3,)


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["question", "output"], Columns(("output",), "question", "question")),
        (["row", "question", "expected", "tuned_answer"], Columns(("tuned_answer",), "row", "row")),
        (["id", "Prediksi"], Columns(("Prediksi",), "id", "question")),
        (["only"], None),
    ],
)
def test_columns_are_guessed_by_their_names(names: list[str], columns: Columns | None) -> None:
    assert guess(names, LABEL) == columns


def test_recorded_answers_are_a_run_that_is_over_and_asks_nobody(ws: Workspace, dataset: Dataset) -> None:
    rows = [row(2 + n, f"Question {n}") for n in range(4)]
    one = Candidate("recorded", "GPT of last year", "recorded", "", "gpt", {"file": "f" * 64})
    run = start(ws, dataset.project_id, one, rows, now=NOW, dataset_id=dataset.id)
    done = ws.keep_answers(run.id, ["a", None, "c", "d"], error="Not in the file.", now=NOW)
    assert done.state == "finished" and ws.progress(run.id) == Progress(3, 1, 4)
    assert [one.answer for one in ws.predictions(run.id)] == ["a", None, "c", "d"]
    assert [one.error for one in ws.predictions(run.id)] == ["", "Not in the file.", "", ""]
    assert ws.claim_rows(run.id, "me", 4, NOW, 30) == []
    again = start(ws, dataset.project_id, one, rows, now=NOW, dataset_id=dataset.id)
    ws.keep_answers(again.id, ["x"] * 4, error="", now=NOW)
    assert again.id == run.id and ws.predictions(run.id)[0].answer == "a", "what is settled stays"
