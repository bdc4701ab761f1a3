"""A data set with better and worse answers: the choice on Estimate and Train, what is said and sent, and what Monitor shows."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Dataset, Project, Workspace
from core.prepare.work import save
from core.train.method import n_pairs
from engine.lora.importing import import_folder
from engine.lora.library import Library
from tests.engine.small_models import make_folder
from tests.pages.conftest import NOW
from tests.pages.test_small_models import OURS, choose, engine_on, until
from tests.pages.test_states import look, texts, with_key
from tests.servers.fake_openai import FakeOpenAI
from tests.train.workbench import save_pairs

Open = Callable[..., AppTest]
MINI, OLDER = "gpt-4.1-mini-2025-04-14", "gpt-4o-2024-08-06"
COPY, PREFER = "Copy the good answers", "Prefer the better of two answers"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def server(running: FakeOpenAI) -> FakeOpenAI:
    running.reset()
    return running


def saved(ws: Workspace, n: int = 30) -> Project:
    """A project whose data are pairs."""
    asked = [{"prompt": f"What does shop number {at} sell?", "chosen": f"It sells {at} kinds of tea."} for at in range(n)]
    records = [one | {"rejected": f"Who knows what it sells, {at}."} for at, one in enumerate(asked)]
    data = "".join(json.dumps(record) + "\n" for record in records).encode()
    project = ws.create_project("Pairs", now=NOW, connection_id="this-machine")
    stored = ws.put_file(data, "pairs.jsonl", now=NOW)
    ws.update_project(project.id, NOW, source=stored.sha256, source_name="pairs.jsonl")
    args = {"source": stored.sha256, "name": "pairs.jsonl", "draft": {}, "min_examples": 10, "project": project.id}
    made = save(ws, args, lambda done, total: None, clock=lambda: NOW)
    return ws.update_project(project.id, NOW, dataset_id=made["dataset_id"])


@pytest.fixture
def pairs(ws: Workspace) -> Project:
    return saved(ws)


def dataset_of(ws: Workspace, project: Project) -> Dataset:
    return ws.dataset(project.dataset_id or "")


def what(app: AppTest) -> list[str]:
    """The entries of the choice, or nothing where there is none."""
    return next((list(box.options) for box in app.main.radio if box.label == "What to learn"), [])


def prefer(app: AppTest) -> AppTest:
    next(box for box in app.main.radio if box.label == "What to learn").set_value("dpo").run()
    assert not app.exception
    return app


def on_openai(ws: Workspace, project: Project, model: str, screen: str, open_app: Open) -> AppTest:
    app = open_app(screen, ws.update_project(project.id, NOW, connection_id="openai"))
    next(box for box in app.main.selectbox if box.label == "Base model").set_value(model).run()
    assert not app.exception
    return app


def test_the_choice_is_offered_with_a_default_a_reason_and_a_sentence_each(ws: Workspace, pairs: Project, open_app: Open) -> None:
    app = on_openai(ws, pairs, MINI, "train", open_app)
    assert what(app) == [COPY, PREFER]
    box = next(one for one in app.main.radio if one.label == "What to learn")
    assert box.value == "supervised" and len(box.proto.captions) == 2
    assert "Copying is proposed" in texts(app)
    assert not any(one.label == "Beta" for one in app.main.number_input)
    assert "examples about" in texts(app) and "pairs of a better" not in texts(app)
    prefer(app)
    n = n_pairs(dataset_of(ws, pairs), "train")
    assert f"GPT-4.1 mini will read {n} pairs of a better and a worse answer" in texts(app)
    assert "an estimate, with both answers of each pair counted" in texts(app)
    assert "questions, each with its better and its worse answer, will be sent to api.openai.com" in texts(app)
    assert next(one for one in app.main.number_input if one.label == "Beta").help


@pytest.mark.parametrize("model", [OLDER, "recall"])
def test_a_model_that_cannot_learn_from_pairs_says_so_and_asks_nothing(model: str, ws: Workspace, pairs: Project, open_app: Open) -> None:
    app = open_app("train", pairs) if model == "recall" else on_openai(ws, pairs, model, "train", open_app)
    assert not app.exception
    assert what(app) == [] and "cannot learn from them: it copies the good ones" in texts(app)
    assert "pairs of a better" not in texts(app)


def test_too_few_pairs_leave_no_choice_and_data_without_pairs_no_word(ws: Workspace, bank: Project, open_app: Open) -> None:
    made = ws.create_project("Few", now=NOW)
    made = ws.update_project(made.id, NOW, dataset_id=save_pairs(ws, made.id, n_train=9, n_alone=20).id)
    few = on_openai(ws, made, MINI, "train", open_app)
    assert what(few) == [] and "Learning from them takes at least 10" in texts(few)
    none = on_openai(ws, bank, MINI, "train", open_app)
    assert what(none) == [] and "worse" not in texts(none)


def test_estimate_counts_both_answers_and_says_how_sure_it_is(ws: Workspace, pairs: Project, open_app: Open) -> None:
    app = on_openai(ws, pairs, MINI, "estimate", open_app)

    def shown(label: str) -> str:
        return str(next(metric.value for metric in app.metric if metric.label == label))

    copied, after = shown("Training"), shown("1,000 answers afterwards")
    assert what(app) == [COPY, PREFER]
    prefer(app)
    assert shown("Training") != copied and shown("1,000 answers afterwards") == after, "an answer afterwards is one answer"
    assert "how a server bills pairs is not known" in texts(app)
    assert "Each example is a question with both its answers" in texts(app)
    assert "Counted in the way of another model" not in texts(app)
    app.button(key="next_train").click().run()
    assert app.title[0].value == "Train"
    assert next(one for one in app.main.radio if one.label == "What to learn").value == "dpo", "chosen once"


def test_what_is_sent_is_the_files_of_pairs_and_the_documented_body(
    ws: Workspace, pairs: Project, server: FakeOpenAI, open_app: Open
) -> None:
    app = with_key(open_app("train", ws.update_project(pairs.id, NOW, connection_id="custom", base_url=server.base_url)), server)
    next(box for box in app.text_input if box.label == "Base model").set_value(MINI).run()
    assert "shows only when the training starts" in texts(app)
    prefer(app)
    next(box for box in app.main.number_input if box.label == "Beta").set_value(0.3).run()
    next(box for box in app.checkbox if "Yes, send them" in box.label).check().run()
    app.button(key="start").click().run()
    assert not app.exception
    (sent,) = server.seen("POST /fine_tuning/jobs")
    assert sent.json["method"]["type"] == "dpo" and sent.json["method"]["dpo"]["hyperparameters"]["beta"] == 0.3
    assert "hyperparameters" not in sent.json
    dataset = dataset_of(ws, pairs)
    assert server.contents[sent.json["training_file"]] == ws.read_file(str(dataset.pairs_train_sha))
    job_id = next(iter(server.jobs))
    server.add_event(job_id, "Step 1/2", data={"step": 1, "total_steps": 2, "train_loss": 0.69, "full_valid_reward_accuracy": 0.75})
    assert PREFER in texts(look(app)), "Monitor says what is learned"
    assert "leans to the better answer in 75%" in texts(app)
    server.set_job(job_id, method={"type": "mind_reading", "mind_reading": {}})
    assert "mind_reading" in texts(look(app)) and PREFER not in texts(app), "a method that is not known is shown by its own word"
    time.sleep(1.1)
    app.switch_page("pages/train.py").run()
    assert next(one for one in app.main.radio if one.label == "What to learn").value == "dpo"
    again = open_app("train", ws.project(pairs.id))  # another tab, tomorrow: the plan that was kept comes back
    with_key(again, server)
    assert next(one for one in again.main.radio if one.label == "What to learn").value == "dpo"
    assert next(one for one in again.main.number_input if one.label == "Beta").value == 0.3


def test_a_small_model_of_this_machine_learns_from_pairs(
    own_home: object, tmp_path_factory: pytest.TempPathFactory, ws: Workspace, pairs: Project, open_app: Open
) -> None:
    with engine_on(own_home, HF_ENDPOINT="http://127.0.0.1:9") as engine:  # type: ignore[arg-type]
        import_folder(Library(engine.home / "bases"), make_folder(tmp_path_factory.mktemp("m") / "m"), OURS)
        app = prefer(choose(open_app("train", pairs)))
        until(app, lambda: "measured on this processor" in texts(app))
        assert "0.1, the usual pull" in texts(app) and "It costs nothing" in texts(app)
        app.button(key="start").click().run()
        assert not app.exception
        job = ws.jobs(pairs.id)[0]
        assert job.state == "created" and job.snapshot is not None and job.snapshot.method == "dpo"
        assert PREFER in texts(look(app))
        app.session_state[f"details_{job.snapshot.id}"] = True
        app.run()
        assert f"Method: {PREFER}" in texts(app)
