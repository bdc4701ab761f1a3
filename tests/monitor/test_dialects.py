"""From plan to answering model on the other providers, through small servers that behave as their documentation says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.base.errors import NotOnServer, RequestRefused
from core.base.types import Message
from core.io.connections import connection
from core.io.openai_calls import Client, chat, file_content, make_client
from core.io.workspace import JobRecord, Workspace
from core.monitor.curve import curve
from core.monitor.deployments import answers_by, deploy, deployed_by_hand, deployment_of, look_at_deployment
from core.monitor.watch import look
from core.train.start import start_training
from tests.servers import FakeOpenAI, faults
from tests.servers.dialects import FakeAzure, FakeCrusoe, FakeNebius
from tests.train.workbench import NOW, save_dataset, save_plan

LATER = NOW + timedelta(minutes=1)
DEPLOY = "POST /v0/models"


def client_of(server: FakeOpenAI, connection_id: str) -> Client:
    return make_client(replace(connection(connection_id), base_url=server.base_url), server.key, timeout_s=5)


def trained(ws: Workspace, server: FakeOpenAI, client: Client) -> JobRecord:
    where = client.connection
    model = where.default_model
    assert model is not None
    project = ws.create_project("Cases", now=NOW)
    plan = save_plan(ws, save_dataset(ws, project.id), where, base_model=model.id)
    record = start_training(ws, client, plan, now=NOW)
    assert record.state == "created" and record.remote_id is not None, record.error
    server.succeed(record.remote_id)
    return look(ws, client, record, LATER)


def says(client: Client, model: str) -> str:
    return chat(client, model, [Message("user", "hello")]).text


def test_nebius_trains_tells_its_curve_in_checkpoints_and_answers_once_it_is_active(ws: Workspace) -> None:
    with FakeNebius() as server, client_of(server, "nebius") as client:
        record = trained(ws, server, client)
        [sent] = [one.json for one in server.seen("POST /fine_tuning/jobs")]
        assert sent["hyperparameters"]["lora"] is True and "n_epochs" in sent["hyperparameters"] and "method" not in sent
        drawn = curve(ws.events(record.id), ws.checkpoints(record.id))
        assert drawn.from_checkpoints and list(drawn.frame["train_loss"]) == [2.0, 1.0, 0.6667]
        assert answers_by(ws, record) == ""
        asked = deploy(ws, client, record, LATER)
        assert asked.state == "waiting" and asked.raw_status == "validating"
        last = ws.checkpoints(record.id)[-1]
        [body] = [one.json for one in server.seen(DEPLOY)]
        assert body == {"name": asked.name, "base_model": sent["model"], "source": f"{record.remote_id}:{last.id}"}
        with pytest.raises(NotOnServer):
            says(client, asked.name)
        server.finish(asked.name)
        ready = look_at_deployment(ws, client, record, LATER)
        assert ready is not None and ready.state == "ready" and answers_by(ws, record) == asked.name
        assert says(client, asked.name) == "You said: hello"


def test_nebius_takes_the_adapters_rank_and_alpha_where_they_were_set(ws: Workspace) -> None:
    with FakeNebius() as server, client_of(server, "nebius") as client:
        where = client.connection
        project = ws.create_project("Cases", now=NOW)
        asked = {"lora_r": 32, "lora_alpha": 64, "lora_dropout": 0.05}
        model = where.default_model
        assert model is not None
        dataset = save_dataset(ws, project.id)
        plan = save_plan(ws, dataset, where, base_model=model.id, overrides=asked, ranges=where.dialect.ranges)
        start_training(ws, client, plan, now=NOW)
        [sent] = [one.json for one in server.seen("POST /fine_tuning/jobs")]
        assert sent["hyperparameters"].items() >= {**asked, "lora": True}.items()


def test_a_model_is_asked_to_be_made_ready_once_whatever_happens_to_the_answer(ws: Workspace) -> None:
    with FakeNebius() as server, client_of(server, "nebius") as client:
        record = trained(ws, server, client)
        server.fail(DEPLOY, faults.drop(acts=True))
        assert deploy(ws, client, record, LATER).state == "waiting", "found by its name"
        assert deploy(ws, client, record, LATER).state == "waiting"
        assert len(server.seen(DEPLOY)) == len(server.deployments) == 1


def test_a_lost_answer_blocks_until_it_is_certain_that_nothing_was_done(ws: Workspace) -> None:
    with FakeNebius() as server, client_of(server, "nebius") as client:
        record = trained(ws, server, client)
        server.fail(DEPLOY, faults.drop(acts=False))
        assert deploy(ws, client, record, LATER).state == "uncertain"
        assert deploy(ws, client, record, LATER).state == "uncertain" and len(server.seen(DEPLOY)) == 1
        after = LATER + timedelta(minutes=6)
        assert deploy(ws, client, record, after).state == "waiting"
        assert len(server.deployments) == 1 and len(server.seen(DEPLOY)) == 2


def test_a_model_that_failed_to_get_ready_is_told_as_failed_and_an_unknown_word_as_waiting(ws: Workspace) -> None:
    with FakeNebius() as server, client_of(server, "nebius") as client:
        record = trained(ws, server, client)
        name = deploy(ws, client, record, LATER).name
        server.finish(name, "warming_up")
        known = look_at_deployment(ws, client, record, LATER)
        assert known is not None and (known.state, known.raw_status) == ("waiting", "warming_up")
        server.finish(name, "error")
        known = look_at_deployment(ws, client, record, LATER)
        assert known is not None and known.state == "failed" and known.may_ask and answers_by(ws, record) == ""


def test_azure_is_told_its_training_type_gives_a_raw_result_and_answers_by_the_deployments_name(ws: Workspace) -> None:
    with FakeAzure() as server, client_of(server, "azure") as client:
        record = trained(ws, server, client)
        [sent] = [one.json for one in server.seen("POST /fine_tuning/jobs")]
        assert sent["trainingType"] == "globalStandard" and sent["method"]["type"] == "supervised" and "hyperparameters" not in sent
        assert record.snapshot is not None and record.snapshot.fine_tuned_model
        assert file_content(client, record.snapshot.result_files[0]).startswith(b"step,train_loss\n"), "not base64"
        with pytest.raises(NotOnServer):
            says(client, record.snapshot.fine_tuned_model)
        server.deploy("support")
        deployed_by_hand(ws, record, "support", LATER)
        assert says(client, answers_by(ws, record)) == "You said: hello"


def test_azure_refuses_what_its_connection_does_not_allow_to_be_asked() -> None:
    assert connection("azure").suffix_max == 18
    with FakeAzure() as server, client_of(server, "openai") as client, pytest.raises(RequestRefused):
        client.tell("post", "/fine_tuning/jobs", need="id", body={"suffix": "x" * 19, "trainingType": "globalStandard"})


def test_crusoe_trains_without_a_diary_and_its_model_answers_elsewhere(ws: Workspace) -> None:
    with FakeCrusoe() as server, client_of(server, "crusoe") as client:
        record = trained(ws, server, client)
        assert record.snapshot is not None and record.snapshot.status == "succeeded" and record.error is None
        assert curve(ws.events(record.id), ws.checkpoints(record.id)).frame.empty
        assert client.connection.dialect.deploy is not None and client.connection.dialect.deploy.how == "elsewhere"
        assert deployment_of(ws, record.id) is None
