"""What was chosen for a training survives another connection and a new session, and what cannot come along is named."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.io.connections import connection
from core.io.workspace import Project, Workspace
from pages.ui import probe, state
from tests.pages.conftest import NOW
from tests.pages.test_states import texts
from tests.servers.fake_openai import FakeOpenAI
from tests.train.workbench import save_dataset, save_plan

Open = Callable[..., AppTest]


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def cases(ws: Workspace) -> Project:
    project = ws.create_project("A rather long name for cases", now=NOW, connection_id="this-machine")
    return ws.update_project(project.id, NOW, dataset_id=save_dataset(ws, project.id).id)


def box(app: AppTest, label: str) -> Any:
    elements = (*app.main.selectbox, *app.main.text_input, *app.main.number_input, *app.main.text_area, *app.main.button_group)
    return next(one for one in elements if one.label == label)


def preset(app: AppTest) -> Any:
    return box(app, "How thorough")


def go_over(app: AppTest, connection_id: str) -> AppTest:
    next(one for one in app.sidebar.selectbox if str(one.key).startswith("connection_")).set_value(connection_id).run()
    assert not app.exception
    return app


def test_what_was_chosen_before_start_is_there_in_a_new_session_and_on_another_connection(
    ws: Workspace, cases: Project, open_app: Open
) -> None:
    app = open_app("train", cases)
    go_over(app, "openai")  # the boxes of OpenAI exist in this session now, as proposed
    go_over(app, "this-machine")
    preset(app).set_value("careful").run()
    box(app, "Batch size").set_value(4).run()
    box(app, "Name of your model").set_value("a-name-of-more-than-18").run()
    box(app, "Notes").set_value("team = support").run()
    for there in (go_over(app, "openai"), open_app("train", ws.project(cases.id))):
        assert not there.exception
        assert preset(there).value == "careful" and box(there, "Batch size").value == 4
        assert box(there, "Name of your model").value == "a-name-of-more-than-18" and box(there, "Notes").value == "team = support"
        assert "left out" not in texts(there) and "was cut" not in texts(there)
        assert box(there, "Base model").value == "gpt-4.1-mini-2025-04-14"


def test_the_base_model_chosen_before_start_is_there_in_a_new_session(ws: Workspace, cases: Project, open_app: Open) -> None:
    app = open_app("train", ws.update_project(cases.id, NOW, connection_id="openai"))
    box(app, "Base model").set_value("gpt-4.1-2025-04-14").run()
    again = open_app("train", cases)
    assert box(again, "Base model").value == "gpt-4.1-2025-04-14"
    assert "Base model: GPT-4.1" in texts(go_over(again, "this-machine")) and "is left out" in texts(again)
    assert box(go_over(again, "openai"), "Base model").value == "gpt-4.1-2025-04-14", "each connection keeps its own"


def test_what_the_new_connection_does_not_have_is_named_and_a_long_name_is_cut_in_sight(
    ws: Workspace, cases: Project, server: FakeOpenAI, open_app: Open
) -> None:
    kept = {"preset": "quick", "by_hand": {"lora_r": 32, "n_epochs": 5}, "suffix": "a-name-of-more-than-18"}
    ws.set_setting(f"choices/{cases.id}/", {"last": "this-machine", "at": {"this-machine": kept}})
    ws.update_project(cases.id, NOW, connection_id="custom", base_url=server.base_url)
    app = open_app("train", cases)
    box(app, "Base model").set_value("m").run()
    assert not app.exception
    assert "does not take some of what you had chosen, so it is left out: Adapter rank: 32" in texts(app)
    assert "was cut to “a-name-of-more-tha”: this connection takes 18 characters" in texts(app)
    assert box(app, "Epochs").value == 5 and preset(app).value == "quick"
    box(app, "Name of your model").set_value("short").run()
    assert "was cut" not in texts(app) and "Adapter rank: 32" in texts(app)


def test_a_plan_of_before_choices_were_kept_brings_its_own_back(ws: Workspace, cases: Project, open_app: Open) -> None:
    where = connection("openai")
    plan = save_plan(ws, ws.dataset(cases.dataset_id or ""), where, preset_name="quick", overrides={"batch_size": 2}, suffix="mine")
    app = open_app("train", ws.update_project(cases.id, NOW, connection_id="openai", plan_id=plan.id))
    assert preset(app).value == "quick" and box(app, "Batch size").value == 2 and box(app, "Name of your model").value == "mine"


def test_notes_that_are_none_stop_the_plan_with_a_sentence(cases: Project, open_app: Open) -> None:
    app = open_app("train", cases)
    box(app, "Notes").set_value("support").run()
    assert not app.exception
    assert "has no equals sign" in texts(app) and not any(one.key == "start" for one in app.main.button)


def test_the_models_that_a_server_has_listed_are_offered_by_name(ws: Workspace, cases: Project, server: FakeOpenAI, open_app: Open) -> None:
    where = connection("custom", base_url=server.base_url)
    server.models.append(server.models[0] | {"id": "ft:gpt-4.1-mini-2025-04-14:org::tuned"})
    ws.update_project(cases.id, NOW, connection_id="custom", base_url=server.base_url)
    app = open_app("train", cases)
    assert not app.main.selectbox or all(one.label != "Base model" for one in app.main.selectbox), "nobody has asked yet"
    box(app, "Base model").set_value("typed-by-hand").run()
    app.session_state[state.TYPED_KEYS] = {where.origin: server.key}
    probe._askings().begin(where, server.key, lambda: probe.make_client(where, server.key), where.host).look(20)
    app.run()
    assert not app.exception
    listed = box(app, "Base model")
    assert listed.value == "typed-by-hand" and listed.proto.accept_new_options, "what was typed stays, and typing goes on"
    assert set(listed.options) == {"typed-by-hand", *(one["id"] for one in server.models[:-1])}, "a tuned one is no base"
    listed.set_value(next(name for name in listed.options if name != "typed-by-hand")).run()
    assert not app.exception and f"{box(app, 'Base model').value} will read" in texts(app)


def test_nebius_lets_the_adapter_be_set_in_its_own_ranges_and_keeps_it(ws: Workspace, cases: Project, open_app: Open) -> None:
    app = open_app("train", ws.update_project(cases.id, NOW, connection_id="nebius"))
    rank, alpha = box(app, "Adapter rank"), box(app, "Adapter alpha")
    assert (rank.min, rank.max, alpha.min, alpha.max) == (8, 128, 8, None) and box(app, "Epochs").max == 20
    rank.set_value(32).run()
    assert not app.exception and box(open_app("train", cases), "Adapter rank").value == 32
    there = open_app("train", ws.update_project(cases.id, NOW, connection_id="openai"))
    assert all(one.label != "Adapter rank" for one in there.number_input) and "Adapter rank: 32" in texts(there)
