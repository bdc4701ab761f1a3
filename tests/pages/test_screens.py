"""Each screen through streamlit_app.py: with nothing yet, ready, and with something wrong."""

import io
import zipfile
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace

Open = Callable[..., AppTest]
TITLES = {
    "prepare": "Prepare",
    "estimate": "Estimate",
    "train": "Train",
    "monitor": "Monitor",
    "playground": "Playground",
    "compare": "Compare",
}


def _workbook() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
    return held.getvalue()


def _texts(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.error, *app.success, *app.info, *app.warning, *app.text, *app.header)
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


@pytest.mark.parametrize("screen", TITLES)
def test_a_newcomer_finds_on_every_screen_what_it_is_for_and_where_to_begin(screen: str, open_app: Open) -> None:
    app = open_app(screen)
    assert not app.exception
    assert app.title[0].value == TITLES[screen]
    assert len(app.main.button) >= 1
    assert any(button.proto.type == "primary" for button in app.main.button)


def test_every_empty_screen_shows_what_it_will_hold(open_app: Open) -> None:
    shown = [[one.value for one in open_app(screen).main.caption if one.value.startswith("What you will see")] for screen in TITLES]
    assert [len(captions) for captions in shown] == [0, 1, 1, 1, 1, 1], "Prepare is the beginning"
    assert len({caption for captions in shown for caption in captions}) == 5, "each its own"


@pytest.mark.parametrize("screen", TITLES)
def test_the_frame_is_around_every_screen(screen: str, open_app: Open) -> None:
    app = open_app(screen)
    assert "Train and answer with" in [box.label for box in app.sidebar.selectbox]


@pytest.mark.parametrize("screen", TITLES)
def test_a_link_to_a_project_of_another_machine_says_so(screen: str, open_app: Open) -> None:
    app = open_app(screen)
    app.query_params["project"] = "nowhere123"
    app.run()
    assert not app.exception
    assert "This project is not on this machine." in _texts(app)


def test_the_example_is_one_click_away(open_app: Open) -> None:
    app = open_app()
    app.button(key="example_bank_support").click().run()
    assert not app.exception
    assert "301 rows" in _texts(app)
    assert "Ready: 301 examples and nothing to mend." in _texts(app)


def test_prepare_shows_the_exact_training_line(open_app: Open) -> None:
    app = open_app()
    app.button(key="example_bank_support").click().run()
    line = app.code[0].value
    assert line.startswith('{"messages": [{"role": "system"')
    assert '{\\"Top Category\\": \\"' in line


def test_an_uploaded_file_survives_a_new_session(open_app: Open, ws: Workspace) -> None:
    app = open_app()
    rows = "Question,Label\n" + "\n".join(f"How do I reset thing number {i}?,{'Hardware' if i % 2 else 'Software'}" for i in range(30))
    app.file_uploader(key="upload_new").upload("mine.csv", rows.encode()).run()
    assert not app.exception
    project = ws.projects()[0]
    again = open_app("prepare", project)
    assert "30 rows" in _texts(again)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("empty.csv", b"", "empty"),
        ("header.csv", b"Question,Answer\n", "header"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, ""),
        ("book.xlsx", _workbook(), "Excel"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_way_on(name: str, data: bytes, sentence: str, open_app: Open, ws: Workspace) -> None:
    app = open_app()
    app.file_uploader(key="upload_new").upload(name, data).run()
    assert not app.exception
    assert len(app.error) == 1
    assert sentence in _texts(app)
    assert ws.projects() == [], "a file that cannot be read makes no project"


WRONG = {
    "binary": (bytes(range(32)) * 90, "This is not a text file."),
    "empty": (b" ", "This file is empty."),
    "three columns of numbers": (b"a,b,c\n" + b"1,2,3\n4,5,6\n" * 9, "No column here looks like a question with its answer."),
    "cp1252": (
        ("Frage;Antwort\n" + "Können Sie mir die Gebühr erklären?;Gebühr\n" * 12).encode("cp1252"),
        "letters: Western European (Windows), the best fit",
    ),
    "over the limit": (b",".join([b"a"] * 2_001) + b"\n1\n", "The first row has 2,001 columns"),
    "one broken line": (
        b'{"Question": "Where is it?", "Answer": "Here"}\n' * 12 + b'{"Question": "cut\n',
        "Lines that cannot be read as JSON: 1",
    ),
}


@pytest.mark.parametrize("entrance", ["upload", "replace", "paste", "paste over"])
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_gets_its_sentence_on_every_entrance(kind: str, entrance: str, open_app: Open, bank: Project) -> None:
    data, sentence = WRONG[kind]
    project = bank if entrance in ("replace", "paste over") else None
    key = project.id if project else "new"
    app = open_app("prepare", project)
    if entrance.startswith("paste"):
        app.text_area(key=f"paste_{key}").set_value(data.decode("latin-1")).run()
        app.button(key=f"use_paste_{key}").click().run()
        sentence = "UTF-8 letters" if kind == "cp1252" else sentence  # what is pasted has been decoded already
    else:
        app.file_uploader(key=f"upload_{key}").upload("mine.csv", data).run()
    assert not app.exception
    assert sentence in _texts(app)


def test_three_columns_of_numbers_ask_for_the_columns(open_app: Open) -> None:
    app = open_app()
    data = "a,b,c\n" + "\n".join(f"{i},{i * 2},{i * 3}" for i in range(30))
    app.file_uploader(key="upload_new").upload("numbers.csv", data.encode()).run()
    assert not app.exception
    assert len(app.error) == 1
    assert [box.label for box in app.multiselect] == ["Question", "Answer"]


def test_choosing_other_columns_changes_the_training_line(open_app: Open) -> None:
    app = open_app()
    app.button(key="example_bank_support").click().run()
    answer = next(box for box in app.multiselect if box.label == "Answer")
    answer.set_value(["Top Category"]).run()
    assert not app.exception
    assert "Sub Category" not in app.code[0].value
    assert "Classify the message. Answer with one of these labels" in app.code[0].value


def test_duplicates_are_repaired_and_the_repair_undone(open_app: Open) -> None:
    app = open_app()
    rows = [f"How do I reset thing number {i}?,{'Hardware' if i % 2 else 'Software'}" for i in range(30)]
    app.file_uploader(key="upload_new").upload("twice.csv", ("Question,Label\n" + "\n".join(rows + rows[:5])).encode()).run()
    repair = next(button for button in app.button if "leave out its copies" in button.label)
    repair.click().run()
    assert not app.exception
    assert "Ready: 30 examples" in _texts(app)
    next(button for button in app.button if button.label == "Undo the last change").click().run()
    assert "35 examples" in _texts(app)


def test_a_saved_data_set_leads_to_estimate(open_app: Open, bank: Project) -> None:
    app = open_app("prepare", bank)
    assert "Saved as version 1." in _texts(app)
    assert app.button(key="next_estimate").proto.type == "primary"


def test_a_changed_draft_asks_to_be_saved_anew(open_app: Open, bank: Project) -> None:
    app = open_app("prepare", bank)
    next(box for box in app.number_input if box.label == "Seed").set_value(7).run()
    assert "Saved as version" not in _texts(app)
    app.button(key="save").click().run()
    assert "Saved as version 2." in _texts(app)


def test_estimate_is_free_on_this_machine(open_app: Open, bank: Project) -> None:
    app = open_app("estimate", bank)
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["free", "3", "free"]


def test_estimate_for_openai_asks_for_a_key_and_still_shows_the_price(open_app: Open, bank: Project, ws: Workspace) -> None:
    app = open_app("estimate", ws.update_project(bank.id, bank.updated_at, connection_id="openai"))
    assert not app.exception
    assert "Type its API key in the sidebar" in _texts(app)
    assert "New trainings end there on January 6, 2027" in _texts(app)
    assert app.metric[0].value.startswith("$")


def test_train_for_openai_names_the_host_and_waits_for_a_yes(open_app: Open, bank: Project, ws: Workspace) -> None:
    app = open_app("train", ws.update_project(bank.id, bank.updated_at, connection_id="openai"))
    assert not app.exception
    assert "will be sent to api.openai.com" in _texts(app)
    next(box for box in app.checkbox if "Yes, send them" in box.label).check().run()
    assert "Type the API key for api.openai.com" in _texts(app)
    assert app.button(key="start").disabled
    next(box for box in app.sidebar.text_input if box.label.startswith("API key")).set_value("sk-canary-0123456789abcdef").run()
    next(box for box in app.checkbox if "Yes, send them" in box.label).uncheck().run()
    assert app.button(key="start").disabled
    next(box for box in app.checkbox if "Yes, send them" in box.label).check().run()
    assert not app.button(key="start").disabled


def test_train_says_the_plan_in_one_sentence(open_app: Open, bank: Project) -> None:
    app = open_app("train", bank)
    assert not app.exception
    assert "Practice model will read 210 examples about 3 times" in _texts(app)
    assert "Nothing leaves this machine." in _texts(app)
