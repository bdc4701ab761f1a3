"""Monitor fills a curve from the result file, offers it as a table, says where it cannot be had, and shows fields that nobody knows."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.base.errors import EngineError
from core.base.remote import Job, JobEvent, JobStatus
from core.io import local_engine
from core.io.workspace import Project, Workspace
from tests.pages.conftest import NOW
from tests.pages.on_screen import drawn
from tests.pages.test_states import look, running, server, started, texts, theirs
from tests.servers import FakeOpenAI, faults

__all__ = ["running", "server", "theirs"]


@pytest.fixture
def engine_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training program that cannot be started."""

    def fails(*_: object, **__: object) -> None:
        raise EngineError

    monkeypatch.setattr(local_engine, "ensure_engine", fails)


Open = Callable[..., AppTest]
CONTENT = "GET /files/{id}/content"
TABLE = b"step,train_loss,valid_loss\n1,2.0,2.5\n2,1.0,\n3,0.6667,0.75\n"


def ended(open_app: Open, theirs: Project, server: FakeOpenAI, table: bytes, **fields: object) -> tuple[AppTest, str]:
    app, job = started(open_app, theirs, server)
    server.succeed(job)
    server.contents[server.jobs[job]["result_files"][0]] = table
    server.set_job(job, **fields)
    return look(app), job


def test_the_curve_takes_from_the_file_what_no_event_told_and_a_refresh_asks_nobody(
    open_app: Open, theirs: Project, server: FakeOpenAI
) -> None:
    app, job = ended(open_app, theirs, server, TABLE, an_unknown_field={"nested": ["x", 1]}, service_note="**bold** <b>", nothing=None)
    assert {step: row["valid_loss"] for step, row in drawn(app).items() if "valid_loss" in row} == {1: 2.5, 3: 0.75}
    assert "2 figures of these curves are from the result file that the server wrote at the end." in texts(app)
    assert len(server.seen(CONTENT)) == 1
    app.run()
    look(app)
    assert len(server.seen(CONTENT)) == 1
    app.session_state[f"details_{job}"] = True
    app.run()
    assert not app.exception
    [button] = [one for one in app.get("download_button") if one.proto.id.endswith(f"result_file_{job}")]  # type: ignore[attr-defined]
    assert button.proto.label == "Download the figures (CSV)"  # type: ignore[attr-defined]
    said = [code.value for code in app.code]
    assert any('an_unknown_field: {"nested": ["x", 1]}' in one and "service_note: **bold** <b>" in one for one in said), "as text"
    assert not any("nothing:" in one for one in said)


def test_a_file_that_cannot_be_had_is_said_and_asked_for_again_by_hand(
    open_app: Open, theirs: Project, server: FakeOpenAI, ws: Workspace
) -> None:
    app, job = started(open_app, theirs, server)
    server.succeed(job)
    server.contents[server.jobs[job]["result_files"][0]] = TABLE
    server.fail(CONTENT, faults.html(502), always=True)
    look(app)
    assert "The result file of this training could not be had." in texts(app) and not app.error
    assert drawn(app), "the curve of the events stands all the same"
    server.heal()
    [record] = ws.jobs(theirs.id)
    app.button(key=f"result_again_{record.id}").click().run()
    assert not app.exception and "could not be had" not in texts(app)
    assert any("valid_loss" in row for row in drawn(app).values())


@pytest.mark.parametrize("table", [b"\x89PNG weights of a checkpoint", b"<html>sign in</html>"])
def test_what_is_no_table_is_called_so_and_not_asked_for_again(open_app: Open, theirs: Project, server: FakeOpenAI, table: bytes) -> None:
    app, _ = ended(open_app, theirs, server, table)
    assert "is no table of its steps" in texts(app) and not any(str(button.key).startswith("result_again") for button in app.button)
    app.run()
    assert len(server.seen(CONTENT)) == 1


def test_a_training_program_that_does_not_start_leaves_monitor_whole(
    open_app: Open, bank: Project, ws: Workspace, engine_away: None
) -> None:
    job = Job("ftjob-1", JobStatus.SUCCEEDED, "succeeded", "recall", fine_tuned_model="ft:recall:local::1", result_files=("file-1",))
    record = ws.adopt_job(bank.id, connection_id="this-machine", origin="this-machine", remote_id=job.id, job=job, now=NOW)
    ws.add_events(record.id, [JobEvent("e1", NOW, "info", "metrics", "", {"step": 1, "train_loss": 2.0})])
    app = open_app("monitor", bank)
    assert not app.exception and drawn(app) == {1: {"train_loss": 2.0}}
    assert "The result file of this training could not be had." in texts(app)
