"""Stopping and going on with a comparison: what was stopped stays so until somebody says otherwise, and then one click suffices."""

import pytest
from streamlit.testing.v1 import AppTest

from core.base.errors import NotOnServer, Unreachable
from core.compare.rows import examples_of
from core.compare.run import Candidate, start
from core.io.connections import connection
from core.io.workspace import Progress, Project, Run, Workspace
from core.io.workspace.batches import BatchAnswer
from pages.ui import runs, state
from pages.ui.text import unescape
from tests.pages.conftest import NOW

WHERE = connection("this-machine", base_url="http://127.0.0.1:9/v1")


class Worker:
    """A runner that has ended, with the problem that ended it."""

    def __init__(self, run: Run, problem: Unreachable | None) -> None:
        self.run, self.problem, self.alive, self.paused_for_s = run, problem, False, 0.0


class Workers:
    """The workers of an app; notes which runs are gone on with."""

    def __init__(self, *ended: Worker) -> None:
        self.ended, self.begun = {one.run.id: one for one in ended}, set[str]()

    def find(self, run_id: str) -> Worker | None:
        return self.ended.get(run_id)

    def ensure(self, ws: Workspace, run: Run, client: None, *, price: object = None, batch: bool = False) -> None:
        self.begun.add(run.id)
        self.ended.pop(run.id, None)


@pytest.fixture
def two(ws: Workspace, bank: Project, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Two runs that were stopped by hand before they were over."""
    monkeypatch.setattr(state, "client", lambda where: None)
    rows = examples_of(ws, ws.dataset(bank.dataset_id or ""), "test")[:2]
    asked = [Candidate(role, role, WHERE.id, WHERE.origin, role) for role in ("base", "tuned")]
    made = [start(ws, bank.id, one, rows, now=NOW, dataset_id=bank.dataset_id) for one in asked]
    for run in made:
        ws.set_setting(f"held/{bank.id}/{run.id}", True)
    return made


def shown(ws: Workspace, begun: list[Run], workers: Workers, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(runs, "runners", lambda: workers)

    def page(begun, where):  # type: ignore[no-untyped-def]  # it runs as a script of its own, without the names of this file
        from pages.ui import runs

        runs.show_progress(begun, where, {run.id: run.label for run in begun})

    app = AppTest.from_function(page, default_timeout=30, args=(begun, WHERE))
    app.run()
    assert not app.exception
    return app


def test_what_was_stopped_waits_for_a_click(ws: Workspace, two: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(*(Worker(run, None) for run in two))
    app = shown(ws, two, workers, monkeypatch)
    assert not workers.begun
    app.button(key=f"go_on_{two[0].id}").click().run()
    assert workers.begun == {run.id for run in two} and not app.exception


def test_what_was_stopped_and_had_a_problem_goes_on_with_one_click(ws: Workspace, two: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(Worker(two[0], Unreachable(host="models.example")), Worker(two[1], None))
    app = shown(ws, two, workers, monkeypatch)
    assert not workers.begun
    app.button(key=f"continue_{two[0].id}").click().run()
    assert workers.begun == {run.id for run in two} and not app.exception


def test_rows_that_are_asked_again_can_be_stopped_again(ws: Workspace, two: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    run, workers = two[0], Workers()
    for row in ws.claim_rows(run.id, "me", 2, NOW, 30.0):
        ws.finish_row(run.id, row.index, owner="me", now=NOW, error="It was too long.")
    assert ws.progress(run.id) == Progress(0, 2, 2)
    shown(ws, [run], workers, monkeypatch).button(key=f"retry_{run.id}").click().run()
    assert workers.begun == {run.id} and not ws.get_setting(f"held/{run.project_id}/{run.id}")


def test_after_a_batch_the_rows_left_are_asked_one_by_one_only_when_somebody_says_so(
    ws: Workspace, two: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, workers = two[0], Workers()
    ws.set_setting(f"held/{run.project_id}/{run.id}", False)
    ws.claim_batch(run.id, origin=run.origin, owner={}, now=NOW)
    ws.update_batch(run.id, state="created", remote_id="batch_1", status="in_progress")
    shown(ws, [run], workers, monkeypatch)
    assert workers.begun == {run.id}  # followed, as it may still answer
    workers.begun.clear()
    ws.settle_batch(run.id, [BatchAnswer(0, "refund", usd=0.1)], now=NOW, status="expired")
    app = shown(ws, [run], workers, monkeypatch)
    assert not workers.begun and any("1 of 2 rows have no answer" in one.value for one in app.warning)
    app.button(key=f"after_batch_{run.id}").click().run()
    assert workers.begun == {run.id} and not app.exception


def test_a_lost_batch_says_what_asking_again_may_cost_and_offers_to_look_for_it(
    ws: Workspace, two: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, workers = two[0], Workers()
    ws.set_setting(f"held/{run.project_id}/{run.id}", False)
    ws.claim_batch(run.id, origin=run.origin, owner={}, now=NOW)
    ws.update_batch(run.id, state="created", remote_id="batch_1", status="in_progress")
    ws.update_batch(run.id, state="lost", error=NotOnServer(host="models.example"))
    app = shown(ws, [run], workers, monkeypatch)
    (told,) = (one.value for one in app.warning)
    assert not workers.begun and "2 of 2 rows have no answer" in told and "may pay for them twice" in told
    app.button(key=f"look_again_{run.id}").click().run()
    record = ws.batch_of(run.id)
    assert workers.begun == {run.id} and record is not None and record.is_live and record.failure is None
    workers.begun.clear()
    ws.update_batch(run.id, state="lost", error=NotOnServer(host="models.example"))
    app = shown(ws, [run], workers, monkeypatch)
    assert not [one for one in app.button if one.key == f"order_again_{run.id}"]
    app.button(key=f"ask_again_{run.id}").click().run()
    assert workers.begun == {run.id} and not app.exception and ws.claim_rows(run.id, "me", 9, NOW, 30.0)


def test_a_batch_is_offered_at_its_own_price_where_it_costs_less() -> None:
    def page(id):  # type: ignore[no-untyped-def]
        import streamlit as st

        from core.io.connections import connection
        from pages.ui import runs

        st.write(str(runs.way(connection(id), ["gpt-4.1-mini-2025-04-14", "ft:gpt-4.1-mini-2025-04-14:o::x"], 2.0, key="here")))

    app = AppTest.from_function(page, default_timeout=30, args=("openai",))
    app.run()
    assert not app.exception and app.markdown[0].value == "(False, 2.0)"
    assert len(app.radio[0].options) == 2 and "$1.00" in unescape(app.radio[0].options[1])
    app.radio[0].set_value("batch").run()
    assert app.markdown[0].value == "(True, 1.0)"
    other = AppTest.from_function(page, default_timeout=30, args=("crusoe",))
    other.run()
    assert not other.radio and other.markdown[0].value == "(False, 2.0)"
