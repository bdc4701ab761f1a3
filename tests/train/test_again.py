"""A plan that was exported is the same plan when it comes back, and on another connection it says what had to change."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.errors import BadSetting, NotInWorkspace
from core.base.plan_file import PlanFile, read, write
from core.io.connections import BaseModel, connection
from core.io.workspace import Plan, Workspace
from core.train.again import again, find_data, plan_file
from tests.servers import FakeOpenAI
from tests.train.workbench import NOW, fake_connection, save_dataset, save_pairs, save_plan

OPENAI = connection("openai")
HERE = connection("this-machine")
SMALL = BaseModel("tiny", "Tiny", small=True)


def exported(ws: Workspace, plan: Plan) -> PlanFile:
    return read(write(plan_file(plan, ws.dataset(plan.dataset_id))))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    preset=st.sampled_from(["quick", "balanced", "careful"]),
    overrides=st.fixed_dictionaries(
        {},
        optional={
            "n_epochs": st.integers(1, 50),
            "batch_size": st.integers(1, 256),
            "learning_rate_multiplier": st.floats(0.01, 10),
        },
    ),
    seed=st.none() | st.integers(0, 2**31 - 1),
    suffix=st.text("abc019_-", max_size=18),
    metadata=st.dictionaries(st.text("abc", min_size=1, max_size=9), st.text(max_size=20), max_size=13),
    budget=st.none() | st.floats(0, 1000),
)
def test_an_exported_plan_comes_back_as_the_very_same_plan(
    ws: Workspace, plan: Plan, server: FakeOpenAI, preset: str, overrides: Any, seed: Any, suffix: str, budget: Any, metadata: Any
) -> None:
    where = fake_connection(server)
    made = save_plan(
        ws,
        ws.dataset(plan.dataset_id),
        where,
        preset_name=preset,
        overrides=overrides,
        seed=seed,
        suffix=suffix,
        budget=budget,
        metadata=metadata,
    )
    found = again(ws, exported(ws, made), where, where.host, ())
    assert found.plan.key == made.key and found.plan.hyperparameters == made.hyperparameters
    assert found.dataset.id == made.dataset_id and found.notes == () and found.plan.metadata == metadata
    assert plan_file(found.plan, found.dataset) == exported(ws, made), "it can leave before it was kept, and is the same file"


def test_a_name_that_is_too_long_elsewhere_is_cut_aloud(ws: Workspace, plan: Plan, server: FakeOpenAI) -> None:
    found = again(ws, replace(exported(ws, plan), suffix="b" * 20), where := fake_connection(server), "host", ())
    assert found.plan.suffix == "b" * where.suffix_max
    assert [(note.code, note.params["short"]) for note in found.notes] == [("suffix_cut", "b" * 18)]


def test_pairs_come_back_as_pairs(ws: Workspace, server: FakeOpenAI) -> None:
    where = fake_connection(server)
    dataset = save_pairs(ws, ws.create_project("Pairs", now=NOW).id)
    made = save_plan(ws, dataset, where, method="dpo", overrides={"beta": 0.3})
    found = again(ws, exported(ws, made), where, where.host, ())
    assert found.plan.key == made.key and found.plan.method == "dpo" and found.plan.n_train == 12


def test_on_another_connection_the_data_stays_and_what_changes_is_said(ws: Workspace, plan: Plan) -> None:
    wanted = exported(ws, plan)
    found = again(ws, wanted, OPENAI, OPENAI.host, [one for one in OPENAI.base_models if one.id != plan.base_model])
    assert found.plan.origin == OPENAI.origin and found.plan.train_sha == wanted.train_sha256
    assert [note.code for note in found.notes] == ["another_connection", "another_base_model"]
    assert found.plan.base_model in {one.id for one in OPENAI.base_models}


def test_settings_of_small_models_are_left_out_elsewhere_by_name(ws: Workspace, plan: Plan) -> None:
    dataset = ws.dataset(plan.dataset_id)
    made = save_plan(ws, dataset, HERE, base_model="tiny", small=True, overrides={"lora_r": 8, "n_epochs": 2})
    same = again(ws, exported(ws, made), HERE, "this machine", [SMALL])
    assert same.plan.key == made.key and same.notes == ()
    found = again(ws, exported(ws, made), OPENAI, OPENAI.host, OPENAI.base_models)
    assert "lora_r" not in found.plan.hyperparameters and found.plan.hyperparameters["n_epochs"] == 2
    assert [note.params["setting"] for note in found.notes if note.code == "setting_left_out"] == ["lora_r"]


def test_without_its_data_a_plan_is_not_run(ws: Workspace, plan: Plan, server: FakeOpenAI) -> None:
    wanted = replace(exported(ws, plan), train_sha256="0" * 64)
    with pytest.raises(NotInWorkspace):
        again(ws, wanted, fake_connection(server), "host", ())


def test_values_that_no_training_takes_are_refused(ws: Workspace, plan: Plan, server: FakeOpenAI) -> None:
    for bad in ({"n_epochs": 5000}, {"shell": "x"}, {"n_epochs": "all"}):
        with pytest.raises(BadSetting):
            again(ws, replace(exported(ws, plan), hyperparameters=bad), fake_connection(server), "host", ())
    with pytest.raises(BadSetting):
        again(ws, replace(exported(ws, plan), suffix="a b"), fake_connection(server), "host", ())


def test_the_open_projects_own_data_set_is_taken_before_anothers(ws: Workspace, plan: Plan) -> None:
    twin = save_dataset(ws, ws.create_project("Twin", now=NOW).id)
    assert find_data(ws, exported(ws, plan), twin.project_id).id == twin.id
    assert find_data(ws, exported(ws, plan), plan.project_id).id == plan.dataset_id
