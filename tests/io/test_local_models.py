"""The small open models as core sees them: through the stock client, from an engine as it ships."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.base.errors import ModelRefused, NotOnServer
from core.io.connections import connection
from core.io.local_models import LocalBase, import_folder, local_models, pace, pack_model, remove, start_download, takeaway
from core.io.openai_calls import Client, make_client
from engine.lora.catalogue import shipped_catalogue
from tests.engine.small_models import make_folder, safetensors, tensors
from tests.engine_process import start_engine
from tests.servers.fake_hub import FakeHub, folder_content, serve_hub

ID = "qwen3-1.7b"  # its block in models.toml names no checksum of the weights, so a small stand-in can be served for it


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHub]:
    model = shipped_catalogue().models[ID]
    folder = make_folder(tmp_path_factory.mktemp("hub") / "m", model__safetensors=safetensors(tensors("a", "b", shape=(64, 64))))
    with serve_hub(FakeHub(folder_content(folder), repo=model.repo, commit=model.revision)) as hub:
        yield hub


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, hub: FakeHub) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("local") / "home"
    with (
        start_engine(home, module="tests.engine.open_engine", env={"HF_ENDPOINT": hub.endpoint}) as engine,
        make_client(connection("this-machine", base_url=engine.base_url), engine.token) as client,
    ):
        yield client


def found(client: Client, id: str) -> LocalBase:
    base = local_models(client).find(id)
    assert base is not None
    return base


def wait_for(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_the_list_holds_what_could_be_had(client: Client) -> None:
    models = local_models(client)
    assert models.pack.installed and models.total >= models.free > 0 and models.folder
    small = found(client, "smollm2-135m-instruct")
    assert (small.name, small.state, small.bytes, small.languages) == ("SmolLM2 135M", "missing", 271_170_520, ("en",))
    assert small.licence == "Apache-2.0" and small.licence_url.startswith("https://") and small.measured and not small.needs_gpu
    assert small.memory in (1_300_000_000, 1_900_000_000)
    assert small.as_base().small and not small.as_base().practice


def test_a_model_is_fetched_stopped_gone_on_with_and_removed(client: Client, hub: FakeHub) -> None:
    hub.faults = [("model.safetensors", "slow")]
    assert start_download(client, ID).state == "downloading"
    wait_for(lambda: not hub.faults and 0 < found(client, ID).share < 1)  # the weights are on their way, in drops
    assert local_models(client).at_work
    remove(client, ID)
    wait_for(lambda: found(client, ID).state == "missing")
    assert found(client, ID).done > 0, "what has come is kept"
    start_download(client, ID)
    wait_for(lambda: found(client, ID).state == "ready")
    assert [base.id for base in local_models(client).ready] == [ID]
    remove(client, ID)
    assert local_models(client).ready == ()


def test_what_went_wrong_on_the_way_is_told(client: Client) -> None:
    start_download(client, "smollm3-3b")
    wait_for(lambda: found(client, "smollm3-3b").problem is not None)
    problem = found(client, "smollm3-3b").problem
    assert problem is not None
    assert str(problem.error()) == "127.0.0.1 does not have this model, or not in this version."


def test_a_folder_is_taken_in_or_refused_in_words(client: Client, tmp_path: Path) -> None:
    base = import_folder(client, str(make_folder(tmp_path / "Our Model")))
    assert base.id == "our-model"
    wait_for(lambda: found(client, "our-model").state == "ready")
    ours = found(client, "our-model")
    assert ours.imported and ours.methods == ("supervised", "dpo") and ours.as_base().pairs == "yes"
    assert replace(ours, methods=("supervised",)).as_base().pairs == "no", "of an engine that cannot"
    with pytest.raises(ModelRefused) as refused:
        import_folder(client, str(make_folder(tmp_path / "bad", chat_template__jinja=b"{{ open('/etc/passwd').read() }}")))
    assert refused.value.code == "bad_template" and refused.value.message.startswith("The chat template of this model does something")
    assert refused.value.params["problem"]
    with pytest.raises(ModelRefused, match="is not there"):
        import_folder(client, "/no/such/{folder}")
    with pytest.raises(ModelRefused, match="There is no model"):
        start_download(client, "nothing")
    with pytest.raises(NotOnServer):
        start_download(client, "../../etc")


def test_a_step_is_measured(client: Client, tmp_path: Path) -> None:
    import_folder(client, str(make_folder(tmp_path / "m")), "measured")
    wait_for(lambda: found(client, "measured").state == "ready")
    assert pace(client, "measured", batch_size=2, tokens=30, answer_tokens=10).state == "none"
    assert pace(client, "measured", batch_size=2, tokens=30, answer_tokens=10, measure=True).state == "measuring"
    wait_for(lambda: pace(client, "measured", batch_size=2, tokens=30, answer_tokens=10).state != "measuring")
    known = pace(client, "measured", batch_size=2, tokens=30, answer_tokens=10)
    assert known.state == "ready" and 0.05 < known.step_s < 0.5 and known.start_s > 0
    with pytest.raises(ModelRefused):
        pace(client, "nothing", batch_size=2, tokens=30, answer_tokens=10)


def test_a_model_that_is_not_there_cannot_be_taken_away(client: Client) -> None:
    for call in (lambda: takeaway(client, "ft:x:local::1"), lambda: pack_model(client, "ft:x:local::1", "gguf")):
        with pytest.raises(NotOnServer):
            call()
