"""Monitor keeps the models on a shelf, takes in what was made elsewhere, and leads back to the plan of each."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.base.plan_file import PlanFile, read, to_dict, write
from core.base.report import as_html
from core.io.workspace import Project, Workspace
from core.monitor.curve import curve
from core.monitor.passport import passport
from core.monitor.shelf import is_deleted, shelf
from core.train.again import plan_file
from pages.ui.passport_page import report
from pages.ui.plan_file import name_of
from tests.monitor.test_elsewhere import foreign
from tests.pages.conftest import NOW
from tests.pages.test_states import back_to_train, look, running, server, started, texts, theirs, with_key
from tests.servers import FakeOpenAI

__all__ = ["running", "server", "theirs"]

Open = Callable[..., AppTest]


def opened(app: AppTest, *keys: str) -> AppTest:
    for key in keys:
        app.session_state[key] = True
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def finished(open_app: Open, theirs: Project, server: FakeOpenAI) -> AppTest:
    app, job = started(open_app, theirs, server)
    server.succeed(job)
    return look(app)


def test_before_the_first_model_the_shelf_says_what_it_is_for(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = look(started(open_app, theirs, server)[0])
    assert "A training that has ended well leaves a model" in texts(opened(app, f"shelf_{theirs.id}"))


def test_a_finished_model_stands_on_the_shelf_with_what_is_known_of_it(finished: AppTest, theirs: Project) -> None:
    told = texts(opened(finished, f"shelf_{theirs.id}"))
    assert "Data: bank_support.csv, version 1" in told and "3 checkpoints, of the steps 1, 2, 3." in told
    assert "How thorough: Balanced" in told
    assert "No score yet" in told and "Cost: not known here." in told


def test_a_model_is_deleted_only_after_a_yes(finished: AppTest, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    (record,) = ws.jobs(theirs.id)
    app = opened(finished, f"shelf_{theirs.id}")
    assert app.button(key=f"delete_model_{record.id}").disabled
    app.checkbox(key=f"sure_delete_{record.id}").check().run()
    assert server.seen("DELETE /models/{id}") == []
    app.button(key=f"delete_model_{record.id}").click().run()
    assert not app.exception
    assert len(server.seen("DELETE /models/{id}")) == 1 and is_deleted(ws, record)
    assert "was deleted." in texts(app)


def test_the_passport_is_read_on_the_page(finished: AppTest, theirs: Project, ws: Workspace) -> None:
    (record,) = ws.jobs(theirs.id)
    app = opened(finished, f"shelf_{theirs.id}", f"passport_{record.id}")
    told = texts(app)
    assert "Fingerprint: Training rows" in told and "Made with: tunesmith" in told
    assert "worked out from a file" in told and not re.search("[0-9a-f]{64}", told), "it is explained, and not read out"
    table = next(str(table.value.to_dict()) for table in app.dataframe if "Asked for" in table.value)
    assert "Epochs" in table and "n_epochs" not in table and "'auto'" not in table and "learning_rate" not in table
    assert "Data: bank_support.csv, version 1" in told


def test_the_passport_is_a_page_to_keep_too(finished: AppTest, theirs: Project, ws: Workspace) -> None:
    one = shelf(ws, theirs.id)[0]
    assert one.dataset is not None and one.plan is not None
    drawn = curve(ws.events(one.record.id), one.checkpoints)
    whole = {"model": "after", "what": "whole answers right", "right": 5, "rows": 10, "share": 0.5, "low": 0.24, "high": 0.76}
    plan = plan_file(one.plan, one.dataset)
    made = passport(one, plan=plan, curve=drawn, scores=[whole], software={"openai": "3"}, price=None, shutdown=None, now=NOW)
    page = as_html(report(made, "GPT <b> of today", "GPT-4.1 mini")).decode()
    assert one.dataset.train_sha in page and "GPT &lt;b&gt; of today" in page and "<b>" not in page
    assert "bank_support.csv, version 1" in page and "5 of 10; between 24% and 76%" in page and "n_epochs" not in page


def test_run_this_plan_again_fills_train_and_starts_nothing(finished: AppTest, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    (record,) = ws.jobs(theirs.id)
    app = opened(finished, f"shelf_{theirs.id}", f"passport_{record.id}")
    app.button(key=f"run_again_{record.id}").click().run()
    assert not app.exception and server.creates == 1
    back_to_train(app)
    assert not app.exception
    again = next(button for button in app.main.button if button.label == "Train again")  # the very same plan
    assert again.proto.type == "primary" and app.button(key="watch").proto.type == "secondary"
    assert "The plan was taken over." in texts(app)
    assert server.creates == 1


def test_a_plan_comes_back_from_its_file_with_its_settings(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, _ = started(open_app, theirs, server)
    (kept,) = ws.plans(theirs.id)
    file = plan_file(kept, ws.dataset(kept.dataset_id))
    changed = write(replace(file, hyperparameters={**file.hyperparameters, "n_epochs": 7}, suffix="seven", preset="quick"))
    assert read(changed).suffix == "seven" and json.loads(changed)["kind"] == to_dict(file)["kind"]
    back_to_train(app)
    opened(app, f"bring_{theirs.id}")
    before = next(box for box in app.main.button_group if box.label == "How thorough").key
    app.file_uploader(key=f"plan_file_{theirs.id}").upload("plan.json", b"no plan").run()
    assert "could not be read" in texts(app)
    app.file_uploader(key=f"plan_file_{theirs.id}").upload("plan.json", changed).run()
    assert "could not be read" not in texts(app)
    app.button(key=f"use_plan_{theirs.id}").click().run()
    assert not app.exception
    assert "The plan was taken over." in texts(app), "at once"
    assert "attempt" not in texts(app)
    thorough = next(box for box in app.main.button_group if box.label == "How thorough")
    assert thorough.value == "quick" and thorough.key != before, "a box of its own: the old one would keep in the browser what it showed"
    fields = {box.label: box.value for box in (*app.number_input, *app.text_input)}
    assert fields["Epochs"] == 7 and fields["Name of your model"] == "seven"
    assert server.creates == 1


def test_a_changed_plan_file_is_refused_in_words(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = opened(with_key(open_app("train", theirs), server))
    opened(app, f"bring_{theirs.id}")
    app.file_uploader(key=f"plan_file_{theirs.id}").upload("plan.json", b'{"kind": "tunesmith-plan", "version": 1, "x": 2}').run()
    assert not app.exception
    assert "a field that is not known here: x" in texts(app)


def test_a_foreign_job_is_taken_in_and_tried_like_ones_own(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    name = foreign(server, 1, model="gpt-4.1-nano-2025-04-14")
    app = opened(with_key(open_app("monitor", theirs), server), "elsewhere")
    assert server.seen("GET /fine_tuning/jobs") == []
    app.button(key="look_elsewhere").click().run()
    app.button(key=f"adopt_{name}").click().run()
    assert not app.exception
    (record,) = ws.jobs(theirs.id)
    assert record.remote_id == name and record.plan_id is None
    assert "None was made elsewhere: the 1 on the list is in your projects." in texts(app), "also the one that has just been taken in"
    server.succeed(name)
    app = look(app)
    told = texts(opened(app, f"shelf_{theirs.id}"))
    assert "It was trained elsewhere: nothing is known here of its data." in told
    app.switch_page("pages/playground.py").run()
    assert not app.exception and app.title[0].value == "Playground" and "No trained model yet" not in texts(app)
    app.switch_page("pages/compare.py").run()
    assert not app.exception and "trained elsewhere" in texts(app)


def test_without_a_project_adopting_makes_one(open_app: Open, server: FakeOpenAI, ws: Workspace) -> None:
    name = foreign(server, 1)
    app = open_app("monitor")
    app.session_state["connection_id"] = "custom"
    app.session_state["custom_base_url"] = server.base_url
    app.run()
    app = opened(with_key(app, server), "elsewhere")
    app.button(key="look_elsewhere").click().run()
    app.button(key=f"adopt_{name}").click().run()
    assert not app.exception
    (project,) = ws.projects()
    assert [job.remote_id for job in ws.jobs(project.id)] == [name]


def test_a_plan_from_a_file_names_its_model_as_the_pages_do() -> None:
    here = PlanFile("this-machine", "this-machine", "recall", "supervised", "balanced", "0" * 64, None, 10, 0)
    assert name_of(here) == "Practice model"
    assert name_of(replace(here, connection_id="gone", base_model="theirs")) == "theirs"
