"""A file comes back with its answers: what was its own is unchanged, through the file that is taken away."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from core.base.answers import AnswerShape
from core.base.export import restore, safe_csv
from core.base.replies import Prediction
from core.base.types import Reason
from core.compare.answered_file import Known, Own, answered_file
from core.compare.doubt import Doubt

JSON = AnswerShape("json", ("top", "sub"))
TEXT = AnswerShape("text")
# what no CSV can carry: half a character
CELL = st.text(st.characters(exclude_categories=("Cs",)))


@st.composite
def files(draw: st.DrawFn) -> Own:
    named = st.one_of(CELL, st.sampled_from(["row", "input", "output", "output_2", "note", "doubtful", "model", "=1+1"]))
    columns = draw(st.lists(named, min_size=1, max_size=6, unique=True))
    rows = draw(st.lists(st.lists(CELL, min_size=len(columns), max_size=len(columns)), max_size=5))
    return Own(columns, rows, range(2, 2 + len(rows)))


@given(files(), st.sets(st.integers(2, 6)))
def test_the_files_own_columns_come_back_unchanged_and_in_order(own: Own, asked: set[int]) -> None:
    predictions = [Prediction(row, "Why?", "", "=cmd()") for row in sorted(asked) if row in own.numbers]
    found = answered_file(predictions, own, TEXT, Known(system="Advise.", about={"model": "m"}))
    data = safe_csv(found.frame)
    head, *lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert [restore(name) for name in head[: len(own.columns)]] == list(own.columns)
    assert [[restore(cell) for cell in line[: len(own.columns)]] for line in lines] == [list(row) for row in own.rows]
    assert len(set(found.frame.columns)) == len(found.frame.columns), "no name twice"
    at = list(found.frame.columns).index(found.names["output"])
    assert {line[at] for line in lines} <= {"", "'=cmd()"}


def test_each_field_of_an_answer_has_a_column_and_every_row_of_the_file_is_there() -> None:
    own = Own(("q", "output"), [("a", "x"), ("", "y"), ("c", "z")], (2, 3, 4))
    predictions = [Prediction(2, "a", "", '{"sub": "S", "top": "T"}'), Prediction(4, "c", "", None, "The server refused this row.")]
    doubts = {2: Doubt(2, (Reason("doubt_unlike"),), 0.12345, 17), 4: Doubt(4, (), 0.5, 3)}
    known = Known("Be brief.", {4: "Be long."}, doubts, {2: "Unlike all."}, {3: "Asks nothing."}, {"model": "m"})
    found = answered_file(predictions, own, JSON, known)
    assert list(found.frame.columns) == [
        *("q", "output", "row", "input", "system_prompt", "output_2", "output_top", "output_sub"),
        *("doubtful", "why_doubtful", "likeness", "closest_training_row", "note", "model"),
    ]
    lines = found.frame.astype(object).where(found.frame.notna(), None).to_numpy().tolist()
    assert lines[0] == ["a", "x", 2, "a", "Be brief.", '{"sub": "S", "top": "T"}', "T", "S", True, "Unlike all.", 0.123, 17, "", "m"]
    assert lines[1] == ["", "y", 3, *[None] * 9, "Asks nothing.", "m"]
    assert lines[2] == ["c", "z", 4, "c", "Be long.", *[None] * 7, "The server refused this row.", "m"]


def test_an_invalid_answer_fills_no_field() -> None:
    found = answered_file([Prediction(2, "a", "b", "no JSON")], Own(), JSON, Known())
    line = found.frame.iloc[0]
    assert (line["output"], line["output_top"], line["output_sub"], line["expected"]) == ("no JSON", None, None, "b")
    assert line["doubtful"] is None, "nothing was looked at yet"


def test_a_row_that_is_not_doubted_says_so() -> None:
    found = answered_file([Prediction(2, "a", "", "b")], Own(), TEXT, Known(doubts={2: Doubt(2, (), 0.9, 5)}))
    assert found.frame["doubtful"].tolist() == [False] and found.frame["closest_training_row"].tolist() == [5]


def test_what_the_practice_model_says_of_its_answers_is_told_where_it_does() -> None:
    notes = {"matched": "Old question", "similarity": 0.5, "foreign": ["12"], "differs": []}
    told = answered_file([Prediction(2, "a", "", "b", notes=notes)], Own(), TEXT, Known()).frame
    assert (told["recalled_from"][0], told["similarity"][0], told["foreign_numbers"][0]) == ("Old question", 0.5, "12")
    assert "recalled_from" not in answered_file([Prediction(2, "a", "", "b")], Own(), TEXT, Known()).frame
