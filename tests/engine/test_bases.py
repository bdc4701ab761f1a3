"""The base models as the app sees them: over HTTP, in an engine as it ships, with a hub on loopback in place of the real one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.lora.catalogue import shipped_catalogue
from tests.engine.helpers import call, client_of, orders, upload
from tests.engine.open_engine import ANSWERING, NAME
from tests.engine.small_models import make_folder, safetensors, tensors
from tests.engine_process import EngineProcess, start_engine
from tests.servers.fake_hub import FakeHub, eventually, folder_content, serve_hub

PATH = "/v1/tunesmith/bases"
ID = "qwen3-1.7b"  # its block in models.toml names no checksum of the weights, so a small stand-in can be served for it


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHub]:
    """A hub that holds a small stand-in under a listed name and commit."""
    model = shipped_catalogue().models[ID]
    weights = safetensors(tensors("a", "b", shape=(64, 64)))
    folder = make_folder(tmp_path_factory.mktemp("hub") / "m", model__safetensors=weights)
    with serve_hub(FakeHub(folder_content(folder), repo=model.repo, commit=model.revision)) as hub:
        yield hub


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, hub: FakeHub) -> Iterator[EngineProcess]:
    """An engine as it ships, whose hub is ours."""
    with start_engine(tmp_path_factory.mktemp("bases") / "home", env={"HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_secret"}) as engine:
        yield engine


def bases(engine: EngineProcess) -> dict[str, dict[str, Any]]:
    status, body = call(engine, "GET", PATH)
    assert status == 200
    return {base["id"]: base for base in body["data"]}


def wait_for(engine: EngineProcess, id: str, state: str) -> dict[str, Any]:
    eventually(lambda: bases(engine).get(id, {}).get("state") == state)
    return bases(engine)[id]


def bring_in(engine: EngineProcess, **body: Any) -> tuple[int, dict[str, Any]]:
    return call(engine, "POST", f"{PATH}/import", json.dumps(body), {"Content-Type": "application/json"})


def test_the_list_says_what_could_be_had_and_whether_it_fits(engine: EngineProcess) -> None:
    status, body = call(engine, "GET", PATH)
    assert (status, body["object"]) == (200, "list")
    found = {base["id"]: base for base in body["data"]}
    assert list(shipped_catalogue().models) == [id for id in found if id in shipped_catalogue().models]
    small = found["smollm2-135m-instruct"]
    assert small["state"] == "missing" and small["licence"] == "Apache-2.0" and small["languages"] == ["en"]
    assert small["memory"] == {**small["memory"], "train_bf16": 1_300_000_000, "train_fp32": 1_900_000_000, "measured": True}
    assert small["of"] == small["bytes"] == 271_170_520
    for base in found.values():
        assert base["fits"] == (base["memory"][f"train_{base['memory']['precision']}"] <= body["memory"]["free"])
        assert (base["fit"] is None) == base["fits"]
    assert body["pack"]["code"] in ("installed", "missing", "outdated")
    assert body["pack"]["message"]
    assert 0 < body["memory"]["free"] <= body["memory"]["total"]


def test_a_model_is_fetched_listed_and_removed(engine: EngineProcess, hub: FakeHub) -> None:
    hub.faults = [("model.safetensors", "slow")]
    status, base = call(engine, "POST", f"{PATH}/{ID}/download")
    assert (status, base["state"]) == (200, "downloading")
    eventually(lambda: not hub.faults and 0 < bases(engine)[ID]["done"] < bases(engine)[ID]["of"])  # the weights come, in drops
    assert call(engine, "POST", f"{PATH}/{ID}/download")[0] == 200  # an impatient second click
    assert call(engine, "DELETE", f"{PATH}/{ID}") == (200, {"id": ID, "object": "tunesmith.base", "deleted": True})
    assert wait_for(engine, ID, "missing")["problem"] is None
    assert call(engine, "POST", f"{PATH}/{ID}/download")[0] == 200
    ready = wait_for(engine, ID, "ready")
    assert (ready["revision"], ready["parameters"], ready["origin"]) == (hub.commit, 8192, "catalogue")
    assert call(engine, "POST", f"{PATH}/{ID}/download")[1]["state"] == "ready"
    assert (engine.home / "bases" / ID / "tunesmith.json").exists()
    assert {key for _, _, key in hub.asked} == {"Bearer hf_secret"}
    (engine.home / "bases" / ID / "config.json").unlink()
    assert wait_for(engine, ID, "unusable")["problem"]["code"] == "not_whole"
    assert call(engine, "DELETE", f"{PATH}/{ID}")[0] == 200
    assert call(engine, "DELETE", f"{PATH}/{ID}")[0] == 404
    assert bases(engine)[ID]["state"] == "missing"


def test_a_download_survives_the_engines_death(hub: FakeHub, tmp_path: Path) -> None:
    env = {"HF_ENDPOINT": hub.endpoint}
    with start_engine(tmp_path / "home", env=env) as engine:
        hub.faults = [("model.safetensors", "slow")]
        call(engine, "POST", f"{PATH}/{ID}/download")
        part = engine.home / "bases" / ".incoming" / ID / "model.safetensors.part"
        eventually(lambda: part.exists() and part.stat().st_size > 0)
        engine.process.kill()
        engine.process.wait()
    hub.asked.clear()
    with start_engine(tmp_path / "home", env=env) as engine:
        base = bases(engine)[ID]
        assert base["state"] == "missing" and base["done"] > part.stat().st_size > 0
        call(engine, "POST", f"{PATH}/{ID}/download")
        assert wait_for(engine, ID, "ready")["done"] == 0
    assert any(asked.startswith("bytes=") for path, asked, _ in hub.asked if path.endswith("model.safetensors"))


def test_a_download_that_fails_is_told_in_words(engine: EngineProcess) -> None:
    assert call(engine, "POST", f"{PATH}/smollm3-3b/download")[0] == 200
    eventually(lambda: bases(engine)["smollm3-3b"]["problem"] is not None)
    problem = bases(engine)["smollm3-3b"]["problem"]
    assert problem["code"] == "not_found" and problem["message"].startswith("127.0.0.1 does not have this model")
    assert problem["hint"] and problem["params"] == {"host": "127.0.0.1"}


def test_a_folder_is_imported_under_its_name(engine: EngineProcess, tmp_path: Path) -> None:
    status, base = bring_in(engine, folder=str(make_folder(tmp_path / "Our Model")))
    assert status == 200 and base["id"] == "our-model" and base["state"] in ("importing", "ready")
    ready = wait_for(engine, "our-model", "ready")
    assert (ready["origin"], ready["licence"], ready["fits"]) == ("imported", None, True)
    status, refused = bring_in(engine, folder=str(tmp_path / "Our Model"))
    assert (status, refused["error"]["code"], refused["error"]["param"]) == (409, "taken", "id")
    assert bring_in(engine, folder=str(tmp_path / "Our Model"), id="second")[0] == 200
    wait_for(engine, "second", "ready")
    for id in ("our-model", "second"):
        assert call(engine, "DELETE", f"{PATH}/{id}")[0] == 200
        assert id not in bases(engine)


def test_a_model_that_is_needed_is_not_removed(tmp_path: Path) -> None:
    answering = tmp_path / "answering"
    with start_engine(tmp_path / "home", module=NAME, env={ANSWERING: str(answering)}) as engine, client_of(engine) as client:
        assert bring_in(engine, folder=str(make_folder(tmp_path / "m")))[0] == 200
        wait_for(engine, "m", "ready")
        file = upload(client, orders("sleep 0.3")).id
        job = client.fine_tuning.jobs.create(
            model="m", training_file=file, method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 50}}}
        )
        status, body = call(engine, "DELETE", f"{PATH}/m")
        assert (status, body["error"]["code"], body["error"]["param"]) == (409, "trains", "id")
        assert body["error"]["message"].startswith("A training with “m” is under way, or waits for its turn. Wait until")
        client.fine_tuning.jobs.cancel(job.id)
        answering.touch()
        status, body = call(engine, "DELETE", f"{PATH}/m")
        assert (status, body["error"]["code"]) == (409, "answers")
        assert bases(engine)["m"]["state"] == "ready"
        answering.unlink()
        assert call(engine, "DELETE", f"{PATH}/m")[0] == 200
        assert "m" not in bases(engine)


def test_a_hostile_folder_is_refused_at_once_with_the_reason(engine: EngineProcess, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "m", chat_template__jinja=b"{{ open('/etc/passwd').read() }}")
    status, body = bring_in(engine, folder=str(folder))
    assert (status, body["error"]["code"], body["error"]["param"]) == (400, "bad_template", "folder")
    assert "chat template" in body["error"]["message"]
    assert "m" not in bases(engine)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "folder"),
        ({"folder": ""}, "folder"),
        ({"folder": 7}, "folder"),
        ({"folder": "a\0b"}, "folder"),
        ({"folder": "x" * 5000}, "folder"),
        ({"folder": "/no/such/folder"}, "folder"),
        ({"folder": "~nobody-of-this-name/x"}, "folder"),
        ({"folder": "/tmp", "id": 7}, "id"),
        ({"folder": "/tmp", "id": "../x"}, "id"),
        ({"folder": "/tmp", "more": 1}, None),
    ],
)
def test_a_bad_import_is_400(engine: EngineProcess, body: dict[str, Any], param: str | None) -> None:
    status, reply = bring_in(engine, **body)
    assert (status, reply["error"]["param"]) == (400, param), reply


def test_unknown_names_are_404(engine: EngineProcess) -> None:
    for method, path in (("POST", f"{PATH}/nothing/download"), ("DELETE", f"{PATH}/nothing"), ("DELETE", f"{PATH}/..%2f..%2fengine.db")):
        assert call(engine, method, path)[0] == 404


def test_the_key_of_the_hub_is_nowhere(engine: EngineProcess) -> None:
    assert "hf_secret" not in engine.log.read_text(encoding="utf-8")
    assert "hf_secret" not in json.dumps(call(engine, "GET", PATH)[1])
