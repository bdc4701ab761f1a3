"""Train, Monitor, Playground and Compare at work and in trouble, against a server that does as it is told."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.io.connections import connection
from core.io.dialects import OPENAIS
from core.io.workspace import Project, Workspace
from pages.ui import jobs, models
from tests.pages.conftest import NOW
from tests.servers import faults
from tests.servers.fake_openai import FakeOpenAI

Open = Callable[..., AppTest]
KEY = "sk-proj-fake0123456789abcdefghij"
UNDER_WAY = "without a state"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY) as server:
        yield server


@pytest.fixture
def server(running: FakeOpenAI) -> FakeOpenAI:
    running.reset()
    return running


@pytest.fixture
def theirs(bank: Project, ws: Workspace, server: FakeOpenAI) -> Project:
    """The bank project on the fake server."""
    return ws.update_project(bank.id, bank.updated_at, connection_id="custom", base_url=server.base_url)


def texts(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.error, *app.success, *app.info, *app.warning, *app.text, *app.header, *app.code)
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def with_key(app: AppTest, server: FakeOpenAI) -> AppTest:
    next(box for box in app.sidebar.text_input if box.label.startswith("API key")).set_value(server.key).run()
    assert not app.exception
    return app


def ready_to_start(open_app: Open, theirs: Project, server: FakeOpenAI) -> AppTest:
    app = with_key(open_app("train", theirs), server)
    next(box for box in app.text_input if box.label == "Base model").set_value("gpt-4.1-mini-2025-04-14").run()
    next(box for box in app.checkbox if "Yes, send them" in box.label).check().run()
    assert not app.exception
    return app


def look(app: AppTest) -> AppTest:
    """Open Monitor once its next look is due: one that is no older than two seconds is shared by all tabs."""
    time.sleep(2.1)
    app.switch_page("pages/monitor.py").run()
    assert not app.exception
    return app


def started(open_app: Open, theirs: Project, server: FakeOpenAI) -> tuple[AppTest, str]:
    app = ready_to_start(open_app, theirs, server)
    app.button(key="start").click().run()
    assert not app.exception
    assert server.creates == 1
    return app, next(iter(server.jobs))


def back_to_train(app: AppTest) -> None:
    """Go back to Train after a moment: at once would be the second of a double click."""
    time.sleep(1.1)
    app.switch_page("pages/train.py").run()


def test_nothing_is_sent_before_the_yes(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = with_key(open_app("train", theirs), server)
    next(box for box in app.text_input if box.label == "Base model").set_value("gpt-4.1-mini-2025-04-14").run()
    assert app.button(key="start").disabled
    assert f"will be sent to {server.origin.partition('://')[2]}" in texts(app)
    assert server.seen("POST /files") == []


def test_a_started_training_is_watched(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, _ = started(open_app, theirs, server)
    app.switch_page("pages/monitor.py").run()
    assert app.title[0].value == "Monitor"
    assert any(button.label == "Cancel the training" for button in app.main.button)


def test_a_refused_organisation_is_told_so_and_shown_the_way(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    server.fail("POST /fine_tuning/jobs", faults.training_not_available())
    app = ready_to_start(open_app, theirs, server)
    app.button(key="start").click().run()
    assert not app.exception
    assert "no longer lets this account train models" in texts(app)
    assert app.button(key="stay_here")
    assert not app.button(key="start").disabled
    assert [job.state for job in ws.jobs(theirs.id)] == ["refused"]


def test_a_lost_answer_is_looked_up_and_never_answered_by_a_second_job(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    server.fail("POST /fine_tuning/jobs", faults.drop(acts=True))
    app = ready_to_start(open_app, theirs, server)
    app.button(key="start").click().run()
    assert not app.exception
    assert len(server.jobs) == 1
    back_to_train(app)
    assert all(button.key != "start" for button in app.main.button)


def test_a_job_that_cannot_be_found_yet_blocks_start(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    server.fail("POST /fine_tuning/jobs", faults.drop(acts=True))
    server.fail("GET /fine_tuning/jobs", faults.html(502), always=True)
    app = ready_to_start(open_app, theirs, server)
    app.button(key="start").click().run()
    assert "its answer was lost" in texts(app)
    assert all(button.key != "start" for button in app.main.button)
    server.heal()
    app.button(key="look_again").click().run()
    assert not app.exception
    assert app.title[0].value == "Monitor"
    assert server.creates == 1
    back_to_train(app)
    assert "This plan has been started" in texts(app)
    assert all(button.key != "start" for button in app.main.button)


def test_a_failed_job_says_why_in_plain_words_and_in_the_servers(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace
) -> None:
    app, job = started(open_app, theirs, server)
    words = "The job failed due to an internal error"
    server.set_job(job, status="failed", error={"code": "server_error", "message": words, "param": None})
    look(app)
    assert len(app.error) == 1
    assert words in texts(app)
    assert app.button(key="next_train").label == "Back to the plan"


def test_an_unknown_status_is_shown_as_unknown(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, job = started(open_app, theirs, server)
    server.set_job(job, status="contemplating")
    look(app)
    assert len(app.error) == 0
    assert "contemplating" in "".join(str(badge.label) for badge in app.get("badge")) or "contemplating" in texts(app)


def test_a_server_that_is_away_leaves_the_last_known_state(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, _ = started(open_app, theirs, server)
    server.fail("GET /fine_tuning/jobs/{id}", faults.html(502), always=True)
    look(app)
    assert any("had a fault of its own" in error.value for error in app.error)
    assert any(button.label == "Cancel the training" for button in app.main.button)


def finished(open_app: Open, theirs: Project, server: FakeOpenAI) -> AppTest:
    app, job = started(open_app, theirs, server)
    server.succeed(job)
    look(app)
    assert app.button(key="next_playground").label == "Try the model"
    return app


def playground(app: AppTest) -> AppTest:
    app.switch_page("pages/playground.py").run()
    agree(app)
    return app


def agree(app: AppTest) -> None:
    next(box for box in app.main.checkbox if "Yes, send" in box.label).check().run()
    assert not app.exception


def test_the_playground_shows_markup_as_text(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    bad = "![x](https://elsewhere.example/leak.png) <script>alert(1)</script> $x$ **bold**"
    app = finished(open_app, theirs, server)
    server.answer = lambda body: bad
    playground(app)
    app.chat_input[0].set_value("What is my limit?").run()
    assert not app.exception
    assert [text.value for text in app.text].count(bad) == 2, "before and after, letter for letter"
    assert all("leak.png" not in element.value for element in (*app.markdown, *app.caption))


def test_the_playground_says_what_a_server_refuses(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = finished(open_app, theirs, server)
    playground(app)
    server.fail("POST /chat/completions", faults.no_credit())
    app.chat_input[0].set_value("What is my limit?").run()
    assert not app.exception
    assert "has no credit left" in texts(app)
    assert len(server.seen("POST /chat/completions")) == 2, "the other model is asked all the same"


def test_a_question_that_failed_is_asked_again_with_one_click(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = playground(finished(open_app, theirs, server))
    server.answer = lambda body: "Two hundred."
    server.fail("POST /chat/completions", faults.no_credit())
    app.chat_input[0].set_value("What is my limit?").run()
    app.button(key=f"again_{theirs.id}").click().run()
    assert not app.exception and "has no credit left" not in texts(app)
    assert [text.value for text in app.text].count("Two hundred.") == 2
    assert [text.value for text in app.text].count("What is my limit?") == 1, "the same question, not a second one"
    assert len(server.seen("POST /chat/completions")) == 3, "the model that had answered is not asked again"
    assert all(button.key != f"again_{theirs.id}" for button in app.button)


def test_no_question_leaves_before_the_yes(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = finished(open_app, theirs, server)
    app.switch_page("pages/playground.py").run()
    assert app.chat_input[0].disabled
    app.switch_page("pages/compare.py").run()
    assert app.button(key="run_comparison").disabled
    assert f"122 questions will be sent to {server.origin.partition('://')[2]}" in texts(app)


def test_a_conversation_is_there_again_in_a_new_session(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = playground(finished(open_app, theirs, server))
    server.answer = lambda body: "Two hundred, since you ask."
    app.chat_input[0].set_value("What is my limit?").run()
    again = open_app("playground", theirs)
    assert not again.exception
    assert "What is my limit?" in texts(again) and "Two hundred, since you ask." in texts(again)
    again.button(key="anew").click().run()
    assert "What is my limit?" not in texts(again)


def test_another_system_prompt_than_the_trainings_is_warned_of(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = finished(open_app, theirs, server)
    app.switch_page("pages/playground.py").run()
    next(area for area in app.text_area if area.label == "System prompt").set_value("You are a pirate.").run()
    assert "This system prompt is not the one of the training" in texts(app)


def _comparison(app: AppTest) -> AppTest:
    app.switch_page("pages/compare.py").run()
    agree(app)
    app.button(key="run_comparison").click().run()
    end = time.monotonic() + 60
    while time.monotonic() < end and not any(button.label == "Improve the data" for button in app.main.button):
        time.sleep(0.2)
        app.run()
        assert not app.exception
    return app


def test_the_same_answers_before_and_after_are_no_improvement(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = finished(open_app, theirs, server)
    server.answer = lambda body: '{"Top Category": "Cards", "Sub Category": "PIN"}'
    _comparison(app)
    assert "Cannot tell" in texts(app)
    assert app.metric[0].value == app.metric[1].value
    table = next(one for one in app.dataframe if "Expected" in one.value.columns)
    widths = [one["width"] for one in json.loads(table.proto.columns).values() if "width" in one]
    assert len(widths) == len(table.value.columns) and sum(widths) <= 790, "all of it is seen beside the sidebar at 1280"


def test_a_mistake_leads_to_its_rows_and_to_the_training_rows_like_them(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace
) -> None:
    app = finished(open_app, theirs, server)
    server.answer = lambda body: '{"Top Category": "Cards", "Sub Category": "Made up"}'
    _comparison(app)
    assert "Which category was taken for which" in texts(app)
    assert "In the field Sub Category, 61 answers are categories that no training row has: “Made up”." in texts(app)
    mistakes = next(box for box in app.main.selectbox if box.label == "Look at a mistake")
    assert "→ Cards" in mistakes.options[0] and mistakes.value is None
    mistakes.select(mistakes.options[0]).run()
    assert not app.exception
    assert "Training rows worded like them" in texts(app) and "Change a label only where it is wrong" in texts(app)
    # another file in Prepare: its rows have other numbers
    ws.update_project(theirs.id, datetime.now(UTC), source=ws.put_file(b"a,b\n1,2\n", "b.csv", now=datetime.now(UTC)).sha256)
    app.run()
    assert not app.exception
    assert "Labels can be mended here while Prepare has the file that this data set was made of." in texts(app)


def test_a_comparison_without_its_key_waits_for_it(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = finished(open_app, theirs, server)
    server.fail("POST /chat/completions", faults.no_credit(), always=True)
    app.switch_page("pages/compare.py").run()
    agree(app)
    app.button(key="run_comparison").click().run()
    end = time.monotonic() + 30
    while time.monotonic() < end and not app.error:
        time.sleep(0.2)
        app.run()
    assert texts(app).count("has no credit left") == 1, "said once, though it stopped both models"
    server.heal()
    next(button for button in app.main.button if button.label == "Continue").click().run()
    end = time.monotonic() + 60
    while time.monotonic() < end and not any(button.label == "Improve the data" for button in app.main.button):
        time.sleep(0.2)
        app.run()
    assert "Not one of the 61 rows is right" in texts(app)


def test_train_again_is_one_more_job_for_each_time_it_is_asked(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, _ = started(open_app, theirs, server)
    back_to_train(app)
    agree(app)
    first = next(button for button in app.main.button if button.label == "Train again")
    first.click().run()
    assert server.creates == 2
    back_to_train(app)
    assert next(button for button in app.main.button if button.label == "Train again").key != first.key, "a late click finds no button"


@pytest.mark.parametrize(("end", "word"), [("cancelled", "was cancelled"), ("failed", "has failed")])
def test_after_a_try_that_came_to_nothing_train_leads_on_and_not_back(
    end: str, word: str, open_app: Open, theirs: Project, server: FakeOpenAI
) -> None:
    app, job = started(open_app, theirs, server)
    server.set_job(job, status=end)
    look(app)
    back_to_train(app)
    assert f"The last training by this plan {word}" in texts(app) and not app.success
    main = [button.label for button in app.main.button if button.proto.type == "primary"]
    assert main == ["Train again"]
    assert app.button(key="watch").label == "See the last try"


def test_monitor_shows_why_a_job_was_refused_and_the_way_back(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    server.fail("POST /fine_tuning/jobs", faults.training_not_available())
    app = ready_to_start(open_app, theirs, server)
    app.button(key="start").click().run()
    fresh = open_app("monitor", theirs)
    assert not fresh.exception
    assert "no longer lets this account train models" in texts(fresh)
    assert fresh.button(key="next_train").label == "Back to the plan"


def test_the_plans_choices_come_back_in_a_new_session(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = ready_to_start(open_app, theirs, server)
    next(box for box in app.number_input if box.label == "Epochs").set_value(7).run()
    agree(app)  # another plan has another price
    app.button(key="start").click().run()
    again = open_app("train", theirs)
    assert not again.exception
    assert next(box for box in again.number_input if box.label == "Epochs").value == 7
    assert "This plan has been started" in texts(again)


def test_a_project_in_training_cannot_be_deleted(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, job = started(open_app, theirs, server)
    app.switch_page("pages/monitor.py").run()
    assert "Cancel it in Monitor before you delete the project" in texts(app)
    assert app.button(key=f"delete_{theirs.id}").disabled
    server.succeed(job)
    look(app).run()
    assert "Cancel it in Monitor" not in texts(app)


def test_each_project_keeps_its_own_server(open_app: Open, theirs: Project, ws: Workspace) -> None:
    other = ws.create_project("Other", now=theirs.created_at, connection_id="custom")
    ws.update_project(other.id, theirs.created_at, base_url="https://two.example.com/v1")
    app = open_app("prepare", theirs)
    app.sidebar.selectbox[0].set_value(other.id).run()
    assert not app.exception
    assert ws.project(other.id).base_url == "https://two.example.com/v1"
    assert ws.project(theirs.id).base_url == theirs.base_url


@pytest.mark.parametrize("address", ["http://example.com/v1", "example", "https://user:secret@example.com/v1"])
def test_an_address_that_must_not_be_used_is_refused_and_not_kept(address: str, open_app: Open, theirs: Project, ws: Workspace) -> None:
    app = open_app("train", theirs)
    next(box for box in app.sidebar.text_input if box.label == "Address of the server").set_value(address).run()
    assert not app.exception
    assert len(app.sidebar.error) == 1
    assert ws.project(theirs.id).base_url == theirs.base_url


def test_an_address_without_its_path_is_completed(open_app: Open, theirs: Project, ws: Workspace) -> None:
    app = open_app("train", theirs)
    next(box for box in app.sidebar.text_input if box.label == "Address of the server").set_value("https://api.example.com").run()
    assert not app.exception
    assert ws.project(theirs.id).base_url == "https://api.example.com/v1"


def test_a_key_that_cannot_be_one_is_refused_in_words(open_app: Open, theirs: Project) -> None:
    app = open_app("train", theirs)
    next(box for box in app.sidebar.text_input if box.label.startswith("API key")).set_value("sk two words").run()
    assert not app.exception
    assert "This is not an API key" in app.sidebar.error[0].value


def test_a_key_in_the_environment_that_cannot_be_one_stops_no_page(
    open_app: Open, bank: Project, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk two words")
    app = open_app("prepare", ws.update_project(bank.id, bank.updated_at, connection_id="openai"))
    assert not app.exception
    assert "Saved as version 1." in texts(app)


def test_no_key_is_kept_anywhere(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    finished(open_app, theirs, server)
    for path in ws.home.rglob("*"):
        if path.is_file():
            assert server.key.encode() not in path.read_bytes(), path


def test_a_finished_model_is_called_by_its_base_and_its_day(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    finished(open_app, theirs, server)
    app = open_app("monitor", theirs)
    record = ws.jobs(theirs.id)[0]
    assert record.snapshot is not None and record.snapshot.fine_tuned_model is not None
    made = record.created_at.astimezone()
    assert f"Your fine-tuned model: gpt-4.1-mini-2025-04-14 of {made:%b} {made.day}, " in texts(app)
    seen = "\n".join(str(element.value) for element in (*app.main.markdown, *app.main.caption))
    assert record.snapshot.fine_tuned_model not in seen.replace("\\", ""), "its id waits behind a button"
    assert record.snapshot.fine_tuned_model in [code.value for code in app.code]


def test_a_file_that_the_server_refuses_leads_back_to_the_data(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, job = started(open_app, theirs, server)
    server.set_job(job, status="failed", error={"code": "invalid_training_file", "message": "Line 3 is bad", "param": None})
    look(app)
    assert app.button(key="next_prepare").label == "Back to the data"


def test_where_training_is_closed_this_machine_is_one_click_away(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    server.fail("POST /fine_tuning/jobs", faults.training_not_available())
    app = ready_to_start(open_app, theirs, server)
    app.button(key="start").click().run()
    primary = [button.key for button in app.main.button if button.proto.type == "primary"]
    assert primary == ["stay_here"], "what leads on is the one primary button"
    app.button(key="stay_here").click().run()
    assert not app.exception
    assert "Nothing leaves this machine." in texts(app)
    assert next(box for box in app.sidebar.selectbox if box.label == "Train and answer with").value == "this-machine"
    app.run()
    assert "Nothing leaves this machine." in texts(app), "and it stays so"


@pytest.mark.slow
def test_the_box_of_trainings_tells_each_state_as_it_is_now(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, first = started(open_app, theirs, server)
    look(app)
    back_to_train(app)
    agree(app)
    next(button for button in app.main.button if button.label == "Train again").click().run()
    second = next(job for job in server.jobs if job != first)
    server.set_job(first, status="running")
    server.set_job(second, status="running")
    look(app)
    assert _trainings(app) == [UNDER_WAY, UNDER_WAY], "the newest first; what still changes is told below, where it is kept true"
    older = ws.jobs(theirs.id)[0].id if ws.jobs(theirs.id)[0].remote_id == first else ws.jobs(theirs.id)[1].id
    server.succeed(first)
    server.set_job(second, status="paused")
    look(app)
    assert _trainings(app) == [UNDER_WAY, "Finished"], "the one that is not looked at, too"
    assert any(button.label == "Go on" for button in app.main.button), "the newest is still the one that is looked at"
    _training_box(app).set_value(older).run()
    assert any(button.key == "next_playground" for button in app.main.button)
    server.set_job(second, status="running")
    time.sleep(2.1)
    app.run()
    assert _trainings(app) == [UNDER_WAY, "Finished"]
    assert _training_box(app).value == older, "another state of the other one changes no choice"
    server.fail("GET /fine_tuning/jobs/{id}", faults.html(502), always=True)
    time.sleep(2.1)
    app.run()
    asked = len(server.seen("GET /fine_tuning/jobs/{id}"))
    time.sleep(2.1)
    app.run()
    assert _trainings(app) == [UNDER_WAY, "Finished"]
    assert len(server.seen("GET /fine_tuning/jobs/{id}")) == asked, "a box is not worth waiting for a server that does not answer"


def _training_box(app: AppTest) -> Any:
    return next(box for box in app.main.selectbox if box.label == "Training")


def _trainings(app: AppTest) -> list[str]:
    return [name.partition(" · ")[2] or UNDER_WAY for name in _training_box(app).options]


def test_a_start_that_came_to_nothing_hides_no_training_and_leaves_the_list(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, job = started(open_app, theirs, server)
    server.succeed(job)
    back_to_train(app)
    server.fail("POST /fine_tuning/jobs", faults.refuse(400), always=True)
    next(one for one in app.number_input if one.label == "Epochs").set_value(7).run()
    agree(app)
    app.button(key="start").click().run()
    assert not app.exception
    look(app)
    assert _trainings(app)[0] == "Not started", "it is what has just been done"
    monkeypatch.setattr(jobs, "JUST_NOW", timedelta(0))
    app = with_key(open_app("monitor", theirs), server)
    assert _trainings(app) == ["Finished", "Not started"] and _training_box(app).value == next(
        record.id for record in ws.jobs(theirs.id) if record.remote_id == job
    )
    _training_box(app).set_value(next(record.id for record in ws.jobs(theirs.id) if record.remote_id != job)).run()
    next(button for button in app.main.button if button.label == "Remove from this list").click().run()
    assert not app.exception and not [one for one in app.main.selectbox if one.label == "Training"], "one alone needs no box"
    assert len(ws.jobs(theirs.id)) == 2, "the record stays"


def test_a_cancel_says_first_what_becomes_of_what_was_learned(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, job = started(open_app, theirs, server)
    server.set_job(job, status="running")
    look(app)
    for told in ("A cancelled training cannot be gone on with.", "do not offer what it has learned", "choose Pause"):
        assert told in texts(app)
    assert f"Only {server.origin.partition('://')[2]} knows what it keeps of it" in texts(app)


def test_a_reply_of_blank_lines_is_said_to_be_one(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = playground(finished(open_app, theirs, server))
    server.answer = lambda body: "\n \n\n"
    app.chat_input[0].set_value("What is my limit?").run()
    assert not app.exception
    assert texts(app).count("The model answered with nothing but blank lines.") == 2
    assert not app.main.error


@pytest.mark.slow
def test_a_running_comparison_says_so_and_is_stopped_and_gone_on_with(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    def slowly(body: object) -> str:
        time.sleep(0.2)
        return '{"Top Category": "Cards", "Sub Category": "PIN"}'

    app = finished(open_app, theirs, server)
    server.answer = slowly
    app.switch_page("pages/compare.py").run()
    agree(app)
    app.button(key="run_comparison").click().run()
    assert not app.exception
    assert "Both models are being asked the same rows." in texts(app) and "Nothing has been compared yet" not in texts(app)
    next(button for button in app.main.button if button.label == "Stop").click().run()
    end = time.monotonic() + 30
    while "You have stopped this." not in texts(app):
        assert time.monotonic() < end, texts(app)
        time.sleep(0.2)
        app.run()
    asked = len(server.seen("POST /chat/completions"))
    assert 0 < asked < 122
    app.run()
    open_app("compare", theirs)
    time.sleep(0.5)
    assert len(server.seen("POST /chat/completions")) == asked, "it waits for a click, in another tab, too"
    next(button for button in app.main.button if button.label == "Go on with the missing rows").click().run()
    end = time.monotonic() + 60
    while not any(button.label == "Improve the data" for button in app.main.button):
        assert time.monotonic() < end, texts(app)
        time.sleep(0.2)
        app.run()
    assert "Cannot tell" in texts(app)
    assert len(server.seen("POST /chat/completions")) == 122, "what was answered is not asked again"


def test_what_is_set_by_hand_stands_instead_of_automatic(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = ready_to_start(open_app, theirs, server)
    next(box for box in app.number_input if box.label == "Batch size").set_value(7).run()
    assert "set by you, instead of automatic" in texts(app)
    assert all(box.help for box in app.main.expander[0].number_input), "each has its sentence"


def test_a_closed_server_leads_to_the_same_plan_elsewhere_in_one_click(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    server.fail("POST /fine_tuning/jobs", faults.training_not_available())
    app = ready_to_start(open_app, theirs, server)
    next(box for box in app.number_input if box.label == "Epochs").set_value(7).run()
    next(box for box in app.number_input if box.label == "Seed").set_value(99).run()
    next(box for box in app.checkbox if "Yes, send them" in box.label).check().run()
    app.button(key="start").click().run()
    assert "Nothing was started and nothing was charged." in texts(app)
    app = open_app("monitor", theirs)  # there too, after a refresh
    assert app.button(key="go_over_openai")
    app.button(key="stay_here").click().run()
    assert not app.exception and app.title[0].value == "Train"
    assert "7 times on this machine" in texts(app)
    assert next(box for box in app.number_input if box.label == "Seed").value == 99
    assert not app.button(key="start").disabled


def test_a_failed_training_has_a_text_to_copy_without_anything_of_the_user(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace
) -> None:
    app, job = started(open_app, theirs, server)
    words = f"Line 3 is bad: key {server.key} in /home/ana/x"
    server.set_job(job, status="failed", error={"code": "invalid_training_file", "message": words, "param": None})
    look(app)
    app.session_state[f"help_{ws.jobs(theirs.id)[0].id}"] = True
    app.run()
    (copied,) = [code.value for code in app.code if "the server's words" in code.value]
    assert f"job: {job}" in copied and "Line 3 is bad" in copied
    assert server.key not in copied and "/home/ana" not in copied


def test_a_training_that_failed_because_its_server_is_closed_has_the_same_ways_on(
    open_app: Open, theirs: Project, server: FakeOpenAI
) -> None:
    app, job = started(open_app, theirs, server)
    words = "Your organization is no longer able to create new fine-tuning training jobs."
    server.set_job(job, status="failed", error={"code": "training_not_available", "message": words, "param": None})
    look(app)
    told = texts(app)
    assert "no longer lets this account train models" in told and words in told
    assert "Nothing was started" not in told and "has ended without a model" in told
    primary = [button.key for button in app.main.button if button.proto.type == "primary"]
    assert primary == ["stay_here"] and app.button(key="go_over_nebius")
    app.button(key="stay_here").click().run()
    assert not app.exception and app.title[0].value == "Train"
    assert "Nothing leaves this machine." in texts(app)


def test_a_training_that_the_server_does_not_know_any_more_is_said_to_be_so(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, job = started(open_app, theirs, server)
    kept = server.jobs.pop(job)
    look(app)
    told = texts(app)
    assert "no longer knows this training" in told and "another account than the API key" in told and "Unknown state" not in told
    assert "Not known to the server any more" in told
    assert f"Could not find fine tune: {job}" in told, "the server's own words"
    assert any(box.label.startswith("API key") for box in app.main.text_input)
    server.jobs[job] = kept | {"status": "running"}
    look(app)
    assert "no longer knows" not in texts(app) and any(button.label == "Pause" for button in app.main.button), "it is there again"
    del server.jobs[job]
    look(app)
    next(button for button in app.main.button if button.label == "Back to the plan").click().run()
    assert not app.exception and app.title[0].value == "Train" and any(b.label == "Train again" for b in app.main.button)


def test_where_the_key_is_to_blame_it_is_typed_on_the_spot(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, job = started(open_app, theirs, server)
    server.fail("GET /fine_tuning/jobs/{id}", faults.refuse(401, "invalid_api_key", "Incorrect API key provided."), always=True)
    look(app)
    assert "does not accept this API key" in texts(app)
    server.heal()
    server.set_job(job, status="running")
    (field,) = [box for box in app.main.text_input if box.label.startswith("API key")]
    time.sleep(2.1)
    field.set_value(server.key).run()
    assert not app.exception and "does not accept" not in texts(app)
    ws.update_project(theirs.id, NOW, connection_id="custom", base_url="https://elsewhere.example/v1")
    server.fail("GET /fine_tuning/jobs/{id}", faults.refuse(401, "invalid_api_key", "Incorrect API key provided."), always=True)
    look(app)
    next(button for button in app.main.button if button.label.startswith("Use this connection again")).click().run()
    assert not app.exception and ws.project(theirs.id).base_url == theirs.base_url
    address = next(box for box in app.sidebar.text_input if box.label == "Address of the server")
    assert address.value == theirs.base_url


def test_what_a_connection_is_not_known_to_have_is_not_offered(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, job = started(open_app, theirs, server)
    server.set_job(job, status="running")
    bare = replace(models.connection_of(ws.jobs(theirs.id)[0]), dialect=OPENAIS)
    monkeypatch.setattr(models, "connection_of", lambda record: bare)
    look(app)
    assert [button.label for button in app.main.button if button.label in ("Pause", "Cancel the training")] == ["Cancel the training"]
    assert "choose Pause" not in texts(app)


def test_each_connection_keeps_its_own_address(open_app: Open, theirs: Project, ws: Workspace) -> None:
    azure = "https://mine.openai.azure.com/openai/v1"
    app = open_app("train", theirs)

    def choose(id: str) -> Any:
        next(box for box in app.sidebar.selectbox if box.label == "Train and answer with").set_value(id).run()
        assert not app.exception
        return next((box for box in app.sidebar.text_input if box.label == "Address of the server"), None)

    field = choose("azure")
    assert field.value == "" and ws.project(theirs.id).base_url is None, "another server's address is not Azure's"
    field.set_value(azure).run()
    assert choose("custom").value == theirs.base_url == ws.project(theirs.id).base_url
    assert choose("openai") is None
    assert choose("azure").value == azure == ws.project(theirs.id).base_url
    assert choose("custom").value == theirs.base_url


def test_the_plan_leaves_train_as_a_file_before_anything_has_started(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app = ready_to_start(open_app, theirs, server)
    assert [button.label for button in app.main.download_button] == ["Export the plan"]
    assert any(box.label == "Use a plan from a file" for box in app.main.expander), "and comes back there"
    assert server.requests == []


@pytest.mark.slow
def test_an_early_end_is_offered_only_where_something_of_it_stays(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, job = started(open_app, theirs, server)
    server.set_job(job, status="running")
    for step in range(1, 61):
        worse = abs(step - 20) / 20
        server.add_event(job, f"Step {step}", data={"step": step, "total_steps": 90, "train_loss": 2 / step, "valid_loss": 1 + worse})

    def ends() -> list[str]:
        look(app)
        return [button.label for button in app.main.button if button.label == "End the training here"]

    assert ends() == [] and "It will hardly get better than at step" in texts(app)
    assert "keeps its checkpoints is not known" in texts(app)
    known = models.connection_of(ws.jobs(theirs.id)[0])
    keeps = replace(known, dialect=connection("this-machine").dialect)
    monkeypatch.setattr(models, "connection_of", lambda record: keeps)
    monkeypatch.setattr(jobs, "connection_of", lambda record: keeps)
    assert ends() == [] and "there is no checkpoint yet" in texts(app)
    point = {"object": "fine_tuning.job.checkpoint", "created_at": 1_790_000_500, "fine_tuning_job_id": job, "metrics": {"step": 20}}
    server.checkpoints[job].append({**point, "id": "ftckpt_1", "step_number": 20, "fine_tuned_model_checkpoint": "m:ckpt-step-20"})
    assert ends() == ["End the training here"] and "What was learned since step 20 is lost." in texts(app)
    server.models.append(server.models[0] | {"id": "m:ckpt-step-20"})
    next(button for button in app.main.button if button.label == "End the training here").click().run()
    assert server.jobs[job]["status"] == "cancelled" and not app.exception
    look(app)
    next(button for button in app.main.button if button.label == "Try the model").click().run()
    assert not app.exception and app.title[0].value == "Playground"
    playground(app)
    app.chat_input[0].set_value("What is my limit?").run()
    assert not app.exception and "m:ckpt-step-20" in [one.json["model"] for one in server.seen("POST /chat/completions")]
