"""Which method a data set, a connection and a base model leave a choice of, and what each method reads and sends."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.base.errors import BadSetting
from core.base.preference import parse_pairs
from core.io.connections import BaseModel, Connection, connection
from core.io.openai_calls import Client
from core.io.workspace import Dataset, Workspace
from core.train.method import Material, material, n_pairs, offer
from core.train.reconcile import REMOTE, reconcile
from core.train.start import start_training
from tests.servers import FakeOpenAI, faults
from tests.train.workbench import NOW, fake_connection, save_dataset, save_pairs, save_plan

CREATE, LIST = "POST /fine_tuning/jobs", "GET /fine_tuning/jobs"
LATER = NOW + timedelta(seconds=REMOTE.settle_s + 10)
SMALL = BaseModel("tiny", "Tiny", small=True, pairs="yes")


@pytest.fixture
def pairs(ws: Workspace) -> Dataset:
    return save_pairs(ws, ws.create_project("Pairs", now=NOW).id, n_alone=2)


def codes(dataset: Dataset, where: Connection, model: BaseModel) -> tuple[tuple[str, ...], list[str]]:
    found = offer(dataset, where, model)
    return found.methods, [reason.code for reason in found.reasons]


def test_the_choice_is_there_where_data_connection_and_model_have_it(ws: Workspace, pairs: Dataset) -> None:
    here, openai, other = connection("this-machine"), connection("openai"), connection("custom", base_url="https://api.example.com/v1")
    both, copying = ("supervised", "dpo"), ("supervised",)
    assert codes(pairs, here, SMALL) == (both, ["copying_proposed"])
    assert codes(pairs, openai, openai.named("gpt-4.1-mini-2025-04-14")) == (both, ["copying_proposed"])
    assert codes(pairs, other, other.named("anything")) == (both, ["copying_proposed", "pairs_perhaps_taken"])
    assert codes(pairs, openai, openai.named("gpt-4o-2024-08-06")) == (copying, ["pairs_not_taken"])
    assert codes(pairs, here, here.base_models[0]) == (copying, ["pairs_not_taken"]), "the practice model"
    few = save_pairs(ws, ws.create_project("Few", now=NOW).id, n_train=9, n_alone=20)
    assert codes(few, here, SMALL) == (copying, ["pairs_too_few"])
    assert codes(save_dataset(ws, pairs.project_id), here, SMALL) == (copying, []), "nobody has asked"


def test_each_method_reads_files_of_its_own(ws: Workspace, pairs: Dataset) -> None:
    assert material(pairs, "supervised") == Material(pairs.train_sha, pairs.validation_sha, 14, 3)
    assert material(pairs, "dpo") == Material(str(pairs.pairs_train_sha), pairs.pairs_validation_sha, 12, 3)
    assert n_pairs(pairs, "train") == len(parse_pairs(ws.read_file(str(pairs.pairs_train_sha))))
    with pytest.raises(BadSetting, match="no pairs"):
        material(save_dataset(ws, pairs.project_id), "dpo")


def test_a_start_sends_both_files_of_pairs_and_the_method_as_the_api_has_it(
    ws: Workspace, server: FakeOpenAI, client: Client, pairs: Dataset
) -> None:
    plan = save_plan(ws, pairs, fake_connection(server), method="dpo", overrides={"beta": 0.25})
    assert ws.plan(plan.id).method == "dpo"
    record = start_training(ws, client, plan, now=NOW)
    assert record.state == "created" and record.snapshot is not None and record.snapshot.method == "dpo"
    assert record.snapshot.hyperparameters["beta"] == 0.25
    (sent,) = server.seen(CREATE)
    body: dict[str, Any] = sent.json
    asked = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto", "beta": 0.25}
    assert body["method"] == {"type": "dpo", "dpo": {"hyperparameters": asked}}
    assert "hyperparameters" not in body, "the deprecated place knows the supervised method alone"
    assert server.contents[body["training_file"]] == ws.read_file(str(pairs.pairs_train_sha))
    assert server.contents[body["validation_file"]] == ws.read_file(str(pairs.pairs_validation_sha))
    line = json.loads(server.contents[body["training_file"]].splitlines()[0])
    assert set(line) == {"input", "preferred_output", "non_preferred_output"}
    assert line["preferred_output"][0]["role"] == line["non_preferred_output"][0]["role"] == "assistant"


def test_copying_and_preferring_are_two_jobs_and_each_is_one(ws: Workspace, server: FakeOpenAI, client: Client, pairs: Dataset) -> None:
    where = fake_connection(server)
    copying, preferring = (save_plan(ws, pairs, where, method=method) for method in ("supervised", "dpo"))
    assert copying.key != preferring.key
    for plan in (copying, preferring, copying, preferring):
        assert start_training(ws, client, plan, now=NOW).state == "created"
    assert server.creates == 2
    assert [sent.json["method"]["type"] for sent in server.seen(CREATE)] == ["supervised", "dpo"]


def test_a_lost_training_by_preference_is_known_by_its_file_of_pairs(
    ws: Workspace, server: FakeOpenAI, client: Client, pairs: Dataset
) -> None:
    server.fail(CREATE, faults.drop(acts=True))
    server.fail(LIST, faults.refuse(503), always=True)
    record = start_training(ws, client, save_plan(ws, pairs, fake_connection(server), method="dpo"), now=NOW)
    assert record.state == "uncertain"
    next(iter(server.jobs.values()))["metadata"] = None  # a server that drops it
    server.heal()
    assert reconcile(ws, client, record, LATER).state == "created" and server.creates == 1


def test_a_server_that_refuses_the_method_says_so_and_nothing_was_started(
    ws: Workspace, server: FakeOpenAI, client: Client, pairs: Dataset
) -> None:
    plan = save_plan(ws, pairs, fake_connection(server), method="dpo")
    server.fail(CREATE, faults.refuse(400, "invalid_method"))
    record = start_training(ws, client, plan, now=NOW)
    assert record.state == "refused" and not server.jobs
    assert ws.uploaded(plan.origin, str(pairs.pairs_train_sha)) is None, "the next try uploads it anew"
