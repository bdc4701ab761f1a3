"""A finished job's result file is asked for once, kept, and fills in what the events left out; what cannot be had blocks nothing."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.base.errors import NotOnServer, ServerFault, TooLarge, UnreadableFile
from core.io.connections import connection
from core.io.openai_calls import Client, make_client
from core.io.workspace import JobRecord, Workspace
from core.monitor.elsewhere import adopt, list_strangers
from core.monitor.result_file import MAX_BYTES
from core.monitor.results import asked, fetch, kept_file
from core.monitor.story import Story
from core.monitor.turns import Turns
from core.monitor.watch import look
from tests.monitor.test_dialects import trained
from tests.monitor.test_elsewhere import foreign
from tests.servers import FakeOpenAI, faults
from tests.servers.dialects import FakeAzure
from tests.train.workbench import NOW

LATER = NOW + timedelta(minutes=1)
CONTENT = "GET /files/{id}/content"
TABLE = b"step,train_loss,valid_loss\n1,2.0,2.5\n2,1.0,\n3,0.6667,0.75\n4,0.5,\n"


def finished(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord, table: bytes = TABLE) -> JobRecord:
    """A job that has ended, with this as its result file."""
    assert record.remote_id is not None
    server.succeed(record.remote_id)
    put_result(server, record.remote_id, table)
    return look(ws, client, record, LATER)


def put_result(server: FakeOpenAI, job_id: str, table: bytes) -> None:
    [file_id] = server.jobs[job_id]["result_files"]
    server.contents[file_id] = table


def curve_of(ws: Workspace, record: JobRecord) -> Story:
    return Story().catch_up(ws, record.id)


@pytest.mark.parametrize("packed", [bytes, base64.b64encode])
def test_it_is_asked_for_once_and_fills_in_what_no_event_told(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord, packed: Callable[[bytes], bytes]
) -> None:
    record = finished(ws, server, client, record, packed(TABLE))
    before = curve_of(ws, record).curve(())
    assert before.points("valid_loss") == [] and before.from_file == 0
    found = fetch(ws, client, record, LATER)
    assert found is not None and found.sha and found.problem is None
    assert len(server.seen(CONTENT)) == 1
    for later in (LATER, LATER + timedelta(days=30)):
        assert fetch(ws, client, record, later) == found
    assert len(server.seen(CONTENT)) == 1, "no refresh asks again"
    drawn = curve_of(ws, record).curve(())
    assert drawn.points("valid_loss") == [(1, 2.5), (3, 0.75)]
    assert drawn.points("train_loss") == [(1, 2.0), (2, 1.0), (3, 0.6667), (4, 0.5)] and drawn.from_file == 3
    assert drawn.points("train_accuracy") == before.points("train_accuracy"), "the events' own figures stay"
    file = kept_file(ws, record.id)
    assert file is not None and file.table == TABLE


def test_what_an_event_told_is_not_overruled_by_the_file(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = finished(ws, server, client, record, b"step,train_loss,lr\n1,9.0,0.5\n")
    fetch(ws, client, record, LATER)
    story = curve_of(ws, record)
    assert story.curve(()).points("train_loss")[0] == (1, 2.0) and story.curve(()).from_file == 0
    assert story.others == {"lr": 0.5}


def test_a_story_that_is_open_takes_the_file_in_when_it_comes(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = finished(ws, server, client, record)
    story = curve_of(ws, record)
    assert story.curve(()).from_file == 0
    fetch(ws, client, record, LATER)
    assert story.catch_up(ws, record.id).curve(()).from_file == 3
    assert story.catch_up(ws, record.id).curve(()) is story.curve(()), "and is made anew only then"


def test_a_job_that_runs_or_has_none_is_not_asked_about(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    assert record.remote_id is not None
    server.set_job(record.remote_id, status="running", result_files=["file-early"])
    running = look(ws, client, record, LATER)
    assert fetch(ws, client, running, LATER) is None
    server.set_job(record.remote_id, status="cancelled", result_files=[])
    ended = look(ws, client, record, LATER + timedelta(minutes=1))
    assert fetch(ws, client, ended, LATER) is None and asked(ws, ended) is None
    assert server.seen(CONTENT) == []


def test_what_can_never_be_had_is_known_from_then_on_and_asked_again_only_by_name(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record = finished(ws, server, client, record, b"<html>no table</html>")
    found = fetch(ws, client, record, LATER)
    assert found is not None and not found.sha and isinstance(found.problem, UnreadableFile)
    assert fetch(ws, client, record, LATER) == found and len(server.seen(CONTENT)) == 1
    assert record.remote_id is not None
    put_result(server, record.remote_id, TABLE)
    mended = fetch(ws, client, record, LATER, again=True)
    assert mended is not None and mended.sha and curve_of(ws, record).curve(()).from_file == 3


def test_a_file_that_is_gone_from_the_server_is_told_as_gone(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = finished(ws, server, client, record)
    server.files.clear()
    server.contents.clear()
    found = fetch(ws, client, record, LATER)
    assert found is not None and isinstance(found.problem, NotOnServer)
    assert curve_of(ws, record).curve(()).points("train_loss"), "the curve of the events stands"


def test_a_server_in_trouble_is_asked_again_later_and_less_and_less_often(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record, turns = finished(ws, server, client, record), Turns()
    server.fail(CONTENT, faults.html(502), always=True)
    with pytest.raises(ServerFault):
        fetch(ws, client, record, LATER, turns=turns)
    n = len(server.seen(CONTENT))
    assert fetch(ws, client, record, LATER + timedelta(seconds=1), turns=turns) is None and len(server.seen(CONTENT)) == n
    server.heal()
    found = fetch(ws, client, record, LATER + timedelta(seconds=5), turns=turns)
    assert found is not None and found.sha


def test_of_a_file_too_large_not_a_byte_is_fetched(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = finished(ws, server, client, record)
    [file_id] = record.snapshot.result_files  # type: ignore[union-attr]
    server.files[file_id]["bytes"] = MAX_BYTES + 1
    found = fetch(ws, client, record, LATER)
    assert found is not None and isinstance(found.problem, TooLarge) and server.seen(CONTENT) == []


def test_azures_raw_file_draws_the_curve_that_its_events_do_not_hold(ws: Workspace) -> None:
    azure = connection("azure")
    with FakeAzure() as server, make_client(replace(azure, base_url=server.base_url), server.key, timeout_s=5) as client:
        record = trained(ws, server, client)
        table = (
            b"step,train_loss,train_mean_token_accuracy,valid_loss,validation_mean_token_accuracy,full_valid_loss,"
            b"full_valid_mean_token_accuracy\n1,2.0,0.5,2.25,0.375,,\n2,1.0,0.75,1.5,0.625,1.625,0.5\n"
        )
        assert record.remote_id is not None
        put_result(server, record.remote_id, table)
        fetch(ws, client, record, LATER)
        drawn = curve_of(ws, record).curve(())
        assert drawn.points("full_valid_loss") == [(2, 1.625)] and drawn.points("full_valid_accuracy") == [(2, 0.5)]
        assert drawn.points("valid_accuracy") == [(1, 0.375), (2, 0.625)] and drawn.by_token


def test_a_job_that_was_made_elsewhere_gets_its_curve_from_the_file_alone(ws: Workspace, server: FakeOpenAI, client: Client) -> None:
    job_id = foreign(server, 1)
    server.succeed(job_id)
    server.events[job_id] = [event for event in server.events[job_id] if event["type"] != "metrics"]  # long forgotten there
    server.checkpoints[job_id] = []
    put_result(server, job_id, base64.b64encode(TABLE))
    project = ws.create_project("Adopted", now=NOW)
    [stranger] = list_strangers(ws, client).jobs
    record = adopt(ws, client, project.id, stranger, LATER)
    assert curve_of(ws, record).curve(()).frame.empty
    fetch(ws, client, record, LATER)
    drawn = curve_of(ws, record).curve(())
    assert drawn.points("train_loss") == [(1, 2.0), (2, 1.0), (3, 0.6667), (4, 0.5)] and drawn.from_file == 6


def test_it_goes_with_its_project(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = finished(ws, server, client, record)
    found = fetch(ws, client, record, LATER)
    assert found is not None
    path = ws.file_path(found.sha)
    ws.delete_project(record.project_id)
    ws.sweep()
    assert not path.exists()
