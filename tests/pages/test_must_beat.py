"""What a model must beat, on Estimate: at work, ready, stopped, failed, and where there is no baseline."""

import time
from collections.abc import Callable
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from core.base.baselines import Baselines, Closeness, Measured
from core.base.errors import TunesmithError
from core.io.kept_baselines import kept_baselines
from core.io.workspace import Project, Workspace
from tests.pages.conftest import NOW
from tests.pages.test_states import texts

Open = Callable[..., AppTest]
KIND = "core.estimate.baselines:measure"


def found_before(ws: Workspace, project: Project, found: Baselines) -> None:
    """The work as the worker leaves it."""
    assert project.dataset_id is not None
    task, _ = ws.add_task(KIND, {"sha": ws.dataset(project.dataset_id).train_sha}, NOW)
    assert ws.begin_task(task.id, 1, NOW)
    ws.end_task(task.id, "done", NOW, pid=1, result=found.to_json())


def test_the_work_is_begun_and_its_figures_shown(open_app: Open, bank: Project, ws: Workspace) -> None:
    app = open_app("estimate", bank)
    assert not app.exception
    assert "What it must beat" in [one.value for one in app.header]
    deadline = time.monotonic() + 120
    while "A trained model must beat that." not in texts(app):
        assert time.monotonic() < deadline, texts(app)
        assert any(button.label == "Stop" for button in app.button)
        time.sleep(0.5)
        app.run()
    assert not app.exception
    shown = texts(app)
    assert "Text classifier" in shown
    assert "naive Bayes" in shown
    table = next(frame.value for frame in app.dataframe if "Free way" in frame.value.columns)
    assert list(table["Field"][:3]) == ["Top Category", "Sub Category", "Whole answer"]
    assert list(table["Repeats differ by"][:3]) == ["–"] * 3, "the commonest answer does not scatter"
    assert list(dict.fromkeys(table["Free way"])) == ["Always the commonest answer", "The nearest example", "Text classifier"]
    assert bank.dataset_id is not None
    kept = kept_baselines(ws, ws.dataset(bank.dataset_id).train_sha)
    assert kept is not None
    assert kept.best is not None
    assert kept.best.kind == "classifier"


def test_free_text_is_called_closeness_and_not_quality(open_app: Open, bank: Project, ws: Workspace) -> None:
    found_before(ws, bank, Baselines(40, closeness=Closeness(Measured(0.31, 0.28, 0.34), 0.24, 40), seconds=0.4))
    app = open_app("estimate", bank)
    assert not app.exception
    assert "31% close to the row's own answer (between 28% and 34%), and the answer of any other row 24%." in texts(app)
    assert "no right or wrong" in texts(app)
    assert "Measured on 40 rows, each answered without itself and without rows that ask the same." in texts(app)
    app.session_state["must_beat_table"] = True
    app.run()
    table = next(frame.value for frame in app.dataframe if "Closeness, not quality" in frame.value.columns)
    assert list(table["Closeness, not quality"]) == ["31.0%", "24.0%"], "as the chart has them"
    assert "cannot be looked up" not in texts(app)


def test_free_text_where_looking_up_does_not_help_says_so(open_app: Open, bank: Project, ws: Workspace) -> None:
    found_before(ws, bank, Baselines(40, closeness=Closeness(Measured(0.25, 0.22, 0.28), 0.24, 40), seconds=0.4))
    assert "here an answer cannot be looked up, it has to be written" in texts(open_app("estimate", bank))


def test_where_there_is_no_baseline_it_says_why(open_app: Open, bank: Project, ws: Workspace) -> None:
    found_before(ws, bank, Baselines(40, nothing="tools"))
    app = open_app("estimate", bank)
    assert not app.exception
    assert "Conversations that call tools have no free baseline" in texts(app)


def test_preference_pairs_have_none_and_nothing_is_begun(open_app: Open, bank: Project, ws: Workspace) -> None:
    assert bank.dataset_id is not None
    old = ws.dataset(bank.dataset_id)
    pairs = ws.put_file(b"\n", "pairs.jsonl", now=NOW).sha256
    kept = {name: getattr(old, name) for name in ("source_sha", "source_name", "settings", "shape", "counts", "train_sha", "split")}
    new = ws.save_dataset(bank.id, now=NOW, **kept, pairs_train_sha=pairs)
    app = open_app("estimate", ws.update_project(bank.id, NOW, dataset_id=new.id))
    assert not app.exception
    assert "Preference pairs have no free baseline" in texts(app)
    assert not [task for task in ws.tasks() if task.kind == KIND]


def test_work_that_failed_can_be_tried_again(open_app: Open, bank: Project, ws: Workspace) -> None:
    assert bank.dataset_id is not None
    task, _ = ws.add_task(KIND, {"sha": ws.dataset(bank.dataset_id).train_sha}, NOW)
    assert ws.begin_task(task.id, 1, NOW)
    ws.end_task(task.id, "failed", NOW, pid=1, error=TunesmithError("There was not enough memory for this work."))
    app = open_app("estimate", bank)
    assert not app.exception
    assert "There was not enough memory" in texts(app)
    assert any(button.label == "Try again" for button in app.button)
    assert "How long the examples are" in [one.value for one in app.header], "the rest of the page is there"


def test_each_outcome_survives_being_kept() -> None:
    found = Baselines(3, nothing="too_few")
    assert Baselines.from_json(replace(found).to_json()) == found
