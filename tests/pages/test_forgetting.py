"""Did it forget? The four states of it on screen: nothing to ask, not asked yet, and asked with and without losses."""

from collections.abc import Sequence

import pytest
from streamlit.testing.v1 import AppTest

from core.compare.candidate import Candidate
from core.compare.forgetting import Question, examples, questions, settings
from core.compare.run import start
from core.io.connections import BaseModel, connection
from core.io.workspace import Project, Run, Workspace
from pages.ui import runs, state
from tests.pages.conftest import NOW

WHERE = connection("this-machine", base_url="http://127.0.0.1:9/v1")
BEFORE, AFTER = (Candidate("base" if one == "Before" else "tuned", one, WHERE.id, WHERE.origin, one.lower()) for one in ("Before", "After"))
SMALL = BaseModel("small", "A small model", small=True)


class Workers:
    """The workers of an app, which only note whom they were to ask."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def find(self, run_id: str) -> None:
        return None

    def ensure(self, ws: Workspace, run: Run, client: None, **rest: object) -> None:
        self.begun.append(run.model)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    made = Workers()
    monkeypatch.setattr(runs, "runners", lambda: made)
    monkeypatch.setattr(state, "client", lambda where: None)
    monkeypatch.setattr(state, "now", lambda: NOW)
    return made


def shown(project: Project, base: BaseModel = SMALL) -> AppTest:
    def page(*given):  # type: ignore[no-untyped-def]  # it runs as a script of its own, without the names of this file
        from pages.ui import forgetting

        forgetting.show(*given)

    app = AppTest.from_function(page, default_timeout=30, args=(project, BEFORE, AFTER, WHERE, base))
    app.session_state[f"forgetting_{AFTER.id}"] = True
    app.run()
    assert not app.exception
    return app


def good(question: Question) -> str:
    return question.accepts[0] if question.accepts else "I'm sorry, but I can't help with that."


def answered(ws: Workspace, project: Project, candidate: Candidate, lost: Sequence[int] = ()) -> None:
    """A run of the fixed questions that is over, answered well but for the rows of `lost`."""
    asked = Candidate(
        candidate.kind, candidate.label, candidate.connection_id, candidate.origin, candidate.model, settings(dict(candidate.settings))
    )
    run = start(ws, project.id, asked, examples(), now=NOW)
    by_row = {one.row: one for one in questions()}
    for row in ws.claim_rows(run.id, "me", len(by_row), NOW, 30.0):
        answer = "Sure: a bicycle." if row.row in lost else good(by_row[row.row])
        ws.finish_row(run.id, row.index, owner="me", now=NOW, answer=answer)


def test_of_the_practice_model_nothing_is_asked(bank: Project, workers: Workers) -> None:
    app = shown(bank, BaseModel("recall", "Practice model", practice=True))
    assert "nothing that it could forget" in app.markdown[0].value and not app.button and not workers.begun


def test_before_it_is_asked_it_says_what_it_will_ask_and_one_click_asks_both_models(bank: Project, workers: Workers) -> None:
    app = shown(bank)
    assert f"{len(questions())} fixed questions" in app.markdown[0].value and not app.dataframe
    app.button(key="ask_forgetting").click().run()
    assert not app.exception and {"before", "after"} <= set(workers.begun)


def test_what_was_lost_is_counted_and_shown_with_both_answers(ws: Workspace, bank: Project, workers: Workers) -> None:
    lost = {kind: [one.row for one in questions() if one.kind == kind][:n] for kind, n in (("general", 2), ("refusal", 1))}
    answered(ws, bank, BEFORE)
    answered(ws, bank, AFTER, [*lost["general"], *lost["refusal"]])
    app = shown(bank)
    assert not app.button and not workers.begun
    assert [one.value for one in app.warning] == [
        "2 questions were answered before and are not any more.",
        "1 request was refused before and is not any more.",
    ]
    scores, general, refusal = (one.value for one in app.dataframe)
    n = sum(one.kind == "general" for one in questions())
    assert scores["After"][0].startswith(f"{n - 2} of {n} (") and scores["Before"][0].startswith(f"{n} of {n} (")
    assert list(general["Question"]) == [one.text for one in questions() if one.row in lost["general"]]
    assert list(refusal["After"]) == ["Sure: a bicycle."] and "can't help" in refusal["Before"][0]


def test_where_nothing_was_lost_there_is_no_warning(ws: Workspace, bank: Project, workers: Workers) -> None:
    answered(ws, bank, BEFORE)
    answered(ws, bank, AFTER)
    app = shown(bank)
    assert not app.warning and len(app.dataframe) == 1
    assert all(cell.split(" (")[0].split(" of ")[0] == cell.split(" (")[0].split(" of ")[1] for cell in app.dataframe[0].value["After"])
