"""The files on the server: whose they are, and which of them may go."""

import pytest

from core.base.errors import BadSetting
from core.io.openai_calls import Client, create_job, upload_file
from core.io.workspace import Plan, Workspace
from core.train.remote_files import files_there, remove_file
from core.train.start import start_training
from tests.servers import FakeOpenAI, faults
from tests.train.workbench import NOW


def test_a_file_that_a_running_training_reads_cannot_be_deleted(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    record = start_training(ws, client, plan, now=NOW)
    other = upload_file(client, "mine.jsonl", b"{}")
    there = {one.file.id: one for one in files_there(ws, client, record.project_id)}
    job = server.jobs[record.remote_id or ""]
    assert {file_id for file_id, one in there.items() if one.ours and one.in_use} == {job["training_file"], job["validation_file"]}
    assert (there[other.id].ours, there[other.id].in_use, there[other.id].file.bytes) == (False, False, 2)
    with pytest.raises(BadSetting, match="not over"):
        remove_file(ws, client, job["training_file"])
    assert remove_file(ws, client, other.id) and not remove_file(ws, client, other.id)
    assert set(server.files) == {job["training_file"], job["validation_file"]}


def test_a_deleted_file_is_sent_again_when_it_is_needed(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    server.fail("POST /fine_tuning/jobs", faults.refuse(403))
    record = start_training(ws, client, plan, now=NOW)
    files = files_there(ws, client, record.project_id)
    assert [one.in_use for one in files] == [False, False]
    assert all(remove_file(ws, client, one.file.id) for one in files) and not ws.uploads_of(record.project_id)
    assert start_training(ws, client, plan, now=NOW).state == "created" and len(server.seen("POST /files")) == 4


def test_a_training_that_was_started_elsewhere_keeps_its_file(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    theirs = upload_file(client, "theirs.jsonl", b"{}")
    create_job(client, model="m", training_file=theirs.id)
    assert [one.in_use for one in files_there(ws, client, plan.project_id)] == [True]


def test_more_files_than_a_page_holds_are_all_listed(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    for number in range(105):
        server._store(f"{number}.jsonl", b"{}", "fine-tune")
    server._store("results.csv", b"x", "fine-tune-results")
    assert len(files_there(ws, client, plan.project_id)) == 105
