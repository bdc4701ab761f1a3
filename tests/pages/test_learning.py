"""How much data, on Estimate: at work, ready, stopped, failed, and where there is no curve."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.base.errors import TunesmithError
from core.base.types import Reason
from core.estimate.gain import Gain
from core.estimate.learning_curve import Curve, Point, Share, learning_curve
from core.estimate.starving import Starving
from core.io.workspace import Project, Workspace
from tests.estimate.worlds import LABEL, World, know_by_heart
from tests.pages.conftest import NOW

Open = Callable[..., AppTest]
KIND = "core.estimate.work:learn"
WORLD = World(60, 0.5, 0.1)


def texts(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.error, *app.success, *app.info, *app.warning, *app.header)
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def table(app: AppTest, column: str) -> Any:
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def curve(**how: Any) -> Curve:
    share = Share(0.6, 0.5, 0.7)
    steps = tuple(Point(20.0 * n, share, {"Top Category": Share(0.7, 0.6, 0.8), "Sub Category": share}) for n in range(1, 5))
    helps = Gain(50, 0.06, 0.03, 0.09, Reason("more_helps", {"more": 50, "gain": 6, "low": 3, "high": 9, "n": 100}))
    usual = Curve(100, 100, 100, folds=5, repeats=5, points=steps, gain=helps, starving=(), starved=0)
    return replace(usual, **how)


def found_before(ws: Workspace, project: Project, found: Curve) -> None:
    """The work as the worker leaves it."""
    task = begun(ws, project)
    ws.end_task(task, "done", NOW, pid=1, result=found.to_json())


def begun(ws: Workspace, project: Project) -> str:
    assert project.dataset_id is not None
    task, _ = ws.add_task(KIND, {"sha": ws.dataset(project.dataset_id).train_sha}, NOW)
    assert ws.begin_task(task.id, 1, NOW)
    return task.id


def another(ws: Workspace, project: Project, **new: Any) -> Project:
    """The project with a data set that differs in this."""
    assert project.dataset_id is not None
    old = ws.dataset(project.dataset_id)
    kept = {
        name: getattr(old, name) for name in ("source_sha", "source_name", "settings", "shape", "counts", "train_sha", "test_sha", "split")
    }
    return ws.update_project(project.id, NOW, dataset_id=ws.save_dataset(project.id, now=NOW, **(kept | new)).id)


def shaped(ws: Workspace, project: Project, shape: Mapping[str, Any]) -> Project:
    return another(ws, project, shape=shape)


@pytest.mark.slow
def test_the_work_is_begun_and_its_curve_shown(open_app: Open, bank: Project) -> None:
    app = open_app("estimate", bank)
    assert not app.exception
    assert "How much data" in [one.value for one in app.header]
    deadline = time.monotonic() + 120
    while "An estimate, from the data set" not in texts(app):
        assert time.monotonic() < deadline, texts(app)
        assert any(button.label == "Stop" for button in app.button)
        time.sleep(0.5)
        app.run()
    assert not app.exception
    assert "ore rows" in texts(app)
    app.session_state["learning_table"] = True
    app.run()
    shown = table(app, "Rows learned from")
    assert list(dict.fromkeys(shown["Part"])) == ["Whole answer", "Top Category", "Sub Category"]
    assert len(shown) == 12


def test_the_sentence_names_the_gain_its_range_and_what_it_rests_on(open_app: Open, bank: Project, ws: Workspace) -> None:
    found_before(ws, bank, curve())
    told = texts(open_app("estimate", bank))
    assert "More rows would still help: about +6 points for 50 more (between +3 and +9)." in told
    assert "Done 5 times" in told and "An estimate, from the data set as it was saved on November 22, 2026." in told


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (
            Reason("more_not", {"more": 100, "gain": 0, "low": 0, "high": 1, "n": 240}),
            "More of the same will not help much: 100 more rows would bring at most 1",
        ),
        (
            Reason("more_unclear", {"more": 100, "gain": 2, "low": 0, "high": 5, "n": 240}),
            "Too little to tell whether more rows would help: 100 more could bring anything from 0 to 5",
        ),
        (Reason("more_sampled", {"n": 20_000, "all": 90_000}), "Up to 20,000 rows, more rows still help. You have 90,000"),
    ],
)
def test_each_statement_has_its_sentence(open_app: Open, bank: Project, ws: Workspace, verdict: Reason, sentence: str) -> None:
    found_before(ws, bank, curve(gain=Gain(100, 0.0, 0.0, 0.01, verdict)))
    assert sentence in texts(open_app("estimate", bank))


def test_starving_categories_are_named_with_their_rows(open_app: Open, bank: Project, ws: Workspace) -> None:
    hungry = (Starving("Sub Category", "Fee *Waivers*", 1, 0.0), Starving("Sub Category", "", 9, 0.05))
    found_before(ws, bank, curve(starving=hungry, starved=40))
    app = open_app("estimate", bank)
    assert "40 categories need rows most" in texts(app) and "And 38 more categories." in texts(app)
    shown = table(app, "Recognised")
    assert shown.values.tolist() == [["Sub Category", "Fee *Waivers*", 1, "0%"], ["Sub Category", "(blank)", 9, "5%"]]


def test_nothing_starves_and_nothing_is_said_of_it(open_app: Open, bank: Project, ws: Workspace) -> None:
    found_before(ws, bank, curve())
    assert "rows most" not in texts(open_app("estimate", bank))


def test_the_test_rows_have_their_claim_and_a_table(open_app: Open, bank: Project, ws: Workspace) -> None:
    found_before(ws, bank, curve())
    app = open_app("estimate", bank)
    n = ws.dataset(str(bank.dataset_id)).counts["test"]
    assert f"With {n} test rows, 80% right ({round(0.8 * n)} of them) means between" in texts(app)
    shown = next(frame.value for frame in app.dataframe if frame.value.columns[0] == "Right in the test")
    assert len(shown) == 6 and shown["Right in the test"].iloc[-1] == "100%"
    assert shown["Likely on new questions"].iloc[-1].endswith(" – 100%")
    needed = table(app, "Right answers")
    assert list(needed["Right answers"]) == ["80% against 60%", "80% against 70%", "80% against 75%"]
    assert "McNemar" in texts(app) and "takes about 313 test rows" in texts(app)


def test_twenty_test_rows_mean_58_to_92(open_app: Open, bank: Project, ws: Workspace) -> None:
    found_before(ws, bank, curve())
    project = another(ws, bank, counts={**ws.dataset(str(bank.dataset_id)).counts, "test": 20})
    assert "With 20 test rows, 80% right (16 of them) means between 58% and 92% on new questions." in texts(open_app("estimate", project))


def test_without_test_rows_nothing_can_be_claimed(open_app: Open, bank: Project, ws: Workspace) -> None:
    found_before(ws, bank, curve())
    project = another(ws, bank, counts={**ws.dataset(str(bank.dataset_id)).counts, "test": 0})
    app = open_app("estimate", project)
    assert not app.exception and "nothing can be claimed" in texts(app)
    assert list(table(app, "Test rows")["Test rows"]) == [20, 50, 100, 200, 500, 1000]


def test_free_text_has_the_claim_alone_and_nothing_is_begun(open_app: Open, bank: Project, ws: Workspace) -> None:
    app = open_app("estimate", shaped(ws, bank, {"kind": "text"}))
    assert not app.exception
    assert "cannot be told beforehand here" in texts(app) and "whatever you count yourself" in texts(app)
    assert "means between" in texts(app) and not [task for task in ws.tasks() if task.kind == KIND]


def test_preference_pairs_have_the_claim_alone(open_app: Open, bank: Project, ws: Workspace) -> None:
    pairs = ws.put_file(b"\n", "pairs.jsonl", now=NOW).sha256
    app = open_app("estimate", another(ws, bank, pairs_train_sha=pairs))
    assert not app.exception and "cannot be told beforehand here" in texts(app)
    assert not [task for task in ws.tasks() if task.kind == KIND]


def test_very_few_rows_are_told_at_once(open_app: Open, bank: Project, ws: Workspace) -> None:
    lines = [
        json.dumps({"messages": [{"role": "user", "content": f"question {n}"}, {"role": "assistant", "content": "AB"[n % 2]}]})
        for n in range(12)
    ]
    few = ws.put_file("\n".join(lines).encode(), "few.jsonl", now=NOW).sha256
    counts = {**ws.dataset(str(bank.dataset_id)).counts, "train": 12}
    app = open_app("estimate", another(ws, bank, train_sha=few, counts=counts, shape={"kind": "label"}))
    assert not app.exception
    assert "Different questions: 12; a learning curve can be drawn from 40 on." in texts(app)
    assert not [task for task in ws.tasks() if task.kind == KIND]


def test_work_that_was_stopped_or_failed_can_be_tried_again(open_app: Open, bank: Project, ws: Workspace) -> None:
    ws.end_task(begun(ws, bank), "failed", NOW, pid=1, error=TunesmithError("There was not enough memory for this work."))
    app = open_app("estimate", bank)
    assert not app.exception and "There was not enough memory" in texts(app) and "means between" in texts(app)
    assert any(button.label == "Try again" for button in app.button)
    assert app.button(key="next_train"), "the rest of the page is there"


def test_many_fields_are_all_in_the_table(open_app: Open, bank: Project, ws: Workspace) -> None:
    found = learning_curve(*WORLD.rows(60, seed=1), LABEL, know_by_heart, repeats=1)
    fields = {f"field {n}": Share(0.5, 0.4, 0.6) for n in range(5)}
    found_before(ws, bank, replace(found, points=tuple(replace(point, fields=fields) for point in found.points)))
    app = open_app("estimate", bank)
    app.session_state["learning_table"] = True
    app.run()
    assert not app.exception and len(table(app, "Rows learned from")) == 6 * 4
