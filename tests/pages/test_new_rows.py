"""Answers for a file of new rows: its own columns stay, doubtful answers come first, and what is in use survives a refresh."""

import csv
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace
from pages.ui import doubting
from tests.pages.test_review import BASE, KEY, TUNED, answered, new_file, rows_of, sensor, server, texts, trained_on
from tests.servers.fake_openai import FakeOpenAI

__all__ = ["sensor", "server"]
Open = Callable[..., AppTest]
ROOT = Path(__file__).resolve().parents[2]
NEW = (
    "ticket,Support Query,Answer,Sub Category\n"
    "007,Where is my new card?,=1+1,\n"
    "008,,kept,\n"
    "009,Quel temps fera-t-il à Zürich ?,x,\n"
    "010,My card was swallowed by the machine.,x,\n"
)


@pytest.fixture
def support(ws: Workspace, server: FakeOpenAI) -> Project:
    """The bank example with a model that was trained on a server; it answers, and refuses one row."""
    data = (ROOT / "sample_data" / "bank_support.csv").read_bytes()
    server.models.append({"id": TUNED, "object": "model"})
    return trained_on(ws, server, data, "bank_support.csv", {})


@pytest.fixture
def taught_answer() -> Iterator[str]:
    """The answer of the first row of the bank example, as the training has it."""
    with (ROOT / "sample_data" / "bank_support.csv").open(encoding="utf-8-sig", newline="") as file:
        line = next(csv.DictReader(file))
    yield json.dumps({"Top Category": line["Top Category"], "Sub Category": line["Sub Category"]})


def asked(open_app: Open, project: Project, data: str) -> AppTest:
    """The page with every row of a new file answered."""
    app = open_app("compare", project)
    next(box for box in app.sidebar.text_input if box.label.startswith("API key")).set_value(KEY).run()
    new_file(app, "june.csv", data.encode())
    next(box for box in app.main.checkbox if box.key.startswith("consent_rows_")).check().run()
    next(button for button in app.main.button if button.label.startswith("Answer ")).click().run()
    end = time.monotonic() + 30
    while "doubtful" not in texts(app) and time.monotonic() < end:
        time.sleep(0.2)
        app.run()
    assert not app.exception
    return app


def table(app: AppTest) -> pd.DataFrame:
    return next(one.value for one in app.dataframe if "System prompt" in one.value.columns)


def first_of(app: AppTest, choice: str) -> None:
    next(box for box in app.main.get("button_group") if box.label == "Which rows first?").set_value(choice).run()
    assert not app.exception


def test_the_files_own_columns_stand_beside_the_answers(open_app: Open, support: Project, server: FakeOpenAI, taught_answer: str) -> None:
    server.answer = lambda body: "no JSON" if "swallowed" in body["messages"][-1]["content"] else taught_answer
    app = asked(open_app, support, NEW)
    first_of(app, "file")
    shown = table(app)
    assert shown["ticket"].tolist() == ["007", "008", "009", "010"], "zeros before a number stay"
    assert shown["Answer"].tolist() == ["=1+1", "kept", "x", "x"], "a column that is called as one of ours"
    assert list(shown.columns)[-5:-1] == ["ticket", "Support Query", "Answer", "Sub Category"]
    assert shown["Answer: Top Category"].fillna("").tolist()[1::2] == ["", ""] and shown["Answer: Top Category"][0]
    assert shown["Answer as it came"].tolist()[3] == "no JSON"
    assert "Not asked: it asks nothing" in shown["Note"][1]


def test_doubtful_answers_come_first_each_with_its_reason(open_app: Open, support: Project, server: FakeOpenAI, taught_answer: str) -> None:
    server.answer = lambda body: "no JSON" if "swallowed" in body["messages"][-1]["content"] else taught_answer
    app = asked(open_app, support, NEW)
    shown = table(app)
    why = shown["Why doubtful"].fillna("").tolist()
    assert "The answer is not built as the taught ones are." in why[-3:] + why[:3]
    assert any("The question is unlike everything that was taught." in one for one in why)
    doubtful = [bool(one) for one in why]
    assert doubtful == sorted(doubtful, reverse=True) and any(doubtful) and not all(doubtful)
    first_of(app, "only")
    assert len(table(app)) == sum(doubtful)
    assert f"{sum(doubtful)} answers are doubtful: look at them first." in texts(app)


def test_what_a_flag_is_worth_is_said_from_the_test_rows(open_app: Open, ws: Workspace, support: Project, server: FakeOpenAI) -> None:
    rows = rows_of(ws, support)
    answered(ws, support, BASE, [])
    answered(ws, support, TUNED, ["no JSON"] * 8)
    server.answer = lambda body: rows[20].answer
    app = asked(open_app, support, NEW)
    said = next(one for one in texts(app).split("\n") if one.startswith("Of the test rows that would be flagged, "))
    numbers = [int(one) for one in said.replace(";", " ").replace(".", " ").split() if one.isdigit()]
    assert numbers[0] == 8 and numbers[2] == 0 and numbers[1] + numbers[3] <= len(rows)


def test_categories_are_drawn_beside_the_training(open_app: Open, support: Project, server: FakeOpenAI, taught_answer: str) -> None:
    server.answer = lambda body: taught_answer
    app = asked(open_app, support, NEW)
    assert any("Share of each category among the answers" in one.proto.alt for one in app.get("plotly_chart"))
    name = json.loads(taught_answer)["Top Category"]
    assert f"Furthest apart is {name}: 100% of the answers" in texts(app)
    next(box for box in app.main.get("button_group") if box.label == "Field").set_value("Sub Category").run()
    assert f"Furthest apart is {json.loads(taught_answer)['Sub Category']}: 100% of the answers" in texts(app)


def test_of_a_single_answer_no_drift_is_told(open_app: Open, support: Project, server: FakeOpenAI, taught_answer: str) -> None:
    server.answer = lambda body: taught_answer
    app = asked(open_app, support, "\n".join(NEW.split("\n")[:2]))
    assert "With 1 answer no share differs more than chance would explain." in texts(app) and "Furthest apart" not in texts(app)


def test_of_free_text_no_categories_are_drawn(open_app: Open, sensor: Project, server: FakeOpenAI) -> None:
    server.models.append({"id": TUNED, "object": "model"})
    server.answer = lambda body: "It used 4711 kWh, so wait."
    fields = "usage_kwh,day_over_day_pct,week_over_week_pct,month_over_month_pct,usage_pattern,usage_anomaly,meter_update"
    app = asked(open_app, sensor, f"device,{fields}\nGym,12.5,3,,1,steady,no,on time\n".replace(",,1,", ",1,"))
    assert not [one for one in app.get("plotly_chart") if "category" in one.proto.alt]
    assert "Every number comes from the question" in table(app)["Why doubtful"][0]
    assert "4711" in table(app)["Why doubtful"][0]
    assert table(app)["device"].tolist() == ["Gym"]
    assert "Of the test rows that would be flagged" not in texts(app)


def test_a_file_in_use_is_there_after_a_refresh_until_it_is_taken_away(open_app: Open, ws: Workspace, support: Project) -> None:
    new_file(open_app("compare", support), "june.csv", NEW.encode())
    kept = ws.get_setting(f"new_rows/{support.id}/{support.dataset_id}/{TUNED}")
    assert ws.read_file(kept["sha256"]) == NEW.encode()
    again = open_app("compare", support)
    assert "In use: june.csv" in texts(again) and "3 rows ask something." in texts(again)
    next(button for button in again.main.button if button.label == "Take the file away").click().run()
    assert not again.exception and "In use: june.csv" not in texts(again)
    assert ws.get_setting(f"new_rows/{support.id}/{support.dataset_id}/{TUNED}") is None
    ws.sweep()
    assert not list(ws.home.glob(f"files/*/{kept['sha256']}")), "nothing else needs it"


def test_a_file_that_cannot_be_used_takes_no_ones_place(open_app: Open, ws: Workspace, support: Project) -> None:
    app = new_file(open_app("compare", support), "june.csv", NEW.encode())
    new_file(app, "other.csv", b"a,b\n1,2\n")
    assert "This file lacks columns that the model is asked with: Support Query." in texts(app)
    assert ws.get_setting(f"new_rows/{support.id}/{support.dataset_id}/{TUNED}")["name"] == "june.csv"


def test_a_row_that_failed_keeps_its_reason_and_is_not_doubted(open_app: Open, ws: Workspace, support: Project) -> None:
    answered(ws, support, BASE, [])
    answered(ws, support, TUNED, [None, "no JSON"])
    app = open_app("compare", support)
    next(box for box in app.main.get("button_group") if box.label == "Which rows?").set_value("test").run()
    assert not app.exception
    first_of(app, "file")
    shown = table(app)
    assert shown["Note"][0] == "The server refused this row." and pd.isna(shown["Why doubtful"][0])
    assert shown["Why doubtful"][1].startswith("The answer is not built as the taught ones are.")


def test_of_many_rows_the_doubts_are_worked_out_by_the_worker(
    monkeypatch: pytest.MonkeyPatch, open_app: Open, support: Project, server: FakeOpenAI, taught_answer: str
) -> None:
    monkeypatch.setattr(doubting, "SMALL", 0)
    server.answer = lambda body: "no JSON" if "swallowed" in body["messages"][-1]["content"] else taught_answer
    shown = table(asked(open_app, support, NEW))
    why = dict(zip(shown["ticket"], shown["Why doubtful"].fillna(""), strict=True))
    assert why["010"].startswith("The answer is not built as the taught ones are.")
    assert why["009"].startswith("The question is unlike everything that was taught.")
