"""Prepare on screen: repairs with what they would change, undo and redo, rows by hand, the worksheet, pictures, taking the data away."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Dataset, Project, Workspace
from core.prepare.draft import Draft, OwnTest, Step
from core.prepare.samples import samples
from pages.ui import data_card
from tests.pages.conftest import NOW
from tests.prepare.test_labels import with_wrong
from tests.servers.fake_openai import FakeOpenAI

Open = Callable[..., AppTest]
ROWS = [f"How do I reset thing number {at}?,{'Hardware' if at % 2 else 'Software'}" for at in range(30)]
TWICE = ("Question,Label\n" + "\n".join([*ROWS, *ROWS[:5], 'Who are you?,""'])).encode()
ASKED = [f"usage: {at}.5, dod: {at - 10}, anomaly: {'true' if at % 3 else 'false'}" for at in range(1, 31)]


def texts(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.error, *app.success, *app.info, *app.warning, *app.text)
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def draft(ws: Workspace, project: Project) -> Draft:
    return Draft.from_dict(ws.project(project.id).draft)


def project_of(ws: Workspace, data: bytes, name: str, **fields: object) -> Project:
    project = ws.create_project(name, now=NOW, connection_id="this-machine")
    stored = ws.put_file(data, name, now=NOW)
    return ws.update_project(project.id, NOW, source=stored.sha256, source_name=name, **fields)


@pytest.fixture
def twice(ws: Workspace) -> Project:
    return project_of(ws, TWICE, "twice.csv")


@pytest.fixture
def unanswered(ws: Workspace) -> Project:
    lines = [
        {"messages": [{"role": "system", "content": "Advise."}, {"role": "user", "content": ask}, {"role": "assistant", "content": ""}]}
        for ask in ASKED
    ]
    return project_of(ws, "\n".join(map(json.dumps, lines)).encode(), "open.jsonl")


def test_undo_and_redo_go_along_the_changes(open_app: Open, twice: Project, ws: Workspace) -> None:
    app = open_app("prepare", twice)
    app.button(key=f"repair_{twice.id}_duplicates").click().run()
    assert "Changes so far" in texts(app) and "5 rows" in texts(app)
    app.button(key=f"undo_{twice.id}").click().run()
    assert draft(ws, twice).steps == () and app.button(key=f"undo_{twice.id}").disabled
    assert "Changes so far" not in texts(app), "nothing stands below it any more"
    app.button(key=f"redo_{twice.id}").click().run()
    assert [step.repair for step in draft(ws, twice).steps] == ["drop_duplicates"]
    assert app.button(key=f"redo_{twice.id}").disabled


def test_undo_takes_the_last_change_that_is_seen_whatever_version_made_it(open_app: Open, twice: Project, ws: Workspace) -> None:
    steps = (Step("drop_duplicates"), Step("trim"), Step("fold_time", params={"by": "week"}))
    app = open_app("prepare", ws.update_project(twice.id, NOW, draft=Draft(steps=steps).to_dict()))
    unknown, idle = "fold_time – a change made by another version, not applied", "– nothing to do in this file"
    assert unknown in texts(app) and texts(app).count(idle) == 1 and "5 rows" in texts(app)
    app.button(key=f"undo_{twice.id}").click().run()
    assert draft(ws, twice).steps == steps[:2] and unknown not in texts(app)
    app.button(key=f"redo_{twice.id}").click().run()
    assert draft(ws, twice).steps == steps and unknown in texts(app)
    for left in (2, 1, 0):
        app.button(key=f"undo_{twice.id}").click().run()
        assert draft(ws, twice).steps == steps[:left]
    assert app.button(key=f"undo_{twice.id}").disabled and idle not in texts(app)


def test_only_steps_of_another_version_can_be_undone_too(open_app: Open, twice: Project, ws: Workspace) -> None:
    app = open_app("prepare", ws.update_project(twice.id, NOW, draft={"steps": [{"repair": "drop_empty"}, {"repair": "fold_time"}, {}]}))
    assert "fold_time" in texts(app) and "? – a change made by another version" in texts(app)
    app.button(key=f"undo_{twice.id}").click().run()
    assert not app.exception and [step.repair for step in draft(ws, twice).steps] == ["drop_empty", "fold_time"]
    app.button(key="save").click().run()
    dataset = ws.datasets(twice.id)[0]
    assert dataset.settings["applied"][1:] == [{"repair": "fold_time", "rows": [], "n": 0, "unknown": True}]
    assert "fold" not in data_card.markdown(dataset)


def test_what_was_just_mended_is_shown_as_done(open_app: Open, twice: Project, ws: Workspace) -> None:
    app = open_app("prepare", twice)
    assert "Row 32 is a copy of row 2" in texts(app) and "Rows 32 (repeats 2), 33 (repeats 3)" in texts(app)
    assert "Row 37" in texts(app) and "Rows 37" not in texts(app)
    assert "To be mended first: 1" in texts(app) and "Worth a look after that: 1" in texts(app)
    app.button(key=f"repair_{twice.id}_duplicates").click().run()
    assert "done] Exact copies of an earlier row: 5" in texts(app)
    app.button(key=f"undo_{twice.id}").click().run()
    assert "done]" not in texts(app) and "Exact copies of an earlier row: 5" in texts(app)


@pytest.fixture
def doubted(ws: Workspace) -> Project:
    _, _, data = with_wrong(300, 2, 12)
    rows = ["Question,Label", *(f'"{one.question}",{one.answer}' for one in data)]
    return project_of(ws, "\n".join(rows).encode(), "doubted.csv")


def _tick(app: AppTest, project: Project, *lines: int) -> AppTest:
    app.session_state[f"choose_{project.id}_label_doubts"] = True
    app.run()
    app.session_state[str(app.data_editor[0].key)] = {
        "edited_rows": {line: {"use": True} for line in lines},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    return app


def test_single_labels_are_chosen_by_their_ticks(open_app: Open, doubted: Project, ws: Workspace) -> None:
    app = _tick(open_app("prepare", doubted), doubted, 0, 2)
    table = app.data_editor[0].value
    assert list(table) == ["use", "row", "question", "given", "likelier", "sure"] and table["sure"][0].endswith("%")
    label = app.button(key=f"repair_{doubted.id}_label_doubts").label
    app.button(key=f"better_{doubted.id}_label_doubts").click().run()
    (step,) = draft(ws, doubted).steps
    assert not app.exception and step.repair == "use_better_label"
    assert label.startswith("Use the suggested label in all ")
    assert step.params == {"labels": {str(table["row"][at]): {"answer": table["likelier"][at]} for at in (0, 2)}}
    assert "done] Use the suggested label – 2 rows" in texts(app)


def test_single_doubted_rows_are_left_out_by_their_ticks(open_app: Open, doubted: Project, ws: Workspace) -> None:
    app = _tick(open_app("prepare", doubted), doubted)
    assert app.button(key=f"better_{doubted.id}_label_doubts").disabled and app.button(key=f"out_{doubted.id}_label_doubts").disabled
    row = int(app.data_editor[0].value["row"][1])
    app = _tick(app, doubted, 1)
    app.button(key=f"out_{doubted.id}_label_doubts").click().run()
    assert [(step.repair, step.rows) for step in draft(ws, doubted).steps] == [("leave_out", (row,))]


def test_labels_that_are_right_are_kept_the_ticked_ones_or_all(open_app: Open, doubted: Project, ws: Workspace) -> None:
    app = _tick(open_app("prepare", doubted), doubted, 1)
    keep = f"keep_{doubted.id}_label_doubts"
    assert app.button(key=keep).label == "Keep the labels where ticked"
    row = int(app.data_editor[0].value["row"][1])
    app.button(key=keep).click().run()
    assert [(step.repair, step.rows) for step in draft(ws, doubted).steps] == [("keep_labels", (row,))]
    assert "done] Keep these labels – 1 row" in texts(app)
    app = _tick(app, doubted)
    assert app.button(key=keep).label.startswith("Keep the labels of all ")
    app.button(key=keep).click().run()
    assert not app.exception and "Labels that are probably wrong" not in texts(app)
    app.button(key=f"undo_{doubted.id}").click().run()
    assert "Labels that are probably wrong" in texts(app)


def test_the_instruction_stands_once_in_full(open_app: Open, ws: Workspace) -> None:
    instruction = "Offer a direct and professional recommendation based on the provided data, in at most three sentences."
    rows = ["question,answer", *(f'"usage: {at}, dod: {at - 7}","{instruction}"' for at in range(1, 31))]
    app = open_app("prepare", project_of(ws, "\n".join(rows).encode(), "sensors.csv"))
    checks = [one.value.replace("\\", "") for one in (*app.error, *app.markdown, *app.caption)]
    assert sum(f"“{instruction}”" in one for one in checks) == 1
    assert "“Offer a direct and professional recommen…”" in app.error[0].value.replace("\\", "")


def test_a_changed_row_is_kept_as_a_step(open_app: Open, twice: Project, ws: Workspace) -> None:
    app = open_app("prepare", twice)
    app.session_state[f"edit_rows_{twice.id}"] = True
    app.run()
    app.session_state[str(app.data_editor[0].key)] = {
        "edited_rows": {0: {"question": "Is it broken?", "answer ": "Hardware"}, 3: {"use": False}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    steps = draft(ws, twice).steps
    assert not app.exception
    assert [(step.repair, step.rows) for step in steps] == [("edit", (2,)), ("leave_out", (5,))]
    assert steps[0].params == {"question": "Is it broken?", "answer": "Hardware"}


def test_the_answer_stands_beside_the_question_in_the_editor(open_app: Open, twice: Project) -> None:
    app = open_app("prepare", twice)
    app.session_state[f"edit_rows_{twice.id}"] = True
    app.run()
    assert list(app.data_editor[0].value.columns) == ["row", "question", "answer ", "use"]
    widths = [one["width"] for one in json.loads(app.data_editor[0].proto.columns).values() if "width" in one]
    assert len(widths) == 4 and sum(widths) <= 334, "all of it is seen on a phone of 400 pixels"


def test_the_worksheet_is_open_where_answers_are_missing(open_app: Open, unanswered: Project, ws: Workspace) -> None:
    app = open_app("prepare", unanswered)
    assert not app.exception
    assert app.button(key="save").disabled
    fields = [box for box in app.text_area if box.label.startswith("Answer to row")]
    assert [box.label for box in fields] == [f"Answer to row {row}" for row in range(1, 6)]
    fields[0].set_value("Nothing to do: usage is low.").run()
    assert draft(ws, unanswered).worksheet.answers[1].approved is False, "typed is kept, and not yet approved"
    app.button(key=f"sheet_ok_{unanswered.id}_1").click().run()
    sheet = draft(ws, unanswered).worksheet
    assert sheet.on and sheet.answers[1].text == "Nothing to do: usage is low."
    assert "1 of 30 answers approved" in str([bar.proto.text for bar in app.get("progress")])  # type: ignore[attr-defined]
    listed = [box.label for box in app.text_area if box.label.startswith("Answer to row")]
    assert listed == [f"Answer to row {row}" for row in range(1, 6)], "what is approved stays where it is"
    app.button(key=f"sheet_back_{unanswered.id}_1").click().run()
    assert draft(ws, unanswered).worksheet.answers[1].approved, "the second of a double click takes nothing back"
    time.sleep(1)
    app.button(key=f"sheet_back_{unanswered.id}_1").click().run()
    assert not draft(ws, unanswered).worksheet.answers[1].approved
    app.button(key=f"sheet_ok_{unanswered.id}_1").click().run()
    app.button(key=f"sheet_ok_{unanswered.id}_2").click().run()
    assert 2 not in draft(ws, unanswered).worksheet.answers and [one.value for one in app.toast] == ["Write an answer first."]
    app.button(key=f"sheet_go_on_{unanswered.id}").click().run()
    listed = [box.label for box in app.text_area if box.label.startswith("Answer to row")]
    assert listed == [f"Answer to row {row}" for row in range(2, 7)]


def test_enough_approved_answers_make_the_data_ready(open_app: Open, unanswered: Project, ws: Workspace) -> None:
    app = open_app("prepare", unanswered)
    for _ in range(4):
        fields = [box for box in app.text_area if box.label.startswith("Answer to row")]
        for box in fields:
            box.set_value(f"Advice for {box.label.split()[-1]}: look at the meter.")
        app.run()
        app.button(key=f"sheet_approve_{unanswered.id}").click().run()
        assert not app.exception
    assert len(draft(ws, unanswered).worksheet.approved) == 20
    assert not app.button(key="save").disabled
    app.button(key="save").click().run()
    dataset = ws.datasets(unanswered.id)[0]
    assert sum(dataset.counts.values()) == 20 and len(dataset.settings["worksheet"]["answers"]) == 20


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        running.answer = lambda body: f"Draft for {body['messages'][-1]['content'][:9]}"
        yield running


def test_a_connected_model_drafts_and_nothing_trains_before_it_is_approved(
    open_app: Open, unanswered: Project, ws: Workspace, server: FakeOpenAI
) -> None:
    app = open_app("prepare", ws.update_project(unanswered.id, NOW, connection_id="custom", base_url=server.base_url))
    app.session_state[f"drafting_{unanswered.id}"] = True
    app.run()
    next(box for box in app.sidebar.text_input if box.label.startswith("API key")).set_value(server.key).run()
    assert "30 questions will be sent to 127.0.0.1" in texts(app)
    assert app.button(key=f"draft_{unanswered.id}").disabled
    next(box for box in app.checkbox if box.label.startswith("Yes, send them")).check().run()
    app.button(key=f"draft_{unanswered.id}").click().run()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and len([one for one in server.requests if one.route == "POST /chat/completions"]) < 30:
        time.sleep(0.1)
    time.sleep(0.5)
    app.run()
    assert not app.exception
    fields = [box for box in app.text_area if box.label.startswith("Answer to row")]
    assert fields[0].value == "Draft for usage: 1."
    assert draft(ws, unanswered).worksheet.answers == {} and app.button(key="save").disabled
    app.button(key=f"sheet_approve_{unanswered.id}").click().run()
    sheet = draft(ws, unanswered).worksheet
    assert len(sheet.approved) == 5 and {one.by for one in sheet.answers.values()} == {"gpt-4.1-mini-2025-04-14"}


def test_the_practice_model_is_not_asked_to_draft(open_app: Open, unanswered: Project) -> None:
    app = open_app("prepare", unanswered)
    app.session_state[f"drafting_{unanswered.id}"] = True
    app.run()
    assert "The practice model cannot write answers of its own" in texts(app)


def test_the_saved_data_is_taken_away_in_another_format(open_app: Open, bank: Project) -> None:
    app = open_app("prepare", bank)
    app.session_state[f"exports_{bank.id}"] = True
    app.run()
    for name in ("openai", "mistral", "sharegpt", "csv"):
        app.selectbox(key=f"format_{bank.id}").set_value(name).run()
        assert not app.exception
        assert len(app.get("download_button")) == 3
    assert "As documented at" not in texts(app)


def test_a_file_that_took_the_place_of_another_can_be_taken_back(open_app: Open, twice: Project, ws: Workspace) -> None:
    mine = ws.put_file(b"Question,Label\nWhere is the lamp?,Hardware", "own.csv", now=NOW).sha256
    ws.hold_file(twice.id, "own_test", mine)
    before = ws.update_project(twice.id, NOW, draft=Draft(seed=7, own_test=OwnTest(mine, "own.csv")).to_dict())
    app = open_app("prepare", before)
    broken = b'Question,Label\n"' + b"x" * 6_000_000  # too large to be tried before it takes the place of the other
    app.file_uploader(key=f"upload_{twice.id}").upload("broken.csv", broken).run()
    other = ws.put_file(b"Question,Label\nWhere is the bulb?,Hardware", "own.csv", now=NOW).sha256
    ws.hold_file(twice.id, "own_test", other)  # the other file gets a test file of its own
    ws.sweep()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(one.label.startswith("Go back to") for one in app.button):
        time.sleep(0.5)
        app.run()
    app.button(key=f"former_{twice.id}").click().run()
    after = ws.project(twice.id)
    assert (after.source, after.source_name, after.draft) == (before.source, before.source_name, before.draft)
    ws.sweep()
    assert "36 rows" in texts(app) and ws.read_file(mine)


@pytest.mark.parametrize(("example", "categories"), [("marv", False), ("bank_support", False), (None, True)])
def test_the_map_is_explained_by_what_it_shows(
    open_app: Open, twice: Project, ws: Workspace, example: str | None, categories: bool
) -> None:
    one = samples()[example] if example else None
    project = project_of(ws, one.read(), one.file) if one else twice
    app = open_app("prepare", project)
    app.session_state[f"pictures_{project.id}"] = True
    deadline = time.monotonic() + 60
    while "Each dot is a question" not in texts(app):
        assert time.monotonic() < deadline
        app.run()
        time.sleep(0.3)
    assert ("A dot of one category" in texts(app)) is categories


def test_the_data_card_names_the_model_that_drafted() -> None:
    assert "drafted by gpt-4.1-mini and approved" in data_card.markdown(card_of("a.csv"))


def test_the_card_shows_no_escapes_where_none_are_needed() -> None:
    made = data_card.markdown(card_of("bank_support (2026-11).csv"))
    assert "\\" not in made and "Source: bank_support (2026-11).csv" in made
    hostile = data_card.markdown(card_of(r"![x](https://a.example/b.png) <img src=x> *b* `c` [d](e) _f_ &lt;"))
    assert r"!\[x\](`https://a.example/b.png`) \<img src=x> \*b\* \`c\` \[d\](e) \_f\_ \&lt;" in hostile
    assert "\n- Source: 1" in data_card.markdown(card_of("1. # x"))


def test_the_card_is_read_on_the_page(open_app: Open, bank: Project) -> None:
    app = open_app("prepare", bank)
    app.session_state[f"exports_{bank.id}"] = True
    app.session_state[f"card_{bank.dataset_id}"] = True
    app.run()
    assert not app.exception
    assert "Data card: bank_support.csv, version 1" in texts(app) and "Where it comes from" in texts(app)


def card_of(name: str) -> Dataset:
    answers = {"2": {"text": "Do it.", "approved": True, "by": "gpt-4.1-mini"}}
    return Dataset(
        id="d",
        project_id="p",
        version=1,
        created_at=NOW,
        source_sha="0" * 64,
        source_name=name,
        settings={"worksheet": {"on": True, "scope": "missing", "answers": answers}},
        shape={"kind": "text", "fields": []},
        counts={"train": 1, "validation": 0, "test": 0},
        train_sha="1" * 64,
        validation_sha=None,
        test_sha=None,
        split={"seed": 1, "reasons": []},
        findings=[],
        system_prompt="",
    )


def test_pairs_say_what_is_trained_and_are_taken_away_whole(open_app: Open, ws: Workspace) -> None:
    records = [{"prompt": f"How is number {n}?", "chosen": f"So it is, {n}.", "rejected": f"Never {n}."} for n in range(24)]
    project = project_of(ws, "".join(json.dumps(one) + "\n" for one in records).encode(), "pairs.jsonl")
    app = open_app("prepare", project)
    assert "24 rows are pairs of a better and a worse answer. The training file holds the better answers alone." in texts(app)
    app.button(key="save").click().run()
    assert not app.exception and ws.datasets(project.id)[0].is_pairs
    app.session_state[f"exports_{project.id}"] = True
    app.run()
    assert "A format for preference pairs holds both" in texts(app)
    box = app.selectbox(key=f"format_{project.id}")
    assert "Preference pairs: OpenAI and compatible servers" in box.options
    box.set_value("trl_pairs").run()
    assert not app.exception and not app.warning
    assert "24 examples have a worse answer beside them" in data_card.markdown(ws.datasets(project.id)[0])


def test_data_without_pairs_is_offered_no_format_for_them(open_app: Open, bank: Project) -> None:
    app = open_app("prepare", bank)
    app.session_state[f"exports_{bank.id}"] = True
    app.run()
    assert not [name for name in app.selectbox(key=f"format_{bank.id}").options if "pairs" in name]
