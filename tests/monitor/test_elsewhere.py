"""A connection's own list: what was made elsewhere is told apart from what is ours, and can be taken in."""

from datetime import timedelta
from typing import Any

import pytest

from core.base.errors import AnswerLost, BadSetting, ServerProblem
from core.base.remote import JobStatus
from core.io.openai_calls import Client
from core.io.workspace import JobRecord, Workspace
from core.monitor.elsewhere import PAGE, adopt, list_strangers
from core.monitor.shelf import shelf
from core.monitor.watch import look
from core.train.start import start_training
from tests.servers import FakeOpenAI, faults
from tests.train.workbench import NOW, fake_connection, save_dataset, save_plan

LATER = NOW + timedelta(minutes=5)


def foreign(server: FakeOpenAI, number: int, **fields: Any) -> str:
    """A job that another program has made."""
    name = f"ftjob-foreign{number}"
    plain = {"object": "fine_tuning.job", "id": name, "created_at": 1_780_000_000 + number, "status": "running", "model": "gpt-4.1-nano"}
    server.jobs[name] = {**plain, "suffix": "theirs", "training_file": "file-theirs", "metadata": None, "error": None, **fields}
    server.events[name], server.checkpoints[name] = [], []
    return name


def test_the_list_is_read_by_pages_and_leaves_out_what_is_known_here(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    names = [foreign(server, number) for number in range(PAGE + 5)]
    first = list_strangers(ws, client)
    assert len(first.jobs) == PAGE and first.known == 0 and first.after is not None
    second = list_strangers(ws, client, after=first.after)
    assert second.known == 1 and second.after is None
    assert [job.id for job in (*first.jobs, *second.jobs)] == names[::-1]


def test_a_job_whose_answer_is_still_awaited_is_no_stranger(ws: Workspace, server: FakeOpenAI, client: Client) -> None:
    server.fail("POST /fine_tuning/jobs", faults.drop(acts=True))
    server.fail("GET /fine_tuning/jobs", faults.html(502), always=True)
    project = ws.create_project("Cases", now=NOW)
    record = start_training(ws, client, save_plan(ws, save_dataset(ws, project.id), fake_connection(server)), now=NOW)
    assert record.state == "uncertain" and len(server.jobs) == 1
    server.heal()
    assert list_strangers(ws, client).jobs == ()


def test_an_adopted_job_is_watched_like_ones_own_and_ends_on_the_shelf(ws: Workspace, server: FakeOpenAI, client: Client) -> None:
    name = foreign(server, 1)
    server.add_event(name, "Step 1", data={"step": 1, "total_steps": 3, "train_loss": 2.0})
    project = ws.create_project("Theirs", now=NOW)
    (job,) = list_strangers(ws, client).jobs
    record = adopt(ws, client, project.id, job, NOW)
    assert record.plan_id is None and record.state == "created" and len(ws.events(record.id)) == 1
    assert list_strangers(ws, client).jobs == ()
    server.succeed(name)
    record = look(ws, client, record, LATER)
    assert record.snapshot is not None and record.snapshot.status is JobStatus.SUCCEEDED
    assert [one.dataset for one in shelf(ws, project.id)] == [None]


def test_a_job_is_adopted_once_however_often_it_is_clicked(ws: Workspace, server: FakeOpenAI, client: Client) -> None:
    foreign(server, 1)
    project, other = ws.create_project("A", now=NOW), ws.create_project("B", now=NOW)
    (job,) = list_strangers(ws, client).jobs
    first = adopt(ws, client, project.id, job, NOW)
    assert adopt(ws, client, project.id, job, LATER).id == first.id
    with pytest.raises(BadSetting):
        adopt(ws, client, other.id, job, LATER)
    assert ws.jobs(other.id) == []


def test_a_job_of_an_unknown_state_is_adopted_as_unknown(ws: Workspace, server: FakeOpenAI, client: Client) -> None:
    foreign(server, 1, status="dreaming")
    (job,) = list_strangers(ws, client).jobs
    record = adopt(ws, client, ws.create_project("A", now=NOW).id, job, NOW)
    assert record.snapshot is not None and record.snapshot.status is JobStatus.UNKNOWN and record.snapshot.raw_status == "dreaming"


def test_a_server_without_an_answer_is_an_error_and_no_empty_list(ws: Workspace, server: FakeOpenAI, client: Client) -> None:
    server.fail("GET /fine_tuning/jobs", faults.html(502), always=True)
    with pytest.raises(ServerProblem) as failed:
        list_strangers(ws, client)
    assert not isinstance(failed.value, AnswerLost)
