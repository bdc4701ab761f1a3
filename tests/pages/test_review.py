"""Compare for advice in free text: the review row by row, and answers for a whole file."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.base.remote import Job, JobStatus
from core.base.types import Example
from core.compare.rows import examples_of
from core.compare.run import Candidate, find, start
from core.io.connections import connection
from core.io.workspace import Dataset, Project, Workspace
from core.prepare.samples import samples
from core.prepare.work import save
from pages.ui import every_row, report
from tests.pages.conftest import NOW
from tests.servers.fake_openai import FakeOpenAI

Open = Callable[..., AppTest]
KEY = "sk-proj-fake0123456789abcdefghij"
TUNED = "ft:gpt-4.1-mini-2025-04-14:org:sensor:abc"
BASE = "gpt-4.1-mini-2025-04-14"
EVIL = "Usage fell 3%. ![x](https://elsewhere.example/leak.png) <script>alert(1)</script> :red[now] **bold**\nCheck the *pump*."


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY) as running:
        yield running


@pytest.fixture
def sensor(ws: Workspace, server: FakeOpenAI) -> Project:
    """The sensor example with a model that was trained on a server."""
    one = samples()["sensor_advice"]
    return trained_on(ws, server, one.read(), one.file, one.draft.to_dict())


def trained_on(ws: Workspace, server: FakeOpenAI, data: bytes, file: str, draft: dict[str, Any]) -> Project:
    """A project with this file and a model that was trained on a server."""
    where = connection("custom", base_url=server.base_url)
    ws.set_setting(f"address {where.origin}", where.base_url)
    project = ws.create_project("Sensors", now=NOW, connection_id="custom")
    stored = ws.put_file(data, file, now=NOW)
    ws.update_project(project.id, NOW, source=stored.sha256, source_name=file, draft=draft, base_url=where.base_url)
    args = {"source": stored.sha256, "name": file, "draft": draft, "min_examples": 10, "project": project.id}
    saved = save(ws, args, lambda done, total: None, clock=lambda: NOW)["dataset_id"]
    plan = ws.save_plan(
        project.id,
        now=NOW,
        dataset_id=saved,
        connection_id="custom",
        origin=where.origin,
        base_model=BASE,
        preset="balanced",
        hyperparameters={},
        seed=1,
        suffix="sensor",
        budget=None,
        estimate={},
        key="a" * 64,
    )
    record, _ = ws.claim_job(plan.id, 1, NOW)
    job = Job("ftjob-1", JobStatus.SUCCEEDED, "succeeded", BASE, TUNED, created_at=NOW)
    ws.update_job(record.id, state="created", remote_id=job.id, job=job, looked_at=NOW)
    return ws.update_project(project.id, NOW, dataset_id=saved, plan_id=plan.id)


def rows_of(ws: Workspace, project: Project) -> tuple[Example, ...]:
    return examples_of(ws, ws.dataset(str(project.dataset_id)), "test")


def answered(ws: Workspace, project: Project, model: str, answers: Sequence[str | None], notes: Sequence[Mapping[str, Any]] = ()) -> None:
    """A finished run over the test rows: the first ones are answered so, the others with what the data says."""
    dataset: Dataset = ws.dataset(str(project.dataset_id))
    rows = rows_of(ws, project)
    where = connection("custom", base_url=project.base_url)
    label, role = ("After", "tuned") if model == TUNED else ("Before", "base")
    run = start(ws, project.id, Candidate(role, label, "custom", where.origin, model), rows, now=NOW, dataset_id=dataset.id)  # type: ignore[arg-type]
    for row in ws.claim_rows(run.id, "me", len(rows), NOW, 60):
        answer = answers[row.index] if row.index < len(answers) else row.expected
        known = notes[row.index] if row.index < len(notes) else {}
        words = {"error": "The server refused this row."} if answer is None else {"answer": answer}
        ws.finish_row(run.id, row.index, owner="me", now=NOW + timedelta(minutes=1), notes=known, **words)  # type: ignore[arg-type]


def texts(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.error, *app.info, *app.warning, *app.text, *app.header)
    return "\n".join(str(element.value) for element in elements).replace("\\", "").replace("`", "")


def note(app: AppTest) -> Any:
    return next(box for box in app.main.text_area if box.label.startswith("Your note on row"))


def write(app: AppTest, text: str) -> AppTest:
    note(app).set_value(text).run()
    assert not app.exception
    return app


def test_a_row_is_shown_with_its_picture_its_fields_and_three_texts(open_app: Open, ws: Workspace, sensor: Project) -> None:
    answered(ws, sensor, BASE, ["Look at the meter.", "Other."])
    answered(ws, sensor, TUNED, ["Look at the cold store."])
    first = rows_of(ws, sensor)[0]
    app = open_app("compare", sensor)
    assert not app.exception
    assert "Read the answers, row by row" in texts(app)
    assert f"Row {first.row}" in texts(app)
    (chart,) = app.get("plotly_chart")
    assert "usage_kwh of this device over" in chart.proto.alt
    fields = app.table[0].value
    assert fields.iloc[0, 0].replace("\\", "") == "usage_kwh"
    assert first.answer in texts(app), "what a person wrote"
    shown = texts(app)
    assert "Look at the :orange-background[**meter**]." in shown
    assert "Look at the :orange-background[**cold store**]." in shown
    assert not app.metric, "free text has no score"


def test_marks_may_be_set_against_what_a_person_wrote(open_app: Open, ws: Workspace, sensor: Project) -> None:
    written = rows_of(ws, sensor)[0].answer
    answered(ws, sensor, BASE, ["Nothing at all to see."])
    answered(ws, sensor, TUNED, [written])
    app = open_app("compare", sensor)
    box = next(box for box in app.main.get("button_group") if box.label == "Mark what differs from")
    box.set_value("written").run()
    assert not app.exception
    assert "The same as the written answer." in texts(app)


def test_markup_in_answers_is_shown_as_text(open_app: Open, ws: Workspace, sensor: Project) -> None:
    answered(ws, sensor, BASE, [EVIL])
    answered(ws, sensor, TUNED, [EVIL.replace("fell", "rose")])
    app = open_app("compare", sensor)
    assert not app.exception
    shown = [element.value for element in (*app.markdown, *app.caption) if "leak" in element.value]
    assert shown, "the answers are there"
    for value in shown:
        assert "![" not in value.replace("\\!\\[", "") and "<script" not in value.replace("\\<", "") and ":red[" not in value
        assert "https://" not in re.sub(r"`[^`]+`", "", value), "an address is shown as code, of which no link is made"


def test_notes_are_kept_at_once_each_by_itself_and_may_be_taken_back(open_app: Open, ws: Workspace, sensor: Project) -> None:
    answered(ws, sensor, BASE, [])
    answered(ws, sensor, TUNED, [])
    rows = rows_of(ws, sensor)
    app, other = open_app("compare", sensor), open_app("compare", sensor)
    assert f"{len(rows)} rows to read." in texts(app) and "have a note of yours" not in texts(app)
    assert not [box for box in app.main.get("button_group") if "judgement" in box.label], "which is better, the blind vote tells"
    write(app, "Too *long*.")
    next(button for button in other.main.button if button.label == "Next row").click().run()
    write(other, "=1+1")
    again = open_app("compare", sensor)
    assert "2 have a note of yours." in texts(again), "one of two tabs does not undo the other"
    assert note(again).value == "Too *long*."
    write(again, "")
    assert "1 has a note of yours." in texts(again)
    assert ws.settings_under(f"review/{sensor.id}/{sensor.dataset_id}/{TUNED}/note/") == {str(rows[0].row): "", str(rows[1].row): "=1+1"}


def test_what_was_judged_in_an_older_version_is_the_note(open_app: Open, ws: Workspace, sensor: Project) -> None:
    answered(ws, sensor, BASE, [])
    answered(ws, sensor, TUNED, [])
    first = rows_of(ws, sensor)[0]
    ws.set_setting(f"review/{sensor.id}/{sensor.dataset_id}/{TUNED}", {str(first.row): "after"})
    app = open_app("compare", sensor)
    assert note(app).value == "After is better" and "1 has a note of yours." in texts(app)
    write(app, "After is better, but long.")
    assert note(open_app("compare", sensor)).value == "After is better, but long."


def test_the_report_and_the_table_hold_the_notes(monkeypatch: pytest.MonkeyPatch, open_app: Open, ws: Workspace, sensor: Project) -> None:
    answered(ws, sensor, BASE, ["Look."])
    answered(ws, sensor, TUNED, ["Wait."])
    write(open_app("compare", sensor), "A <b>note</b>")
    taken: list[report.Compared] = []
    monkeypatch.setattr(report, "offer", taken.append)
    tables: list[Any] = []
    monkeypatch.setattr(every_row, "export", lambda found, dataset, **more: tables.append(more["notes"]))
    assert not open_app("compare", sensor).exception
    row = rows_of(ws, sensor)[0].row
    assert taken[-1].notes == tables[-1] == {row: "A <b>note</b>"}
    section = report._notes(taken[-1])
    assert section is not None
    (quote,) = section.quotes
    assert [text for _, text in quote.texts] == ["Look.", "Wait.", "A <b>note</b>"]


def test_a_number_from_elsewhere_is_marked(open_app: Open, ws: Workspace, sensor: Project) -> None:
    notes = {"matched": "usage_kwh: 7", "similarity": 0.5, "row": 9, "filled": [], "foreign": ["4711"], "differs": ["meter_update"]}
    answered(ws, sensor, BASE, ["It used 8150 kWh."])
    answered(ws, sensor, TUNED, ["It used 4711 kWh."], [notes])
    app = open_app("compare", sensor)
    shown = texts(app)
    assert "1 number here belongs to another reading: 4711." in shown
    assert "The closest one differs in: meter_update." in shown
    assert "Not in the reading: 8150." in shown
    assert "Not in the reading: 4711." not in shown, "said once"


def test_a_row_without_an_answer_says_why(open_app: Open, ws: Workspace, sensor: Project) -> None:
    answered(ws, sensor, BASE, [])
    answered(ws, sensor, TUNED, [None])
    app = open_app("compare", sensor)
    assert not app.exception
    assert "The server refused this row." in texts(app)


def test_bank_answers_are_scored_and_not_reviewed(open_app: Open, bank: Project) -> None:
    app = open_app("compare", bank)
    assert not app.exception
    assert "Read the answers" not in texts(app)


def new_file(app: AppTest, name: str, data: bytes) -> AppTest:
    next(box for box in app.main.file_uploader if box.label == "File with new rows").upload(name, data).run()
    assert not app.exception
    return app


def ready(open_app: Open, sensor: Project) -> AppTest:
    app = open_app("compare", sensor)
    next(box for box in app.sidebar.text_input if box.label.startswith("API key")).set_value(KEY).run()
    assert not app.exception
    return app


FIELDS = "usage_kwh,day_over_day_pct,week_over_week_pct,month_over_month_pct,usage_pattern,usage_anomaly,meter_update"
LINES = "Gym,12.5,3,,1,steady,no,on time\nGym,,,,,,,\nGym,8,1,2,3,drop,yes,late\n"


def test_a_file_is_answered_after_a_yes(open_app: Open, ws: Workspace, sensor: Project, server: FakeOpenAI) -> None:
    server.models.append({"id": TUNED, "object": "model"})
    server.answer = lambda body: "=1+1 is no formula"
    app = new_file(ready(open_app, sensor), "june.csv", f"device,{FIELDS}\n{LINES}".encode())
    shown = texts(app)
    assert "2 rows ask something." in shown and "1 row asks nothing and is left out." in shown
    assert "2 questions will be sent to" in shown
    button = next(button for button in app.main.button if button.label == "Answer 2 rows")
    assert button.disabled and server.seen("POST /chat/completions") == []
    next(box for box in app.main.checkbox if box.key.startswith("consent_rows_")).check().run()
    next(button for button in app.main.button if button.label == "Answer 2 rows").click().run()
    end = time.monotonic() + 30
    while "2 of 2 rows" not in texts(app) and time.monotonic() < end:
        time.sleep(0.2)
        app.run()
    assert not app.exception
    assert "Answers to june.csv: 2 of 2 rows." in texts(app)
    asked = [request.json for request in server.seen("POST /chat/completions")]
    assert sorted(body["messages"][1]["content"].split("\n")[0] for body in asked) == ["usage_kwh: 12.5", "usage_kwh: 8"]
    assert {body["messages"][0]["content"] for body in asked} == {ws.dataset(str(sensor.dataset_id)).system_prompt}
    assert {body["model"] for body in asked} == {TUNED}
    again = open_app("compare", sensor)
    assert "Answers to june.csv: 2 of 2 rows." in texts(again), "a new session finds them"
    where = connection("custom", base_url=sensor.base_url)
    tuned = Candidate("tuned", "After", "custom", where.origin, TUNED)
    assert find(ws.runs(sensor.id), tuned, sensor.dataset_id, rows_of(ws, sensor)) is None, "the comparison does not take them for its own"


def test_a_file_half_answered_goes_on_when_the_app_is_back(open_app: Open, ws: Workspace, sensor: Project, server: FakeOpenAI) -> None:
    server.models.append({"id": TUNED, "object": "model"})
    server.answer = lambda body: "Wait."
    where = connection("custom", base_url=sensor.base_url)
    tuned = Candidate("tuned", "After", "custom", where.origin, TUNED)
    run = start(ws, sensor.id, tuned, rows_of(ws, sensor)[:6], now=NOW)
    for row in ws.claim_rows(run.id, "an app that was killed", 2, NOW, 1):
        ws.finish_row(run.id, row.index, owner="an app that was killed", now=NOW, answer="Answered before.")
    ws.set_setting(f"new_rows/{sensor.id}/{sensor.dataset_id}/{TUNED}", {"run": run.id, "name": "june.csv", "sha256": "0"})
    server.key = "none"  # what is sent where no key was typed
    app = open_app("compare", sensor)
    end = time.monotonic() + 30
    while "6 of 6 rows" not in texts(app) and time.monotonic() < end:
        time.sleep(0.2)
        app.run()
    assert not app.exception
    assert "Answers to june.csv: 6 of 6 rows." in texts(app)
    assert len(server.seen("POST /chat/completions")) == 4, "what was answered is not asked again"


def test_a_file_that_lacks_question_columns_is_told_which(open_app: Open, sensor: Project) -> None:
    app = new_file(open_app("compare", sensor), "june.csv", b"usage_kwh,usage_pattern\n12.5,steady\n")
    assert "This file lacks columns that the model is asked with: day_over_day_pct," in texts(app)
    assert not any(button.label.startswith("Answer ") for button in app.main.button)


def test_lines_of_a_file_that_cannot_be_read_are_named(open_app: Open, sensor: Project) -> None:
    names = FIELDS.split(",")
    good = json.dumps(dict(zip(names, "12.5,3,,1,steady,no,on time".split(","), strict=True)))
    app = new_file(open_app("compare", sensor), "june.jsonl", f"{good}\n{{cut off\n{good}\n".encode())
    shown = texts(app)
    assert "2 rows ask something." in shown
    assert "1 line cannot be read and is left out: 2. Mend it in a text editor and choose the file again." in shown


def test_the_answered_test_rows_are_there_without_asking_anew(open_app: Open, ws: Workspace, sensor: Project, server: FakeOpenAI) -> None:
    answered(ws, sensor, BASE, [])
    answered(ws, sensor, TUNED, [])
    total = len(rows_of(ws, sensor))
    app = open_app("compare", sensor)
    next(box for box in app.main.get("button_group") if box.label == "Which rows?").set_value("test").run()
    assert not app.exception
    assert f"Answers to sensor_advice.csv: {total} of {total} rows." in texts(app)
    assert server.seen("POST /chat/completions") == []


def test_what_was_said_before_a_question_is_shown_with_it(open_app: Open, ws: Workspace, server: FakeOpenAI) -> None:
    def line(n: int) -> str:
        said = [f"Is *pump {n}* the old one?", f"Yes, number {n} is.", f"What is wrong with number {n}?", f"It has lost {n * 37} litres."]
        roles = ["user", "assistant"] * 2
        return json.dumps({"messages": [{"role": role, "content": words} for role, words in zip(roles, said, strict=True)]})

    talks = trained_on(ws, server, "\n".join(map(line, range(1, 81))).encode(), "talks.jsonl", {})
    answered(ws, talks, BASE, ["\n\n"])
    answered(ws, talks, TUNED, [" "])
    first = rows_of(ws, talks)[0]
    app = open_app("compare", talks)
    assert not app.exception
    box = next(one for one in app.main.expander if one.label == "What was said before: 2 turns")
    assert [one.value for one in box.text] == [f"Is *pump {first.row}* the old one?", f"Yes, number {first.row} is."]
    table = next(one.value for one in app.dataframe if "Said before" in one.value.columns)
    assert table["Said before"][0] == f"Question: Is *pump {first.row}* the old one?\nAnswer: Yes, number {first.row} is."
    assert texts(app).count("The model answered with nothing but blank lines.") == 2
