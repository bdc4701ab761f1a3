"""A model that has to be made ready first: the pages say so, name the price, ask, and ask the server once."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.io import connections as listed
from core.io import keys
from core.io.openai_calls import make_client
from core.io.workspace import JobRecord, Project, Workspace
from core.monitor.deployments import answers_by, deployed_by_hand
from core.monitor.watch import look
from core.train.start import start_training
from tests.pages.test_states import texts
from tests.servers.dialects import FakeAzure, FakeCrusoe, FakeNebius
from tests.servers.fake_openai import FakeOpenAI
from tests.train.workbench import DAY, NOW, save_plan

Open = Callable[..., AppTest]


@pytest.fixture
def nebius() -> Iterator[FakeNebius]:
    with FakeNebius() as server:
        yield server


@pytest.fixture
def azure() -> Iterator[FakeAzure]:
    with FakeAzure() as server:
        yield server


@pytest.fixture
def crusoe() -> Iterator[FakeCrusoe]:
    with FakeCrusoe() as server:
        yield server


def trained(ws: Workspace, project: Project, server: FakeOpenAI, id: str, monkeypatch: pytest.MonkeyPatch) -> JobRecord:
    """A finished job on the provider `id`, whose address is the small server's for as long as the test lasts."""
    here = tuple(replace(one, base_url=server.base_url, hosts=()) if one.id == id else one for one in listed.connections())
    monkeypatch.setattr(listed, "connections", lambda: here)
    monkeypatch.setattr(keys, "connections", lambda: here)
    where = listed.connection(id)
    for name in where.key_env:
        monkeypatch.setenv(name, server.key)
    assert where.default_model is not None and project.dataset_id is not None
    plan = save_plan(ws, ws.dataset(project.dataset_id), where, base_model=where.default_model.id)
    with make_client(where, server.key, timeout_s=5) as client:
        record = start_training(ws, client, plan, now=NOW)
        assert record.remote_id is not None, record.error
        server.succeed(record.remote_id)
        return look(ws, client, record, NOW + DAY)


def test_nebius_is_asked_after_the_yes_and_the_model_then_answers(
    open_app: Open, ws: Workspace, bank: Project, nebius: FakeNebius, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = trained(ws, bank, nebius, "nebius", monkeypatch)
    app = open_app("playground", bank)
    assert "has made it ready" in texts(app)
    assert "Being ready costs nothing there" in texts(app), app.caption
    [ask] = [one for one in app.button if one.label == "Make the model ready"]
    assert ask.disabled and not nebius.seen("POST /v0/models")
    next(one for one in app.checkbox if one.label.startswith("Yes, make it ready")).check().run()
    next(one for one in app.button if one.label == "Make the model ready").click().run()
    assert not app.exception and "It says: validating" in texts(app)
    [name] = nebius.deployments
    nebius.finish(name)
    app.run()
    assert answers_by(ws, record) == name
    app.run()
    assert "has made it ready" not in texts(app) and len(nebius.seen("POST /v0/models")) == 1


def test_azure_asks_for_the_name_of_the_deployment_and_names_its_price(
    open_app: Open, ws: Workspace, bank: Project, azure: FakeAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = trained(ws, bank, azure, "azure", monkeypatch)
    app = open_app("monitor", bank)
    assert "make one in the pages of Azure OpenAI" in texts(app) and "$1.70 for every hour" in texts(app)
    next(one for one in app.text_input if one.label == "Name of the deployment").set_value("support")
    next(one for one in app.button if one.label == "Use this deployment").click().run()
    assert not app.exception and answers_by(ws, record) == "support"


def test_crusoe_says_what_is_left_to_do_and_where_on_monitor_and_on_the_shelf(
    open_app: Open, ws: Workspace, bank: Project, crusoe: FakeCrusoe, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = trained(ws, bank, crusoe, "crusoe", monkeypatch)
    app = open_app("monitor", bank)
    told = texts(app)
    assert "The model is trained and lies at Crusoe. It answers nobody yet: three steps are left" in told
    assert f"deploy the result of the training {record.remote_id}" in told and "choose “Other compatible server”" in told
    assert "for every hour" in told and all(one.key != "next_playground" for one in app.button), "nothing leads to where it cannot be asked"
    app.session_state[f"shelf_{bank.id}"] = True
    app.run()
    assert not app.exception and "It does not answer yet: Crusoe makes it ready in its own pages" in texts(app)


def test_each_connection_says_what_it_needs(open_app: Open, ws: Workspace, bank: Project) -> None:
    project = ws.update_project(bank.id, bank.updated_at, connection_id="azure")
    app = open_app("train", project)
    assert "You need: the address of your Azure resource" in "".join(one.value for one in app.sidebar.caption)
    [address] = [one for one in app.sidebar.text_input if one.label == "Address of the server"]
    address.set_value("https://mine.openai.azure.com/openai/v1").run()
    assert not app.exception and ws.project(bank.id).base_url == "https://mine.openai.azure.com/openai/v1"
    assert any(one.label.startswith("API key for mine.openai.azure.com") for one in app.sidebar.text_input)


def test_a_nebius_model_stands_on_the_shelf_before_and_after_it_has_a_name(
    open_app: Open, ws: Workspace, bank: Project, nebius: FakeNebius, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = trained(ws, bank, nebius, "nebius", monkeypatch)
    assert record.snapshot is not None and not record.snapshot.fine_tuned_model
    app = open_app("monitor", bank)
    app.session_state[f"shelf_{bank.id}"] = True
    app.session_state[f"passport_{record.id}"] = True
    app.run()
    told = texts(app)
    assert not app.exception and "It does not answer yet: it is made ready in Monitor" in told and "Exact name: none yet" in told
    assert "To delete it, use the pages of Nebius Token Factory." in told
    assert all(one.key != f"delete_model_{record.id}" for one in app.button)
    deployed_by_hand(ws, record, "support", NOW + DAY)
    app.run()
    told = texts(app)
    assert not app.exception and "It does not answer yet" not in told and "Exact name: `support`" in told
