"""Estimate and Train with the small open models of this machine: no pack, none here, on the way, ready, chosen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace
from engine.lora.card import card
from engine.lora.catalogue import shipped_catalogue
from engine.lora.importing import import_folder
from engine.lora.library import Library
from engine.lora.parcels import FORMS, Parcels, _running
from engine.lora.saved import Sheet
from pages.ui.takeaway import RUNNING
from tests.engine.open_engine import NAME, PACK
from tests.engine.small_models import CONFIG, make_folder, safetensors, tensors
from tests.engine_process import EngineProcess, start_engine
from tests.pages.test_states import texts
from tests.servers.fake_hub import FakeHub, folder_content, serve_hub

Open = Callable[..., AppTest]
ID = "qwen3-1.7b"  # its block in models.toml names no checksum of the weights, so a small stand-in can be served for it
OURS = "our-model"


@contextmanager
def engine_on(home: Path, **env: str) -> Iterator[EngineProcess]:
    """An engine where the app will find it."""
    with start_engine(home / "engine", module=NAME, env=env) as engine:
        yield engine


@pytest.fixture
def engine(own_home: Path) -> Iterator[EngineProcess]:
    with engine_on(own_home, HF_ENDPOINT="http://127.0.0.1:9") as engine:
        yield engine


@pytest.fixture
def ready(engine: EngineProcess, tmp_path: Path) -> EngineProcess:
    """An engine with one model."""
    import_folder(Library(engine.home / "bases"), make_folder(tmp_path / "m"), OURS)
    return engine


def base_box(app: AppTest) -> list[str]:
    return list(next(box for box in app.main.selectbox if box.label == "Base model").options)


def until(app: AppTest, done: Callable[[], bool]) -> None:
    """Run the page again, as its timer does, until something has come about."""
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline, texts(app)
        time.sleep(0.2)
        app.run()
    assert not app.exception


@pytest.mark.parametrize("screen", ["estimate", "train"])
@pytest.mark.parametrize(
    ("pack", "says"),
    [("missing", "can also really teach a small open model"), ("outdated", "do not fit this version of Tunesmith (peft 0.1)")],
)
def test_without_the_pack_one_sentence_tells_how_to_get_it(
    screen: str, pack: str, says: str, own_home: Path, bank: Project, open_app: Open
) -> None:
    with engine_on(own_home, **{PACK: pack}):
        app = open_app(screen, bank)
    assert not app.exception
    assert texts(app).count(says) == 1 and "`python3 start.py --with-lora`" in texts(app)
    assert base_box(app) == ["Practice model"]
    assert not any(expander.label == "Get another model" for expander in app.main.expander)


@pytest.mark.slow
def test_the_models_that_could_be_had_say_what_they_take(engine: EngineProcess, bank: Project, open_app: Open) -> None:
    app = open_app("train", bank)
    assert not app.exception
    assert base_box(app) == ["Practice model"]
    told = next(one.value for one in app.main.caption if "0.3 GB to download" in one.value).replace("\\", "")
    assert "languages: English" in told and "of memory" in told
    assert "licence: [Apache-2.0](https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct)" in told
    assert not app.button(key="get_smollm2-135m-instruct").disabled
    app.button(key="get_smollm2-135m-instruct").click().run()
    until(app, lambda: any("127.0.0.1 cannot be reached" in error.value.replace("\\", "") for error in app.error))


def test_a_download_is_seen_stopped_and_gone_on_with(own_home: Path, tmp_path: Path, bank: Project, open_app: Open) -> None:
    model = shipped_catalogue().models[ID]
    folder = make_folder(tmp_path / "m", model__safetensors=safetensors(tensors("a", "b", shape=(64, 64))))
    hub = FakeHub(folder_content(folder), repo=model.repo, commit=model.revision)
    hub.faults = [("model.safetensors", "slow")]
    with serve_hub(hub), engine_on(own_home, HF_ENDPOINT=hub.endpoint):
        app = open_app("train", bank)
        assert all(button.key != f"get_{ID}" for button in app.main.button), "it wants a graphics card"
        app.toggle(key="large_models").set_value(True).run()
        app.button(key=f"get_{ID}").click().run()
        assert not app.exception
        assert any(button.key == f"stop_{ID}" for button in app.main.button)
        time.sleep(1)
        app.button(key=f"stop_{ID}").click().run()
        until(app, lambda: any(button.key == f"get_{ID}" for button in app.main.button))
        assert "is here" in app.button(key=f"get_{ID}").label
        app.button(key=f"get_{ID}").click().run()
        until(app, lambda: base_box(app) == ["Practice model", "Qwen3 1.7B"])
        app.button(key=f"drop_{ID}").click().run()
        until(app, lambda: base_box(app) == ["Practice model"])


def test_a_folder_is_imported_and_a_hostile_one_refused_in_words(
    engine: EngineProcess, tmp_path: Path, bank: Project, open_app: Open
) -> None:
    app = open_app("train", bank)
    app.text_input(key="model_folder").set_value(str(make_folder(tmp_path / "Bad", evil__py=b""))).run()
    app.button(key="import_folder").click().run()
    assert len(app.error) == 1 and "brings its own program (evil.py)" in texts(app)
    app.text_input(key="model_folder").set_value(str(make_folder(tmp_path / "Our Model"))).run()
    app.button(key="import_folder").click().run()
    assert not app.exception
    assert "our-model is being checked and added." in texts(app) or "our-model is ready" in texts(app)
    until(app, lambda: len(base_box(app)) == 2)
    assert "our-model is ready, and not chosen yet." in texts(app)
    app.button(key="choose_imported").click().run()
    assert "our-model is the base model of this training now." in texts(app) and "our-model will read" in texts(app)
    assert texts(app).count("Training it fits into the memory that is free here now.") >= 1


def test_estimate_says_which_rows_are_too_long_for_a_small_model(
    engine: EngineProcess, tmp_path: Path, bank: Project, open_app: Open
) -> None:
    folder = make_folder(tmp_path / "m", config__json={**CONFIG, "max_position_embeddings": 32})
    import_folder(Library(engine.home / "bases"), folder, OURS)
    app = choose(open_app("estimate", bank))
    assert "rows are longer than the 32 tokens that this model reads." in texts(app)
    assert "the figures are an estimate" in texts(app)


def test_every_setting_of_a_small_model_has_its_sentence(ready: EngineProcess, bank: Project, open_app: Open) -> None:
    app = choose(open_app("train", bank))
    advanced = next(one for one in app.main.expander if one.label == "Advanced")
    helped = {box.label: box.help for box in (*advanced.number_input, *advanced.selectbox)}
    assert {"Batch size", "Adapter rank", "Adapter alpha", "Seed"} <= helped.keys()
    assert [label for label, help in helped.items() if not help] == []


def choose(app: AppTest) -> AppTest:
    """Choose our model as the base model."""
    next(box for box in app.main.selectbox if box.label == "Base model").set_value(OURS).run()
    assert not app.exception
    return app


def trained(bank: Project, ws: Workspace, open_app: Open) -> AppTest:
    """Monitor, with a training of our model that has finished."""
    app = choose(open_app("train", bank))
    app.button(key="start").click().run()
    assert not app.exception
    app.switch_page("pages/monitor.py").run()
    until(app, lambda: any(button.key == "next_playground" for button in app.main.button))
    app.session_state[f"takeaway_{ws.jobs(bank.id)[0].id}"] = True
    return app.run()


def test_a_chosen_model_is_planned_with_its_own_values_and_measured_minutes(
    ready: EngineProcess, bank: Project, ws: Workspace, open_app: Open
) -> None:
    app = choose(open_app("train", bank))
    until(app, lambda: "measured on this processor" in texts(app))
    n = ws.dataset(bank.dataset_id or "").counts["train"]
    assert f"on this machine for these {n} examples: an estimate" in texts(app)
    assert f"3, which is usual for {n} examples" in texts(app)
    assert f"with {n} examples that gives enough steps" in texts(app)
    assert "It costs nothing" in texts(app)
    app.number_input(key=f"lora_r_{bank.id}_this-machine").set_value(8).run()
    assert "Adapter rank: 8" in texts(app)
    what = next(box for box in app.main.selectbox if box.label == "What is learned")
    what.set_value("full").run()
    assert "Adapter rank: 8" not in texts(app) and "What is learned: all of the model" in texts(app)
    next(box for box in app.main.selectbox if box.label == "What is learned").set_value("lora").run()
    app.button(key="start").click().run()
    assert not app.exception
    job = ws.jobs(bank.id)[0]
    assert job.state == "created" and job.plan_id
    plan = ws.plan(job.plan_id)
    assert (plan.base_model, plan.hyperparameters["lora_r"]) == (OURS, 8)


def test_a_finished_model_may_be_taken_away_or_says_why_not(ready: EngineProcess, bank: Project, ws: Workspace, open_app: Open) -> None:
    app = trained(bank, ws, open_app)
    assert "our-model on this machine" in texts(app)
    form = next(one for one in app.main.radio if one.label == "Form")
    assert list(form.options) == ["Adapter", "Merged weights", "GGUF"]
    form.set_value("gguf").run()
    app.button(key=f"pack_{ws.jobs(bank.id)[0].id}_gguf").click().run()
    until(app, lambda: any("could not be written in this form" in error.value for error in app.error))  # the fake learner's is no model


def test_the_lines_that_run_a_model_say_where_they_run() -> None:
    def shown() -> None:
        from core.io.local_models import Line, Parcel
        from pages.ui.takeaway import _ready

        _ready(Parcel("merged", "ready", bytes=1_000_000, folder="/somewhere", running=(Line("To answer with vLLM:", "vllm serve ."),)))

    assert "Open a terminal in that folder for the lines that follow." in texts(AppTest.from_function(shown).run())


def test_before_is_the_base_and_after_any_state_of_the_training(ready: EngineProcess, bank: Project, ws: Workspace, open_app: Open) -> None:
    app = trained(bank, ws, open_app)
    app.switch_page("pages/playground.py").run()
    assert not app.exception
    states = next(one for one in app.main.selectbox if one.label == "State of the trained model")
    assert states.options[0] == "at the end of the training" and states.options[1].startswith("after step")
    assert "picks among the answers of its training" not in texts(app), "that is the practice model's way"
    app.chat_input[0].set_value("My card is lost").run()
    assert not app.exception
    assert "untaught" in texts(app)
    app = open_app("playground", bank)  # the pills of a question that was asked are gone, which a test's app does not survive
    first = ws.checkpoints(ws.jobs(bank.id)[0].id)[0].model
    next(one for one in app.main.selectbox if one.label == "State of the trained model").set_value(first).run()
    assert not app.exception
    assert "Not asked." in texts(app), "an earlier state has answered nothing yet"
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    assert any(button.key == "run_comparison" for button in app.main.button)


def test_estimate_measures_a_chosen_model(ready: EngineProcess, bank: Project, open_app: Open) -> None:
    app = open_app("estimate", bank)
    choose(app)
    until(app, lambda: "measured on this processor" in texts(app))
    assert next(metric.value for metric in app.metric if metric.label == "Epochs (expected)") == "3"
    rests_on = next(frame.value for frame in app.dataframe if "Base model" in frame.value.columns).set_index("Connection")
    assert rests_on.loc["This machine", "Base model"] == "our-model"
    beside = next(frame.value for frame in app.dataframe if "First year" in frame.value.columns).set_index("Connection")
    assert beside.loc["This machine", "Training"].startswith("free, about "), "the measured time, not one more measurement"


@pytest.mark.parametrize("form", FORMS)
def test_the_lines_that_run_a_model_are_those_of_its_card(form: str, tmp_path: Path) -> None:
    place = tmp_path / "ft-x-local--1" / form
    place.mkdir(parents=True)
    (place / "README.md").write_text(card(Sheet("smollm2", "lora"), form, name="ft:x", repo="Some/Model"), encoding="utf-8")
    lines = Parcels(tmp_path).one("ft:x:local::1", form).running
    assert len(lines) == {"adapter": 2, "merged": 1, "gguf": 2}[form]
    for line in lines:
        assert line["says"] in RUNNING
        assert line["code"] and not line["code"].startswith(" ")
    assert _running(tmp_path / "nothing") == ()
