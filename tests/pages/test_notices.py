"""A training that ends while another page is open is told there once, and an address for messages is kept only where it may be used."""

import time
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.io.connections import connection
from core.io.openai_calls import make_client
from core.io.workspace import Project, Workspace
from core.monitor.ended import ADDRESS, send_once
from core.monitor.watch import look as look_at
from pages.ui import notices, state
from tests.pages.conftest import NOW
from tests.pages.test_states import running, server, started, texts, theirs
from tests.servers import FakeOpenAI

__all__ = ["running", "server", "theirs"]

Open = Callable[..., AppTest]


def ended(ws: Workspace, project: Project, server: FakeOpenAI, job: str) -> None:
    """The job ends, and somebody has looked since: here the test, else the watcher or another tab."""
    server.succeed(job)
    server.set_job(job, finished_at=int(time.time()))
    (record,) = ws.jobs(project.id)
    with make_client(connection("custom", base_url=server.base_url), server.key) as client:
        look_at(ws, client, ws.update_job(record.id, looked_at=NOW), state.now())


def toasts(app: AppTest) -> list[str]:
    return [toast.value.replace("\\", "") for toast in app.toast]


def test_an_end_is_told_on_another_page_once(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, job = started(open_app, theirs, server)
    app.switch_page("pages/prepare.py").run()
    assert toasts(app) == []
    ended(ws, theirs, server, job)
    app.run()
    (told,) = toasts(app)
    assert told.startswith("The training is finished:") and not app.exception
    assert toasts(app.run()) == []


def test_a_refresh_does_not_repeat_it(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, job = started(open_app, theirs, server)
    ended(ws, theirs, server, job)
    app.switch_page("pages/prepare.py").run()
    assert len(toasts(app)) == 1
    assert toasts(open_app("prepare", theirs)) == []


def test_whoever_was_away_when_it_ended_is_told_on_coming_back(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    _, job = started(open_app, theirs, server)
    ended(ws, theirs, server, job)
    assert len(toasts(open_app("prepare", theirs))) == 1


def test_an_old_end_is_no_news(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    _, job = started(open_app, theirs, server)
    ended(ws, theirs, server, job)
    (record,) = ws.jobs(theirs.id)
    assert record.job is not None
    ws.update_job(record.id, job={**record.job, "finished_at": "2026-01-01T00:00:00+00:00"})
    assert toasts(open_app("prepare", theirs)) == []


def test_monitor_shows_the_end_itself_and_needs_no_note(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, job = started(open_app, theirs, server)
    ended(ws, theirs, server, job)
    app.switch_page("pages/monitor.py").run()
    assert toasts(app) == []
    app.switch_page("pages/prepare.py").run()
    assert toasts(app) == []


def test_the_address_for_messages_is_kept_where_it_may_be_used(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, _ = started(open_app, theirs, server)
    app.switch_page("pages/monitor.py").run()
    app.session_state["webhook_box"] = True
    app.run()
    app.text_input(key="webhook_address").set_value("http://example.com/x").run()
    assert ws.get_setting(ADDRESS) is None and "must be reached over https" in texts(app)
    app.text_input(key="webhook_address").set_value("https://example.com/x").run()
    assert ws.get_setting(ADDRESS) == "https://example.com/x" and "Messages go to example.com." in texts(app)
    ws.set_setting(ADDRESS, "http://127.0.0.1:9/x")  # nobody listens there
    app.run()
    app.button(key="webhook_test").click().run()
    assert "The message to 127.0.0.1:9 could not be sent." in texts(app)
    app.text_input(key="webhook_address").set_value("").run()
    assert ws.get_setting(ADDRESS) == ""
    assert not app.exception


def test_a_message_that_could_not_be_sent_is_seen_without_unfolding_anything(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace
) -> None:
    _, job = started(open_app, theirs, server)
    ended(ws, theirs, server, job)
    ws.set_setting(ADDRESS, "http://127.0.0.1:9/x")
    assert send_once(ws, ws.jobs(theirs.id)[0], NOW)
    app = open_app("monitor", theirs)
    assert any("1 message about the end of a training could not be sent" in one.value for one in app.warning)
    assert "Tell another program when a training ends" in [one.label for one in app.expander]


def test_a_running_training_is_watched_without_a_tab_on_monitor(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, _ = started(open_app, theirs, server)
    app.switch_page("pages/prepare.py").run()
    (record,) = ws.jobs(theirs.id)
    assert notices.watchers().is_watched(record)


def test_an_end_in_another_project_is_told_with_its_name_on_monitor_too(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace
) -> None:
    app, job = started(open_app, theirs, server)
    other = ws.create_project("Other work", now=NOW)
    app.query_params["project"] = other.id
    app.session_state["project"] = other.id
    app.switch_page("pages/monitor.py").run()
    (record,) = ws.jobs(theirs.id)
    assert toasts(app) == [] and notices.watchers().is_watched(record)
    ended(ws, theirs, server, job)
    app.run()
    (told,) = toasts(app)
    assert told.startswith(f"The training of the project “{theirs.name}” is finished:") and not app.exception
    assert toasts(app.run()) == []


def test_without_an_open_project_the_running_ones_are_watched(open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace) -> None:
    app, _ = started(open_app, theirs, server)
    notices.watchers().stop()
    app.query_params.pop("project", None)
    del app.session_state["project"]
    app.switch_page("pages/prepare.py").run()
    (record,) = ws.jobs(theirs.id)
    assert not app.exception and notices.watchers().is_watched(record)
