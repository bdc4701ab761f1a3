"""Compare with more than two: chosen in a folded part, asked after a yes for each host, shown beside each other."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.base.baselines import Baseline, Baselines, Measured
from core.base.leakage import seen_in_training
from core.base.remote import Checkpoint, Job, JobStatus
from core.base.report import Report
from core.compare.candidate import Candidate
from core.compare.rows import examples_of
from core.compare.run import start
from core.io.connections import BaseModel, connection
from core.io.kept_baselines import keep_baselines
from core.io.workspace import Project, Run, Workspace
from core.prepare.draft import Draft, Step
from core.prepare.samples import samples
from pages.ui import lineup, models, report, runs, state
from tests.pages.conftest import NOW
from tests.pages.test_review import BASE, KEY, TUNED, answered, rows_of, texts, trained_on
from tests.servers.fake_openai import FakeOpenAI

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]
WRONG = '{"Top Category": "None", "Sub Category": "None"}'


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY) as running:
        yield running


@pytest.fixture
def compared(ws: Workspace, server: FakeOpenAI) -> Project:
    """The bank example with a model of a server: before it had nothing right, after it all."""
    project = trained_on(ws, server, (ROOT / "sample_data" / "bank_support.csv").read_bytes(), "bank_support.csv", {})
    answered(ws, project, BASE, [WRONG] * len(rows_of(ws, project)))
    answered(ws, project, TUNED, [])
    return project


def place(ws: Workspace, project: Project) -> str:
    return f"compare/{project.id}/{ws.jobs(project.id)[0].id}"


def opened(open_app: Open, ws: Workspace, project: Project, *, key: bool = False) -> AppTest:
    """Compare with its folded part opened."""
    app = open_app("compare", project)
    assert not app.exception
    if key:
        next(box for box in app.sidebar.text_input if box.label.startswith("API key")).set_value(KEY).run()
    app.session_state[f"more_{ws.jobs(project.id)[0].id}"] = True
    app.run()
    assert not app.exception
    return app


def also(app: AppTest, *wanted: str) -> AppTest:
    box = next(one for one in app.main.multiselect if one.label == "Also compare")
    box.set_value([option for option in box.options if option.startswith(wanted)]).run()
    assert not app.exception
    return app


class Workers:
    """The workers of an app, which note what is to be asked and whether as a batch."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, bool]] = []

    def find(self, run_id: str) -> None:
        return None

    def ensure(self, ws: Workspace, run: Run, client: None, *, price: object = None, batch: bool = False) -> None:
        self.begun.append((run.model, batch))


def test_who_chooses_a_batch_orders_one_at_its_price_after_a_yes(ws: Workspace, compared: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers()
    monkeypatch.setattr(runs, "runners", lambda: workers)
    monkeypatch.setattr(state, "client", lambda where: None)
    monkeypatch.setattr(state, "lacks_key", lambda where: False)
    where, record, dataset = connection("openai"), ws.jobs(compared.id)[0], ws.dataset(compared.dataset_id or "")
    taking = lineup.Taking(Candidate("base", "Before", where.id, where.origin, BASE), where, BaseModel(BASE, BASE))
    table = lineup.Table(compared, record, dataset, "test", examples_of(ws, dataset, "test"))

    def page(table, taking):  # type: ignore[no-untyped-def]  # it runs as a script of its own, without the names of this file
        import streamlit as st

        from pages.ui import candidates

        agreed, batched = candidates.may_ask(table, [taking])
        if st.button("Go", key="go", disabled=not agreed):
            candidates.begin(table, [taking], batched)

    app = AppTest.from_function(page, default_timeout=30, args=(table, taking))
    app.run()
    assert not app.exception and app.button(key="go").disabled
    (dear,) = (one.value for one in app.warning)
    app.radio[0].set_value("batch").run()
    (cheap,) = (one.value for one in app.warning)
    assert cheap != dear, "the price that is agreed to is that of the batch"
    app.checkbox[0].check().run()
    app.button(key="go").click().run()
    assert not app.exception and workers.begun == [(BASE, True)]


def test_a_before_and_after_is_as_simple_as_ever(open_app: Open, compared: Project) -> None:
    app = open_app("compare", compared)
    assert not app.exception
    told = texts(app)
    assert "right after training against 0 before" in "\n".join(one.value for one in app.success)
    assert [one.label for one in app.metric] == ["Before: whole answer right", "After: whole answer right"]
    assert "Of 100 rows," in told and "Each model in turn" not in told and not app.main.multiselect
    assert not next(one for one in app.main.expander if one.label == "Compare with more").proto.expanded


def test_what_can_be_had_for_nothing_is_told_where_it_was_measured(
    open_app: Open, ws: Workspace, compared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers: list[Report] = []
    monkeypatch.setattr(report, "offer", lambda one: papers.append(report.report(one)))
    app = open_app("compare", compared)
    assert not app.exception and "What can be had for nothing" not in texts(app)
    sha = ws.dataset(str(compared.dataset_id)).train_sha
    keep_baselines(ws, sha, Baselines(200, baselines=(Baseline("classifier", Measured(0.64, 0.57, 0.7), {}),)))
    app = open_app("compare", compared)
    told = "What can be had for nothing on these data is about 64% of whole answers right. The free way: Text classifier, judged on"
    assert not app.exception and told in texts(app)
    assert told not in str(papers[0].sections[0].paragraphs) and told in str(papers[-1].sections[0].paragraphs)


def test_changes_that_wait_are_told_as_those_of_the_project(open_app: Open, ws: Workspace, server: FakeOpenAI) -> None:
    compared = trained_on(ws, server, (ROOT / "sample_data" / "bank_support.csv").read_bytes(), "bank_support.csv", {})
    answered(ws, compared, BASE, [])
    answered(ws, compared, TUNED, [rows_of(ws, compared)[0].answer] * 9)
    app = open_app("compare", compared)
    box = next(one for one in app.main.selectbox if one.label == "Look at a mistake")
    box.set_value(box.options[-1]).run()
    assert not app.exception
    assert "A double click on a label opens the list of all labels." in texts(app) and "in Prepare. Save" not in texts(app)
    row = rows_of(ws, compared)[0].row
    ws.update_project(compared.id, NOW, draft=Draft().add(Step("leave_out", (row,))).to_dict())
    app.run()
    assert not app.exception and "1 change of this project waits in Prepare. Save it there" in texts(app)


def test_where_nothing_is_offered_it_is_said_why_and_no_empty_box_is_drawn(
    open_app: Open, ws: Workspace, compared: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "base_of", lambda record, where: BaseModel(BASE, "Practice model", practice=True))
    app = opened(open_app, ws, compared)
    assert "Nothing more can be asked here yet: the practice model reads no prompt" in texts(app)
    assert "Is training worth it?" not in texts(app)
    assert not any(one.label == "Also compare" for one in app.main.multiselect)
    assert any(one.label == "File with answers" for one in app.main.file_uploader)


def test_prompts_are_candidates_asked_after_a_yes(open_app: Open, ws: Workspace, compared: Project, server: FakeOpenAI) -> None:
    server.models.append({"id": BASE, "object": "model"})
    server.answer = lambda body: WRONG
    rows = rows_of(ws, compared)
    app = also(opened(open_app, ws, compared, key=True), "Before, ")
    n = len(ws.get_setting(place(ws, compared))["more"])
    assert n >= 1 and f"{n * len(rows)} questions will be sent to" in texts(app)
    assert "With each question 3 examples of the training, questions and answers, are sent to" in texts(app)
    button = app.button(key="run_comparison")
    assert button.label == "Ask them, too" and button.disabled and server.seen("POST /chat/completions") == []
    next(box for box in app.main.checkbox if box.label.startswith("Yes, send them")).check().run()
    app.button(key="run_comparison").click().run()
    end = time.monotonic() + 60
    while "Each model in turn" not in texts(app) or len(server.seen("POST /chat/completions")) < n * len(rows):
        assert time.monotonic() < end, texts(app)
        time.sleep(0.3)
        app.run()
    assert not app.exception
    train = examples_of(ws, ws.dataset(str(compared.dataset_id)), "train")
    shown = [body for request in server.seen("POST /chat/completions") if len((body := request.json)["messages"]) > 2]
    assert len(shown) == len(rows) and {body["model"] for body in shown} == {BASE}
    taught = {(one.question, one.answer) for one in train}
    for body in shown:
        said = [one["content"] for one in body["messages"] if one["role"] != "system"]
        before, question = list(zip(said[:-1:2], said[1:-1:2], strict=True)), said[-1]
        assert len(before) == 3 and set(before) <= taught, "from the training alone"
        asked = next(row for row in rows if row.question == question)
        assert seen_in_training([asked], [one for one in train if (one.question, one.answer) in before]) == []
    found = next(one.value for one in app.dataframe if "Ahead by, of 100 rows" in one.value.columns)
    assert found["Model"].tolist()[:2] == ["Before", "After"] and "Before, 3 similar examples shown" in found["Model"].tolist()
    again = open_app("compare", compared)
    assert "Each model in turn" in texts(again), "a new session finds them"


def test_answers_recorded_elsewhere_take_part_and_what_does_not_fit_is_said(
    open_app: Open, ws: Workspace, compared: Project, server: FakeOpenAI
) -> None:
    rows = rows_of(ws, compared)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["row", "output"])
    writer.writerows([[row.row, row.answer] for row in rows[1:]] + [[9_999, "x"]])
    app = opened(open_app, ws, compared)
    box = next(one for one in app.main.file_uploader if one.label == "File with answers")
    box.upload("last_year.csv", out.getvalue().encode()).run()
    assert not app.exception
    told = texts(app)
    assert f"Test rows with an answer: {len(rows) - 1} of {len(rows)}." in told
    assert f"left out: 1 row ({rows[0].row})" in told and "that no test row asks" in told
    next(one for one in app.main.button if one.label == "Take these answers").click().run()
    assert not app.exception
    assert server.seen("POST /chat/completions") == [], "nothing is sent"
    found = next(one.value for one in app.dataframe if "Ahead by, of 100 rows" in one.value.columns)
    assert found["Model"].tolist() == ["Before", "After", "last_year"]
    assert "Of 2 comparisons made at once" in texts(app)
    table = next(one.value for one in app.dataframe if "Expected" in one.value.columns)
    assert "last_year" in table.columns and table["Note"][0] == "The file has no answer for this row."
    box = next(one for one in app.main.selectbox if one.label == "Which model is it about?")
    box.set_value("last_year").run()
    assert not app.exception
    assert "last_year is better than Before" in app.success[0].value.replace("\\", "")


def test_a_model_of_another_connection_is_asked_there_after_its_own_yes(
    open_app: Open, ws: Workspace, compared: Project, server: FakeOpenAI
) -> None:
    with FakeOpenAI(key=KEY) as other:
        other.models.append({"id": "rival", "object": "model"})
        other.answer = lambda body: WRONG
        where = connection("custom", base_url=other.base_url)
        ws.set_setting(f"address {where.origin}", where.base_url)
        spec = {"what": "elsewhere", "connection": "custom", "origin": where.origin, "model": "rival", "key": "rival"}
        ws.set_setting(place(ws, compared), {"more": ["rival"], "added": [spec], "k": 3})
        app = open_app("compare", compared)
        assert not app.exception
        host = other.origin.partition("://")[2]
        assert f"{len(rows_of(ws, compared))} questions will be sent to {host}" in texts(app)
        assert app.button(key="run_comparison").disabled
        next(box for box in app.main.text_input if box.label.startswith("API key for")).set_value(KEY).run()
        next(box for box in app.main.checkbox if box.label.startswith("Yes, send them")).check().run()
        app.button(key="run_comparison").click().run()
        end = time.monotonic() + 60
        while len(other.seen("POST /chat/completions")) < len(rows_of(ws, compared)):
            assert time.monotonic() < end, texts(app)
            time.sleep(0.3)
            app.run()
        assert not app.exception and server.seen("POST /chat/completions") == []
        assert {request.json["model"] for request in other.seen("POST /chat/completions")} == {"rival"}


def test_a_model_of_another_connection_is_chosen_from_its_list(open_app: Open, ws: Workspace, compared: Project) -> None:
    app = opened(open_app, ws, compared)
    next(one for one in app.main.selectbox if one.label == "Connection").set_value("OpenAI").run()
    models = next(one for one in app.main.selectbox if one.label == "Model")
    assert models.proto.accept_new_options and models.options
    models.set_value(models.options[0]).run()
    next(one for one in app.main.button if one.label == "Let it take part").click().run()
    assert not app.exception
    kept = ws.get_setting(place(ws, compared))
    assert kept["more"] == [f"https://api.openai.com {models.options[0]}"] and kept["added"][0]["connection"] == "openai"
    assert "61 questions will be sent to api.openai.com" in texts(app)
    assert app.button(key="run_comparison").disabled, "neither the key nor the yes is there"


def test_other_trained_models_and_checkpoints_take_part_each_with_what_it_was_trained_on(
    open_app: Open, ws: Workspace, compared: Project
) -> None:
    """A second model learned from the test rows of the first: on them it gets no headline, whatever it answers."""
    dataset = ws.dataset(str(compared.dataset_id))
    test, train = (ws.read_file(str(sha)) for sha in (dataset.test_sha, dataset.train_sha))
    both = ws.put_file(train + test, "train.jsonl", now=NOW).sha256
    rows = dataset.split["rows"]
    fields = {name: getattr(dataset, name) for name in ("source_sha", "source_name", "settings", "shape", "findings", "system_prompt")}
    leaky = ws.save_dataset(
        compared.id,
        now=NOW,
        **fields,
        counts=dataset.counts | {"train": dataset.counts["train"] + dataset.counts["test"], "test": 0},
        train_sha=both,
        validation_sha=None,
        test_sha=None,
        split={"rows": {"train": [*rows["train"], *rows["test"]]}},
    )
    where = connection("custom", base_url=compared.base_url)
    plan = ws.save_plan(
        compared.id,
        now=NOW,
        dataset_id=leaky.id,
        connection_id="custom",
        origin=where.origin,
        base_model=BASE,
        preset="balanced",
        hyperparameters={},
        seed=1,
        suffix="leaky",
        budget=None,
        estimate={},
        key="b" * 64,
    )
    record, _ = ws.claim_job(plan.id, 1, NOW + timedelta(days=1))
    job = Job("ftjob-2", JobStatus.SUCCEEDED, "succeeded", BASE, "ft:leaky", created_at=NOW)
    ws.update_job(record.id, state="created", remote_id=job.id, job=job, looked_at=NOW)
    first = next(one for one in ws.jobs(compared.id) if one.id != record.id)
    ws.set_checkpoints(first.id, [Checkpoint("cp-1", "ft:early", 10, NOW), Checkpoint("cp-2", TUNED, 20, NOW)])
    answered(ws, compared, "ft:leaky", [])
    answered(ws, compared, "ft:early", [WRONG] * len(rows_of(ws, compared)))
    ws.set_setting(f"compare/{compared.id}/{first.id}", {"more": [f"{record.id} ft:leaky", f"{first.id} ft:early"], "added": [], "k": 3})
    app = open_app("compare", compared)
    box = next(one for one in app.main.selectbox if one.label == "Trained model")
    box.set_value(next(option for option in box.options if "Nov 22" in option)).run()
    assert not app.exception
    box = next(one for one in app.main.selectbox if one.label == "Which model is it about?")
    assert "Nov 23" in box.options[1] and box.options[2] == "After, step 10"
    box.set_value(box.options[1]).run()
    assert not app.exception and not app.metric
    n = len(rows_of(ws, compared))
    assert f"No score: the model was trained on every one of these {n} rows." in texts(app)
    apart = next(one.value for one in app.dataframe if "Trained on them" in one.value.columns)
    of_leaky = apart[apart["Trained on them"] == "yes"]
    assert of_leaky["Right"].tolist()[-1] == f"{n} / {n}", "scored apart"
    assert "Which category was taken for which" not in texts(app), "and in no other figure"


def test_of_free_text_every_answer_is_read_and_none_is_scored(open_app: Open, ws: Workspace, server: FakeOpenAI) -> None:
    one = samples()["sensor_advice"]
    project = trained_on(ws, server, one.read(), one.file, one.draft.to_dict())
    rows = rows_of(ws, project)
    answered(ws, project, BASE, ["Look at the meter."])
    answered(ws, project, TUNED, ["Look at the cold store."])
    other = Candidate("recorded", "By hand", "recorded", "", "By hand", {"file": "f" * 64})
    run = start(ws, project.id, other, rows, now=NOW, dataset_id=project.dataset_id)
    ws.keep_answers(run.id, ["**Call** the plumber."] + [None] * (len(rows) - 1), error="Not there.", now=NOW)
    spec = {"what": "recorded", "run": run.id, "key": f"recorded {run.id}"}
    ws.set_setting(place(ws, project), {"more": [spec["key"]], "added": [spec], "k": 3})
    app = open_app("compare", project)
    assert not app.exception and not app.metric
    assert "Free text has no right or wrong to count." in texts(app) and "Each model in turn" not in texts(app)
    table = next(one.value for one in app.dataframe if "Expected" in one.value.columns)
    assert table["By hand"][0] == "**Call** the plumber." and table["After"][0] == "Look at the cold store."


def test_nothing_right_before_and_after_is_said_as_that(open_app: Open, ws: Workspace, server: FakeOpenAI) -> None:
    project = trained_on(ws, server, (ROOT / "sample_data" / "bank_support.csv").read_bytes(), "bank_support.csv", {})
    n = len(rows_of(ws, project))
    answered(ws, project, BASE, [WRONG] * n)
    answered(ws, project, TUNED, [WRONG] * n)
    app = open_app("compare", project)
    assert not app.exception
    assert "rows is right, neither before nor after training." in texts(app) and "Cannot tell" not in texts(app)


def test_a_model_that_is_one_of_the_two_does_not_take_part_twice(open_app: Open, ws: Workspace, server: FakeOpenAI) -> None:
    """It would be the very same run, with its failed rows offered twice, and one comparison more to correct for."""
    project = trained_on(ws, server, (ROOT / "sample_data" / "bank_support.csv").read_bytes(), "bank_support.csv", {})
    answered(ws, project, BASE, [None, *[WRONG] * len(rows_of(ws, project))])
    answered(ws, project, TUNED, [])
    origin = connection("custom", base_url=project.base_url).origin
    spec = {"what": "elsewhere", "connection": "custom", "origin": origin, "model": BASE, "key": "again"}
    ws.set_setting(place(ws, project), {"more": ["again"], "added": [spec], "k": 3})
    app = open_app("compare", project)
    assert not app.exception
    assert [one.label for one in app.main.button].count("Ask those rows again") == 1
    assert "1 row is left out: one of the two gave no answer." in texts(app), "beside the verdict, which does not count it"
    assert "Each model in turn" not in texts(app)


def test_a_model_that_is_called_like_a_column_takes_no_columns_place(open_app: Open, ws: Workspace, compared: Project) -> None:
    rows = rows_of(ws, compared)
    other = Candidate("recorded", "Expected", "recorded", "", "Expected", {"file": "f" * 64})
    run = start(ws, compared.id, other, rows, now=NOW, dataset_id=compared.dataset_id)
    ws.keep_answers(run.id, [WRONG] * len(rows), error="Not there.", now=NOW)
    spec = {"what": "recorded", "run": run.id, "key": f"recorded {run.id}"}
    ws.set_setting(place(ws, compared), {"more": [spec["key"]], "added": [spec], "k": 3})
    app = open_app("compare", compared)
    assert not app.exception
    table = next(one.value for one in app.dataframe if "Expected" in one.value.columns)
    assert "None" in table["Expected (2)"][0] and "None" not in table["Expected"][0]
