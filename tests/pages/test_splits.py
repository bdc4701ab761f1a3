"""The split on screen: kept together, by time, with a test file of one's own, and shared out by category."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace
from core.prepare.draft import Draft, OwnTest
from core.prepare.mapping import Mapping
from core.prepare.recipes import keep, recipe
from tests.pages.conftest import NOW
from tests.prepare.builders import csv_bytes, labelled

Open = Callable[..., AppTest]
PAIRS = labelled(80)
TRAIN = csv_bytes(
    [("customer", "day", "question", "label"), *((f"c{i % 8}", f"2026-01-{i % 28 + 1:02}", *pair) for i, pair in enumerate(PAIRS))]
)
TEST = csv_bytes([("question", "label"), PAIRS[4], *((f"Quite another question about thing {i}?", "Fees") for i in range(6))])


@pytest.fixture
def project(ws: Workspace) -> Project:
    made = ws.create_project("Support", now=NOW, connection_id="this-machine")
    stored = ws.put_file(TRAIN, "train.csv", now=NOW)
    columns = {"mapping": {"question": ["question"], "answer": ["label"]}}
    return ws.update_project(made.id, NOW, source=stored.sha256, source_name="train.csv", draft=columns)


def said(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*app.markdown, *app.warning, *app.success)).replace("\\", "")


def draft(ws: Workspace, project: Project) -> Draft:
    return Draft.from_dict(ws.project(project.id).draft)


def test_columns_keep_rows_together_and_tell_the_time(open_app: Open, project: Project, ws: Workspace) -> None:
    app = open_app("prepare", project)
    next(box for box in app.multiselect if box.label == "Keep rows together by").set_value(["customer"]).run()
    assert draft(ws, project).groups == ("customer",) and not app.exception
    assert "under customer stay on one side" in said(app)
    next(box for box in app.multiselect if box.label == "Keep rows together by").set_value([]).run()
    next(box for box in app.selectbox if box.label == "Test the latest rows by").set_value("day").run()
    assert draft(ws, project).time == "day" and "The latest rows are the test" in said(app)
    app.button(key="save").click().run()
    saved = ws.datasets(project.id)[0]
    days = {row: (row - 2) % 28 for side in saved.split["rows"].values() for row in side}
    assert min(days[row] for row in saved.split["rows"]["test"]) > max(days[row] for row in saved.split["rows"]["train"])


def test_a_test_file_of_ones_own(open_app: Open, project: Project, ws: Workspace) -> None:
    app = open_app("prepare", project)
    uploader = next(one for one in app.get("file_uploader") if "test rows" in one.label)  # type: ignore[union-attr]
    uploader.set_value(("mine.csv", TEST, "text/csv")).run()  # type: ignore[union-attr]
    assert not app.exception
    assert draft(ws, project).own_test is not None
    assert "Also in the training: 1 of its 7 questions." in said(app)
    app.button(key=f"drop_own_test_{project.id}").click().run()
    assert draft(ws, project).own_test is None and not app.exception


def test_a_test_file_that_fits_no_longer_can_be_taken_away(open_app: Open, project: Project, ws: Workspace) -> None:
    stored = ws.put_file(b"a,b\n1,2\n", "odd.csv", now=NOW)
    odd = replace(draft(ws, project), own_test=OwnTest(stored.sha256, "odd.csv"))
    app = open_app("prepare", ws.update_project(project.id, NOW, draft=odd.to_dict()))
    assert not app.exception and app.button(key="save").disabled
    assert "odd.csv cannot be used" in said(app)
    app.button(key=f"drop_own_test_{project.id}").click().run()
    assert not app.button(key="save").disabled


def test_the_balance_is_a_chart_and_a_table(open_app: Open, project: Project) -> None:
    app = open_app("prepare", project)
    box = next(one for one in app.expander if one.label == "How each category is shared out")
    app.session_state[f"balance_{project.id}"] = True
    app.run()
    assert box is not None and not app.exception
    chart = next(one for one in app.get("plotly_chart") if "train, validate and test" in str(one.proto))  # type: ignore[attr-defined]
    assert chart is not None
    tables = [list(frame.value.columns) for frame in app.dataframe]
    assert ["Category", "Training", "Validation", "Test"] in tables


def test_kept_choices_show_in_the_settings_of_the_split(open_app: Open, project: Project, ws: Workspace) -> None:
    kept = Draft(mapping=Mapping(("question",), ("label",)), shares=(0.7, 0.1, 0.2), groups=("customer",))
    keep(ws, recipe("Support", kept, kept.mapping, ("customer", "day", "question", "label")))
    app = open_app("prepare", ws.update_project(project.id, NOW, draft={}))
    app.button[[one.label for one in app.button].index("Use the choices of Support")].click().run()
    assert next(box for box in app.multiselect if box.label == "Keep rows together by").value == ["customer"]
    next(box for box in app.number_input if box.label == "Test share (%)").set_value(30).run()
    assert draft(ws, project).shares == (0.6, 0.1, 0.3) and draft(ws, project).groups == ("customer",)
