"""What Monitor shows of a course: checkpoints on the curves, settings asked for and used, shares as percentages, how long ago it looked."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.base.baselines import Baseline, Baselines, Measured
from core.base.intervals import wilson
from core.base.remote import Checkpoint, Job, JobStatus
from core.io.kept_baselines import keep_baselines
from core.io.workspace import Project, Workspace
from pages.ui.charts.curves import thinned
from pages.ui.diary import checkpoint_table, settings
from tests.pages.test_states import Open, look, running, server, started, texts, theirs
from tests.servers import FakeOpenAI

__all__ = ["running", "server", "theirs"]


def test_what_was_asked_for_stands_beside_what_was_used() -> None:
    used = {"n_epochs": 3, "lora_target_modules": "all-linear", "brand_new": 7}
    table = settings(Job("j", JobStatus.RUNNING, "running", "m", seed=42, hyperparameters=used), {"n_epochs": "auto", "beta": 0.1})
    assert table.astype(object).where(table.notna(), None).to_numpy().tolist() == [
        ["Epochs", "automatic", "3"],
        ["Beta", "0.1", None],
        ["Adapted parts", "automatic", "every part that can be adapted"],
        ["brand_new", "automatic", "7"],
        ["Seed", None, "42"],
    ]
    alone = settings(Job("j", JobStatus.RUNNING, "running", "m", hyperparameters=used), {})
    assert alone.columns.tolist() == ["Setting", "Used"]


def test_what_the_practice_model_has_no_use_for_is_not_said_to_have_been_used() -> None:
    table = settings(Job("j", JobStatus.RUNNING, "running", "recall", hyperparameters={"learning_rate_multiplier": 1.0, "n_epochs": 3}), {})
    assert table.to_numpy().tolist() == [["Learning rate multiplier", "not used"], ["Epochs", "3"]]


def test_checkpoints_tell_shares_as_percentages_and_unknown_figures_by_their_names() -> None:
    table = checkpoint_table([Checkpoint("c", "model", 30, None, {"step": 30, "valid_mean_token_accuracy": 0.169, "odd": 1.23456})])
    assert table.to_dict("records") == [{"Step": 30, "Validation accuracy": "16.9%", "odd": 1.2346, "Model": "model"}]


@pytest.mark.parametrize("n", [10, 1000, 1001, 50_000])
def test_a_long_line_keeps_its_ends_its_highs_and_its_lows(n: int) -> None:
    known = pd.DataFrame({"step": range(1, n + 1), "loss": [1.0] * n})
    known.loc[n // 3, "loss"], known.loc[n // 2, "loss"] = 9.0, -9.0
    drawn = thinned(known, "loss")
    assert len(drawn) <= 1010 and drawn["step"].is_monotonic_increasing
    assert {1, n} <= set(drawn["step"]) and (drawn["loss"].max(), drawn["loss"].min()) == (9.0, -9.0)


def test_the_page_marks_the_checkpoints_and_says_how_long_ago_it_looked(open_app: Open, theirs: Project, server: FakeOpenAI) -> None:
    app, job = started(open_app, theirs, server)
    server.set_job(job, status="running")
    look(app)
    assert "Last looked 0 seconds ago" in texts(app) or "Last looked 1 second ago" in texts(app)
    server.succeed(job, steps=30)
    look(app)
    charts = [str(chart.proto) for chart in app.get("plotly_chart")]  # type: ignore[attr-defined]
    assert charts and all("Checkpoint" in chart for chart in charts)
    assert "Last looked" not in texts(app), "an ended job is not looked at any more"


def test_a_share_of_right_answers_is_told_with_its_rows_its_range_and_what_it_must_beat(ws: Workspace, bank: Project) -> None:
    def page() -> None:
        import pandas as pd

        from core.monitor.curve import Curve
        from pages.ui import course, state

        workspace = state.workspace()
        dataset = workspace.datasets(workspace.projects()[0].id)[0]
        share = round(3 / dataset.counts["validation"], 5)
        course._accuracy(Curve(pd.DataFrame({"step": [1], "full_valid_accuracy": [share]}), 1), dataset)
        course._accuracy(Curve(pd.DataFrame({"step": [1], "valid_accuracy": [share]}), 1), dataset)

    (dataset,) = ws.datasets(bank.id)
    n = dataset.counts["validation"]
    keep_baselines(ws, dataset.train_sha, Baselines(rows=50, baselines=(Baseline("majority", Measured(0.07, 0.02, 0.2), {}),)))
    app = AppTest.from_function(page).run()
    assert not app.exception
    low, high = wilson(3 / n, n)
    full, sampled = (one.value.replace("\\", "") for one in app.markdown)
    assert f"3 of {n} answers to validation questions are right" in full and f"between {low:.0%} and {high:.0%}" in full
    assert "must be beaten, is 7%" in full
    assert " of " + str(n) not in sampled, "of how many rows a check in between is, nobody says"
