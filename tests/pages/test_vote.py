"""The blind vote through the page: whose answers are voted on, and that a press is of the row that was seen."""

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.base.replies import Prediction
from core.compare.candidate import Candidate
from core.compare.outcome import Answered
from core.io.connections import BaseModel
from core.io.workspace import Project, Workspace
from pages.ui import models
from tests.pages.conftest import NOW
from tests.pages.test_judge import compared, pair_of
from tests.pages.test_review import BASE, KEY, rows_of, texts
from tests.servers.fake_openai import FakeOpenAI

__all__ = ["compared"]

Open = Callable[..., AppTest]
NAMES = ("Before", "After", "With 3 examples")


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY) as running:
        yield running


def test_with_two_models_nothing_is_chosen(open_app: Open, compared: Project) -> None:
    app = open_app("compare", compared)
    assert not app.exception and any(one.label == "Begin the vote" for one in app.main.button)
    assert all(one.label != "Vote on the answers of" for one in app.main.selectbox)


def test_any_two_of_several_models_can_be_voted_on(ws: Workspace, compared: Project) -> None:
    def page() -> None:
        import streamlit as st

        from pages.ui import vote_two

        one, two = vote_two.choose(st.session_state.answered, st.session_state.dataset)
        st.session_state.got = (one.id, one.names, sorted(one.first), [each.label for each in two])

    app = AppTest.from_function(page)
    answered = [
        Answered(
            Candidate("base", name, "custom", "http://127.0.0.1:1", f"model-{at}"),
            [Prediction(row, "Q", "A", f"{name} says {row}") for row in (2, 3)],
        )
        for at, name in enumerate(NAMES)
    ]
    app.session_state.answered, app.session_state.dataset = answered, ws.dataset(str(compared.dataset_id))
    app.run()
    assert not app.exception and app.session_state.got[1] == ("Before", "After")
    first = app.selectbox[0]
    first.select(answered[2].candidate.id).run()
    assert app.session_state.got[1:] == (("With 3 examples", "After"), [2, 3], ["With 3 examples", "After"])
    app.selectbox[1].select(answered[0].candidate.id).run()
    third = app.session_state.got
    assert third[1] == ("With 3 examples", "Before") and third[0].endswith(f"{answered[2].candidate.id}/{answered[0].candidate.id}")
    app.selectbox[0].select(answered[0].candidate.id).run()  # the other box gives it up
    assert not app.exception and app.session_state.got[1][0] == "Before" and app.session_state.got[1][1] != "Before"


def test_while_a_row_is_voted_on_the_rest_of_the_page_is_away(open_app: Open, compared: Project) -> None:
    app = open_app("compare", compared)
    ends = ("Answers for a whole file", "More and more varied rows are what helps most.")
    assert all(one in texts(app) for one in ends)
    next(one for one in app.main.button if one.label == "Begin the vote").click().run()
    assert not app.exception and not any(one in texts(app) for one in ends)
    next(one for one in app.main.button if one.label == "Stop for now").click().run()
    assert not app.exception and all(one in texts(app) for one in ends)


def test_a_press_votes_on_the_row_that_was_seen(open_app: Open, ws: Workspace, compared: Project) -> None:
    app = open_app("compare", compared)
    next(one for one in app.main.button if one.label == "Begin the vote").click().run()
    (late,) = [one for one in app.main.button if str(one.key).startswith("vote_A_")]
    row = int(str(late.key).rpartition("_")[2])
    assert row in {one.row for one in rows_of(ws, compared)}
    late.click().run()
    (now,) = [one for one in app.main.button if str(one.key).startswith("vote_A_")]
    assert not app.exception and now.key != late.key, "the next row has buttons of its own"
    (kept,) = ws.votes(compared.id, pair_of(ws, compared))
    assert kept.row == row


def test_a_key_pressed_twice_before_the_next_row_is_there_counts_once(open_app: Open, ws: Workspace, compared: Project) -> None:
    app = open_app("compare", compared)
    next(one for one in app.main.button if one.label == "Begin the vote").click().run()
    a, b = (next(one for one in app.main.button if str(one.key).startswith(f"vote_{letter}_")) for letter in "AB")
    a.click()
    b.click().run()  # both reach the server at once, as the browser sends them
    (kept,) = ws.votes(compared.id, pair_of(ws, compared))
    first = kept.choice
    assert not app.exception and [one.value for one in app.toast] == ["Too quick: the next row was not there yet. The first key counts."]
    back = next(one for one in app.main.button if str(one.key).startswith("vote_Z_"))
    back.click().run()
    next(one for one in app.main.button if str(one.key).startswith("vote_X_")).click().run()
    (kept,) = ws.votes(compared.id, pair_of(ws, compared))
    assert not app.exception and kept.choice == "both_bad" != first, "whoever goes back may change it"


def test_how_rows_with_differing_votes_count_is_said_beside_who_voted_what(open_app: Open, ws: Workspace, compared: Project) -> None:
    first, *others = [one.row for one in rows_of(ws, compared)]
    votes = [(row, rater, "second", "") for row in others for rater in ("Ana", "Budi")]
    ws.keep_votes(compared.id, pair_of(ws, compared), [*votes, (first, "Ana", "second", ""), (first, "Budi", "both_bad", "")], NOW)
    ws.set_setting(f"voter/{compared.id}", "Ana")
    app = open_app("compare", compared)
    assert not app.exception
    n = len(others) + 1
    assert f"“After”: {n} rows against 0" in "\n".join(one.value for one in app.success), "a row with After and both bad counts for After"
    assert "1 row got differing votes. Each row counts once, for the answer that more people prefer" in texts(app)
    (table,) = [one.value for one in app.dataframe if "Who voted" in one.value.columns]
    assert table.values.tolist() == [["Ana", n, 0, 0, 0], ["Budi", n - 1, 0, 0, 1]]


def test_who_voted_last_is_himself_after_a_reload(open_app: Open, compared: Project) -> None:
    app = open_app("compare", compared)
    box = next(one for one in app.main.text_input if one.label == "Who votes?")
    assert box.value == "Reviewer 1"
    box.set_value(" Sri ").run()
    assert not app.exception
    again = open_app("compare", compared)
    assert next(one for one in again.main.text_input if one.label == "Who votes?").value == "Sri"


def practised(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of the comparison is taken for the practice model, which says one sentence before its training."""
    monkeypatch.setattr(models, "base_of", lambda record, where: BaseModel(BASE, "Practice model", practice=True))


def test_with_the_practice_model_the_vote_is_a_rehearsal(
    open_app: Open, ws: Workspace, compared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    practised(monkeypatch)
    app = open_app("compare", compared)
    assert not app.exception and "With the practice model this is a rehearsal" in texts(app)
    ws.keep_votes(compared.id, pair_of(ws, compared), [(one.row, "Reviewer 1", "second", "") for one in rows_of(ws, compared)], NOW)
    app = open_app("compare", compared)
    assert not app.exception and "People prefer “After”" in "\n".join(one.value for one in app.info)
    assert not app.success and "says nothing about a real model" in texts(app)


def test_a_vote_that_is_not_understood_is_told_with_its_line_and_its_word(open_app: Open, ws: Workspace, compared: Project) -> None:
    pair, row = pair_of(ws, compared), rows_of(ws, compared)[0].row
    app = open_app("compare", compared)
    app.session_state[f"papers_{pair}"] = True
    app.run()
    file = f"row,vote,rater,comparison\n{row},A,Ana,{pair}\n{row},maybe *5*,Budi,{pair}\n"
    next(one for one in app.main.file_uploader if one.label == "A file that came back").upload("votes.csv", file.encode()).run()
    assert not app.exception
    assert "Line 3: “maybe *5*” is not understood. Write A, B, tie or bad." in texts(app)
    assert len(ws.votes(compared.id, pair)) == 1
