"""The shelf holds every model that a project has made or taken in, and lets one go only on its server's word."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.base.errors import AccessDenied, AnswerLost, BadSetting
from core.base.remote import JobStatus
from core.io.connections import connection
from core.io.openai_calls import Client, delete_model, list_models, make_client
from core.io.workspace import JobRecord, Workspace
from core.monitor.shelf import delete, is_deleted, shelf, spent
from core.monitor.watch import look
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE
from tests.train.workbench import NOW

LATER = NOW + timedelta(minutes=5)
DELETE = "DELETE /models/{id}"


def ended(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> JobRecord:
    server.succeed(str(record.remote_id))
    return look(ws, client, record, LATER)


def test_a_running_training_is_not_on_the_shelf_and_a_finished_one_is(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    assert shelf(ws, record.project_id) == []
    record = ended(ws, server, client, record)
    (one,) = shelf(ws, record.project_id)
    assert one.model == server.jobs[str(record.remote_id)]["fine_tuned_model"]
    assert one.plan is not None and one.dataset is not None and one.dataset.id == one.plan.dataset_id
    assert [point.step for point in one.checkpoints] == [1, 2, 3]


def test_the_newest_model_stands_first_and_one_made_elsewhere_says_that_its_data_is_unknown(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record = ended(ws, server, client, record)
    server.jobs["ftjob-foreign"] = {**server.jobs[str(record.remote_id)], "id": "ftjob-foreign", "finished_at": 1_790_009_000}
    server.events["ftjob-foreign"], server.checkpoints["ftjob-foreign"] = [], []
    adopted = ws.adopt_job(record.project_id, connection_id="custom", origin=server.origin, remote_id="ftjob-foreign", now=NOW)
    look(ws, client, adopted, LATER)
    first, second = shelf(ws, record.project_id)
    assert (first.record.id, second.record.id) == (adopted.id, record.id)
    assert first.plan is None and first.dataset is None and first.estimate == {}


def test_a_deleted_model_is_gone_on_its_server_and_from_the_shelf_while_its_training_stays(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record = ended(ws, server, client, record)
    model = shelf(ws, record.project_id)[0].model
    assert delete(ws, client, record, LATER) is True
    assert model not in [one.id for one in list_models(client)]
    assert shelf(ws, record.project_id) == [] and is_deleted(ws, record)
    assert ws.job(record.id) == record


def test_a_model_that_its_server_does_not_have_any_more_leaves_the_shelf_when_asked(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record = ended(ws, server, client, record)
    server.models.clear()
    assert delete(ws, client, record, LATER) is False
    assert shelf(ws, record.project_id) == []


@pytest.mark.parametrize(("fault", "error"), [(faults.drop(acts=True), AnswerLost), (faults.html(502), AnswerLost)])
def test_a_model_stays_on_the_shelf_while_it_is_not_known_to_be_gone_and_may_be_deleted_again(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord, fault: faults.Fault, error: type[Exception]
) -> None:
    record = ended(ws, server, client, record)
    server.fail(DELETE, fault)
    with pytest.raises(error):
        delete(ws, client, record, LATER)
    assert len(server.seen(DELETE)) == 1 and len(shelf(ws, record.project_id)) == 1
    delete(ws, client, record, LATER)
    assert shelf(ws, record.project_id) == []


def test_another_servers_client_deletes_nothing(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    record = ended(ws, server, client, record)
    with FakeOpenAI() as other, make_client(connection("custom", base_url=other.base_url), other.key) as theirs:
        with pytest.raises(BadSetting):
            delete(ws, theirs, record, LATER)
        assert other.requests == []
    assert len(shelf(ws, record.project_id)) == 1


def test_a_job_without_a_model_has_nothing_to_delete(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> None:
    with pytest.raises(BadSetting):
        delete(ws, client, record, LATER)
    assert server.seen(DELETE) == []


def test_a_base_model_is_not_deleted(client: Client) -> None:
    with pytest.raises(AccessDenied):
        delete_model(client, BASE)


def test_what_was_spent_is_told_only_where_tokens_and_price_are_known() -> None:
    assert spent(2_000_000, 1.5) == 3.0 and spent(0, 1.5) == 0.0
    assert spent(None, 1.5) is None and spent(5, None) is None


def test_of_a_training_that_was_ended_early_every_checkpoint_is_deleted(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    record = ended(ws, server, client, record)
    job = record.snapshot
    assert job is not None
    cut = ws.update_job(record.id, job=replace(job, status=JobStatus.CANCELLED, fine_tuned_model=None))
    assert shelf(ws, record.project_id) == [], "its job names no model"
    (one,) = shelf(ws, record.project_id, lambda record: "its last checkpoint")
    assert one.model == "its last checkpoint" and one.deleted_by == tuple(point.model for point in one.checkpoints)
    delete(ws, client, cut, LATER)
    assert len(server.seen(DELETE)) == 3 and is_deleted(ws, cut)
