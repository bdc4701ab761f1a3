"""How a file was read is said on Prepare, and can be decided otherwise there."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from core.io.workspace import Workspace
from core.prepare.draft import Draft, OwnTest
from core.prepare.source import Choices
from core.prepare.worksheet import Worksheet, Written
from tests.pages.conftest import NOW
from tests.prepare.packed import workbook, zipped

Open = Callable[..., AppTest]
ROWS = [("Question", "Label"), *((f"How do I reset thing number {n}?", ("Hardware", "Software")[n % 2]) for n in range(30))]
FEW = [("Ask", "Say"), *((f"Where is part {n}?", f"On shelf {n % 4}.") for n in range(12))]


def _texts(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*app.markdown, *app.caption, *app.error)).replace("\\", "")


def _box(app: AppTest, label: str) -> Any:
    return next(box for box in app.selectbox if box.label == label)


def _opened(open_app: Open, ws: Workspace, name: str, data: bytes) -> AppTest:
    """The page with the file in use and its controls unfolded."""
    app = open_app()
    app.file_uploader(key="upload_new").upload(name, data).run()
    assert not app.exception and not app.error
    app.session_state[f"reading_{ws.projects()[0].id}"] = True
    return app.run()


def test_a_workbook_opens_and_another_of_its_sheets_can_be_chosen(open_app: Open, ws: Workspace) -> None:
    app = _opened(open_app, ws, "book.xlsx", workbook({"Rows": ROWS, "Parts": FEW}))
    assert "30 rows" in _texts(app) and "the sheet “Rows”, the fullest of 2" in _texts(app)
    _box(app, "Sheet").set_value("Parts").run()
    assert not app.exception
    assert "12 rows" in _texts(app) and "the sheet “Parts”, as you chose" in _texts(app)
    assert [box.value for box in app.multiselect[:2]] == [["Ask"], ["Say"]]
    assert Draft.from_dict(ws.projects()[0].draft).reading == Choices(sheet="Parts")
    _box(app, "Sheet").select_index(0).run()
    assert "30 rows" in _texts(app) and Draft.from_dict(ws.projects()[0].draft).reading == Choices()


def test_only_those_controls_are_shown_that_the_file_has(open_app: Open, ws: Workspace) -> None:
    text = "\n".join(",".join(row) for row in ROWS)
    app = _opened(open_app, ws, "rows.zip", zipped({"a.csv": text, "b.csv": "Ask,Say\n" + "x,y\n" * 3}))
    shown = [box.label for box in app.selectbox]
    assert {"File in the zip", "Letters (encoding)", "Columns are separated by", "First row"} <= set(shown)
    assert "Sheet" not in shown and "Records" not in shown


def test_records_can_be_read_as_a_plain_table(open_app: Open, ws: Workspace) -> None:
    lines = "".join(f'{{"instruction": "Greet guest {n}.", "input": "", "output": "Halo {n}"}}\n' for n in range(12))
    app = _opened(open_app, ws, "a.jsonl", lines.encode())
    assert "12 conversations" in _texts(app)
    _box(app, "Records").set_value("table").run()
    assert not app.exception
    assert "12 rows" in _texts(app) and [box.label for box in app.multiselect[:2]] == ["Question", "Answer"]


def test_a_choice_that_makes_the_file_unreadable_is_taken_back_by_one_click(open_app: Open, ws: Workspace) -> None:
    book = workbook({"Rows": ROWS, "Empty": [("Only a header", "and nothing")]})
    app = _opened(open_app, ws, "book.xlsx", book)
    _box(app, "Sheet").set_value("Empty").run()
    assert not app.exception and len(app.error) == 1
    next(button for button in app.button if button.label == "Read the file as before").click().run()
    assert not app.exception and "30 rows" in _texts(app)


def test_the_work_on_a_sheet_is_kept_and_comes_back_with_it(open_app: Open, ws: Workspace) -> None:
    app = _opened(open_app, ws, "book.xlsx", workbook({"Rows": [*ROWS, *ROWS[1:4]], "Parts": FEW}))
    project = ws.projects()[0]
    app.button(key=f"repair_{project.id}_duplicates").click().run()
    mine = ws.put_file(b"Question,Label\nWhere is the lamp?,Hardware", "own.csv", now=NOW).sha256
    sheet = Worksheet(True, "missing", {2: Written("Hardware", True)})
    work = replace(Draft.from_dict(ws.project(project.id).draft), own_test=OwnTest(mine, "own.csv"), worksheet=sheet)
    ws.update_project(project.id, NOW, draft=work.to_dict())
    ws.hold_file(project.id, "own_test", mine)
    app.run()
    assert "comes back" not in _texts(app)
    assert _box(app, "Sheet").options == ["Rows, as the app found it", "Parts"]
    _box(app, "Sheet").set_value("Parts").run()
    assert not app.exception
    assert "What you did with Rows is kept, and comes back when you choose it again." in _texts(app)
    assert "Changes so far" not in _texts(app)
    assert _box(app, "Sheet").options == ["Rows, as the app found it", "Parts"], "no sheet is offered twice"
    app.session_state[f"split_advanced_{project.id}"] = True
    app.run()
    app.button(key=f"drop_own_test_{project.id}").click().run()
    again = open_app("prepare", ws.project(project.id))  # a refresh
    again.session_state[f"reading_{project.id}"] = True
    again.run()
    _box(again, "First row").set_value(False).run()
    _box(again, "Sheet").select_index(0).run()
    assert not again.exception
    assert replace(Draft.from_dict(ws.project(project.id).draft), others=()) == work
    assert ws.read_file(mine) and "comes back" not in _texts(again).replace("What you did with Parts is kept, and comes back", "")
    assert "Changes so far" in _texts(again) and _box(again, "First row").value is None
