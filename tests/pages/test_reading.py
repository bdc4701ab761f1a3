"""How a file was read is said on Prepare, and can be decided otherwise there."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from core.io.workspace import Workspace
from core.prepare.draft import Draft
from core.prepare.source import Choices
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
