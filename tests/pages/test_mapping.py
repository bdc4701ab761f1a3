"""The choice of columns on Prepare: own texts with a live example, conversations, and choices kept for other files."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace
from core.prepare.draft import Draft
from core.prepare.mapping import Mapping
from core.prepare.recipes import recipes
from tests.pages.conftest import NOW, ROOT
from tests.prepare.builders import csv_bytes, labelled

Open = Callable[..., AppTest]
USAGE = [("day", "usage", "dod", "note", "advice")] + [
    (f"2026-03-{at % 28 + 1:02d}", f"{at}.123456", "nan" if at % 2 else f"{at}.5", f"Hall {at}", a)
    for at, (_, a) in enumerate(labelled(40))
]
TALK = [("thread", "turn", "asked", "told")] + [
    (str(at % 15), str(at // 15), f"{q} Part {at // 15}.", f"It is about {a}, number {at}.") for at, (q, a) in enumerate(labelled(45))
]


def project_of(ws: Workspace, rows: list[tuple[str, ...]], name: str = "march.csv") -> Project:
    project = ws.create_project(name.partition(".")[0], now=NOW, connection_id="this-machine")
    stored = ws.put_file(csv_bytes(rows), name, now=NOW)
    return ws.update_project(project.id, NOW, source=stored.sha256, source_name=name)


def mapping_of(ws: Workspace, project: Project) -> Mapping:
    found = Draft.from_dict(ws.project(project.id).draft).mapping
    assert found is not None
    return found


def box(app: AppTest, label: str) -> object:
    boxes = (*app.text_area, *app.selectbox, *app.multiselect, *app.text_input)
    return next(one for one in boxes if one.label == label)


def choose(app: AppTest, label: str, value: object) -> AppTest:
    box(app, label).set_value(value).run()  # type: ignore[attr-defined]
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label.replace("\\", "") == label).click().run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    found = (*app.markdown, *app.caption, *app.error, *app.success, *app.text)
    return "\n".join(str(one.value) for one in found).replace("\\", "")


def example(app: AppTest) -> list[str]:
    line = next(code.value for code in app.code if code.value.startswith('{"messages"'))
    return [message["content"] for message in json.loads(line)["messages"]]


def test_a_text_of_ones_own_is_seen_in_the_example_at_once(open_app: Open, ws: Workspace) -> None:
    project = project_of(ws, USAGE)
    app = open_app("prepare", project)
    choose(app, "Text of the question", "Usage {usage} kWh, {dod}% up.\n{{note}}: {note}")
    assert example(app)[-2] == "Usage 0.123456 kWh, 0.5% up.\n{note}: Hall 0"
    assert said(app).count(example(app)[-2]) == 2, "beside the columns and below the text itself"
    choose(app, "Numbers", 1)
    assert example(app)[-2] == "Usage 0.1 kWh, 0.5% up.\n{note}: Hall 0"
    app.session_state[f"line_{project.id}"] = 2
    app.run()
    assert example(app)[-2] == "Usage 1.1 kWh.\n{note}: Hall 1"
    choose(app, "Where a value is missing", "say_unknown")
    assert example(app)[-2] == "Usage 1.1 kWh, unknown% up.\n{note}: Hall 1"
    assert box(app, "Question").disabled and not box(app, "Answer").disabled  # type: ignore[attr-defined]
    choose(app, "Text of the question", "")
    assert mapping_of(ws, project).question_template is None and not box(app, "Question").disabled  # type: ignore[attr-defined]


def test_what_is_wrong_with_a_text_is_said_below_it_and_the_text_stays(open_app: Open, ws: Workspace) -> None:
    project = project_of(ws, USAGE)
    app = choose(open_app("prepare", project), "Text of the question", "Usage {usge} kWh")
    assert "no column named usge" in said(app) and "Did you mean usage?" in said(app)
    assert len(app.error) == 1, "it is said once"
    assert box(app, "Text of the question").value == "Usage {usge} kWh"  # type: ignore[attr-defined]
    again = open_app("prepare", project)
    assert box(again, "Text of the question").value == "Usage {usge} kWh"  # type: ignore[attr-defined]
    choose(again, "Text of the question", "Usage {usage} kWh")
    assert not again.error and example(again)[-2] == "Usage 0.123456 kWh"
    choose(again, "System prompt", "You advise {note} and {ussage}.")
    assert "no column named ussage" in said(again)


def test_columns_are_put_in_and_the_text_begins_with_those_chosen(open_app: Open, ws: Workspace) -> None:
    project = project_of(ws, USAGE)
    app = choose(open_app("prepare", project), "Question", ["usage", "dod"])
    press(app, "Begin with the columns above")
    assert box(app, "Text of the question").value == "usage: {usage}\ndod: {dod}"  # type: ignore[attr-defined]
    choose(app, "Put a column into the question", "note")
    assert mapping_of(ws, project).question_template == "usage: {usage}\ndod: {dod} {note}"
    assert box(app, "Put a column into the question").value is None, "ready for the next"  # type: ignore[attr-defined]


def test_everything_but_the_answer_is_the_question_with_one_click(open_app: Open, ws: Workspace) -> None:
    project = project_of(ws, USAGE)
    app = press(open_app("prepare", project), "All other columns are the question")
    assert mapping_of(ws, project).question == ("day", "usage", "dod", "note")
    assert box(app, "Question").value == ["day", "usage", "dod", "note"]  # type: ignore[attr-defined]
    assert example(app)[-2] == "day: 2026-03-01\nusage: 0.123456\ndod: 0.5\nnote: Hall 0"


def test_a_text_of_ones_own_is_never_thrown_away(open_app: Open, ws: Workspace) -> None:
    project = project_of(ws, USAGE)
    rest = "All other columns are the question"
    app = choose(open_app("prepare", project), "Text of the question", "Usage {usage} kWh")
    assert next(one for one in app.button if one.label == rest).disabled, "greyed out together with the columns"
    choose(app, "Text of the question", "")
    assert not next(one for one in app.button if one.label == rest).disabled
    press(app, rest)
    again = open_app("prepare", project)
    press(again, "Take my text back")
    assert mapping_of(ws, project).question_template == "Usage {usage} kWh"
    assert box(again, "Text of the question").value == "Usage {usage} kWh"  # type: ignore[attr-defined]
    assert all(one.label != "Take my text back" for one in again.button)


def test_the_training_line_stands_beside_the_text_that_makes_it(open_app: Open, ws: Workspace) -> None:
    project = project_of(ws, USAGE)
    app = choose(open_app("prepare", project), "Text of the question", "Usage {usage} kWh")
    app.session_state[f"line_{project.id}"] = 3
    app.run()
    lines = [code.value for code in app.code if code.value.startswith('{"messages"')]
    assert len(lines) == 2 and len(set(lines)) == 1 and "Usage 2.123456 kWh" in lines[0], "of the row that is looked at"


def test_rows_become_conversations(open_app: Open, ws: Workspace) -> None:
    project = project_of(ws, TALK)
    app = choose(open_app("prepare", project), "Question", ["asked"])
    choose(app, "Answer", ["told"])
    choose(app, "Rows of one conversation share", "thread")
    choose(app, "Their order", "turn")
    assert len(example(app)) == 6 and example(app)[0].endswith("Part 0.") and example(app)[4].endswith("Part 2.")
    choose(app, "Who speaks", "asked")
    assert "where the text of each message stands" in said(app)
    choose(app, "Rows of one conversation share", "")
    assert mapping_of(ws, project) == Mapping(("asked",), ("told",))
    assert len(example(app)) == 2


def test_choices_are_kept_and_used_for_the_next_file(open_app: Open, ws: Workspace) -> None:
    first = project_of(ws, USAGE)
    app = choose(open_app("prepare", first), "Text of the question", "{note} used {usage} kWh")
    choose(app, "Numbers", 0)
    choose(app, "Name of these choices", "Halls [monthly]")
    press(app, "Save these choices")
    assert [one.name for one in recipes(ws)] == ["Halls [monthly]"]

    second = project_of(ws, [row[1:] for row in USAGE], "april.csv")
    app = open_app("prepare", second)
    assert "The choices that you saved as Halls [monthly] fit this file." in said(app)
    press(app, "Use the choices of Halls [monthly]")
    assert example(app)[-2] == "Hall 0 used 0 kWh"
    assert box(app, "Text of the question").value == "{note} used {usage} kWh"  # type: ignore[attr-defined]
    press(app, "Undo")
    assert ws.project(second.id).draft == Draft().to_dict(), "nothing is lost by trying"
    assert box(app, "Text of the question").value == ""  # type: ignore[attr-defined]

    third = project_of(ws, [row[:3] + row[4:] for row in USAGE], "may.csv")
    app = open_app("prepare", third)
    assert "It lacks these columns, which would be left out: note." in said(app)
    press(app, "Use the choices of Halls [monthly]")
    assert mapping_of(ws, third).question == ("usage",) and mapping_of(ws, third).decimals == 0

    press(app, "Forget")
    assert recipes(ws) == ()


def test_a_file_of_another_kind_is_offered_nothing(open_app: Open, ws: Workspace) -> None:
    app = open_app("prepare", project_of(ws, USAGE))
    press(app, "Save these choices")
    other = open_app("prepare", project_of(ws, TALK, "talk.csv"))
    assert "fit this file" not in said(other)
    assert next(one for one in other.button if one.label == "Use the choices of march").disabled


def test_choices_come_from_another_machine(open_app: Open, ws: Workspace) -> None:
    app = open_app("prepare", project_of(ws, USAGE))
    upload = next(one for one in app.file_uploader if one.key == "recipe_file")
    upload.upload("notes.json", b'{"a": 1}').run()
    assert "holds no choices that were saved here" in said(app)
    made = {"kind": "tunesmith recipe", "name": "Halls", "columns": list(USAGE[0]), "mapping": {"question": ["note"], "answer": ["advice"]}}
    next(one for one in app.file_uploader if one.key == "recipe_file").upload("choices.json", json.dumps(made).encode()).run()
    assert not app.exception and [one.name for one in recipes(ws)] == ["Halls"]
    made["steps"] = [{"repair": "polish"}, {"repair": "trim"}]
    next(one for one in app.file_uploader if one.key == "recipe_file").upload("choices.json", json.dumps(made).encode()).run()
    assert "1 change of another version was left out: polish." in [one.value for one in app.caption]


@pytest.mark.parametrize("name", ["bank_support.csv", "marv_chat.jsonl"])
def test_choices_of_an_example_can_be_kept(open_app: Open, ws: Workspace, name: str) -> None:
    project = ws.create_project(name, now=NOW, connection_id="this-machine")
    stored = ws.put_file((ROOT / "sample_data" / name).read_bytes(), name, now=NOW)
    app = press(open_app("prepare", ws.update_project(project.id, NOW, source=stored.sha256, source_name=name)), "Save these choices")
    assert f"Saved: {name}" in said(app)
    press(app, f"Use the choices of {name}")
    assert "are in use" in said(app)


def test_a_column_put_into_a_blank_text_keeps_the_question_in_use(open_app: Open, ws: Workspace) -> None:
    project = project_of(ws, USAGE)
    app = choose(open_app("prepare", project), "Question", ["usage"])
    choose(app, "Put a column into the question", "note")
    assert mapping_of(ws, project).question_template == "{usage} {note}"
