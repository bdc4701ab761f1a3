"""A passport tells enough to repeat a training, nothing secret, and one that was changed is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.errors import BadSetting, InputError
from core.base.plan_file import seal
from core.io.openai_calls import Client
from core.io.software import versions
from core.io.workspace import JobRecord, Workspace
from core.monitor.curve import curve
from core.monitor.passport import masked, passport, plan_in, read, write
from core.monitor.shelf import shelf
from core.monitor.watch import look
from core.train.again import again, plan_file
from tests.servers import FakeOpenAI
from tests.train.workbench import NOW, fake_connection

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def made(ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord) -> dict[str, Any]:
    server.succeed(str(record.remote_id))
    look(ws, client, record, LATER)
    return content(ws, record)


def content(ws: Workspace, record: JobRecord) -> dict[str, Any]:
    one = shelf(ws, record.project_id)[0]
    plan = plan_file(one.plan, one.dataset) if one.plan and one.dataset else None
    drawn = curve(ws.events(one.record.id), one.checkpoints)
    scores = [{"name": "whole answers right", "before": 3, "after": 6, "rows": 6}]
    return passport(one, plan=plan, curve=drawn, scores=scores, software=versions(), price=None, shutdown=None, now=LATER)


def test_a_passport_names_data_settings_curve_and_checkpoints(
    made: dict[str, Any], ws: Workspace, server: FakeOpenAI, record: JobRecord
) -> None:
    one = shelf(ws, record.project_id)[0]
    assert one.dataset is not None and one.plan is not None
    assert made["model"]["name"] == server.jobs[str(record.remote_id)]["fine_tuned_model"]
    assert made["data"]["train_sha256"] == one.dataset.train_sha and made["data"]["test_sha256"] == one.dataset.test_sha
    assert made["data"]["split_seed"] == 42 and made["data"]["system_prompt"] == "Classify."
    assert made["hyperparameters"]["asked"] == one.plan.hyperparameters
    assert made["curve"]["points"]["train_loss"] == [[1, 2.0], [2, 1.0], [3, 0.6667]]
    assert [point["step"] for point in made["model"]["checkpoints"]] == [1, 2, 3]
    assert made["software"]["openai"] and made["software"]["tunesmith"]


def test_a_passport_comes_back_from_its_file_and_its_plan_is_the_same_plan(
    made: dict[str, Any], ws: Workspace, server: FakeOpenAI, record: JobRecord
) -> None:
    assert read(write(made)) == made
    where = fake_connection(server)
    assert again(ws, plan_in(write(made)), where, where.host, ()).plan.key == record.key


def test_no_key_and_no_path_of_the_home_folder_is_in_it(made: dict[str, Any], ws: Workspace, server: FakeOpenAI) -> None:
    text = write(made).decode()
    assert server.key not in text and str(ws.home) not in text and "/home" not in text and "/tmp" not in text
    key = "sk-proj-" + "a1B2" * 8
    assert masked(f"Use the key {key} for it.") == "Use the key […] for it."


def test_the_passport_of_a_model_made_elsewhere_says_that_its_data_is_unknown(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    server.succeed(str(record.remote_id))
    foreign = {**server.jobs[str(record.remote_id)], "id": "ftjob-x"}
    server.jobs["ftjob-x"], server.events["ftjob-x"], server.checkpoints["ftjob-x"] = foreign, [], []
    project = ws.create_project("Other", now=NOW)
    adopted = ws.adopt_job(project.id, connection_id="custom", origin=server.origin, remote_id="ftjob-x", now=NOW)
    look(ws, client, adopted, LATER)
    told = content(ws, adopted)
    assert told["data"] is None and told["plan"] is None and read(write(told)) == told
    with pytest.raises(BadSetting):
        plan_in(write(told))


def test_figures_that_are_none_and_broken_letters_do_not_keep_a_passport_from_being_written(
    ws: Workspace, server: FakeOpenAI, client: Client, record: JobRecord
) -> None:
    server.succeed(str(record.remote_id))
    look(ws, client, record, LATER)
    one = shelf(ws, record.project_id)[0]
    odd: dict[str, Any] = {"name": "half \ud83d", "before": float("nan"), "after": float("inf")}
    told = passport(one, plan=None, curve=curve([]), scores=[odd], software={}, price=None, shutdown=None, now=LATER)
    assert told["scores"] == [{"name": "half \ufffd", "before": None, "after": None}]
    assert read(write(told)) == told


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, child in children for path in [(*at, key), *paths(child, (*at, key))]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(st.data())
def test_whatever_is_changed_in_a_passport_is_noticed(made: dict[str, Any], data: st.DataObject) -> None:
    changed = json.loads(write(made))
    path = data.draw(st.sampled_from(paths(changed)))
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = {"something": "else"}
    with pytest.raises(BadSetting):
        read(write(changed))


@pytest.mark.parametrize("section", ["", "model", "data", "plan", "price", "curve", "seed", "hyperparameters"])
def test_an_unknown_field_is_named_even_under_a_fresh_seal(made: dict[str, Any], section: str) -> None:
    changed = json.loads(write(made))
    (changed[section] if section else changed)["extra"] = 1
    body = {name: value for name, value in changed.items() if name != "seal"}
    with pytest.raises(BadSetting) as refused:
        read(write({**body, "seal": seal(body)}))
    assert refused.value.params["field"] == "extra"


@given(st.binary(max_size=200))
def test_bytes_that_are_no_passport_end_in_a_typed_error(data: bytes) -> None:
    for reader in (read, plan_in):
        with pytest.raises(InputError):
            reader(data)
