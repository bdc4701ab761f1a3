"""The whole life of a model on the page Estimate: the table, prices of one's own, and the budget that blocks Start."""

import re
from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.base.baselines import Baselines
from core.base.own_prices import own_price, to_json
from core.io.kept_baselines import keep_baselines
from core.io.workspace import Project, Workspace
from pages.ui import prices, state
from tests.pages.conftest import NOW, ROOT
from tests.pages.test_states import texts

Open = Callable[..., AppTest]
MINI = "gpt-4.1-mini-2025-04-14"


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prices grow old and the models close while the tests stay."""
    monkeypatch.setattr(state, "now", lambda: NOW)


def on(ws: Workspace, project: Project, connection: str, url: str | None = None) -> Project:
    return ws.update_project(project.id, NOW, connection_id=connection, base_url=url)


def table(app: AppTest) -> pd.DataFrame:
    assert not app.exception
    main, rest = (
        next(frame.value for frame in app.dataframe if column in frame.value.columns).set_index("Connection")
        for column in ("First year", "Oldest price")
    )
    return main.join(rest)


def metric(app: AppTest, label: str) -> str:
    return next(one.value for one in app.metric if one.label == label)


def box(app: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(one for one in app.number_input if one.label == label)


def test_every_connection_is_compared_and_this_machine_in_time(open_app: Open, bank: Project) -> None:
    app = open_app("estimate", bank)
    found = table(app)
    assert list(found.index) == ["This machine", "OpenAI", "Azure OpenAI", "Nebius Token Factory", "Crusoe", "Together"]
    assert found.loc["This machine", "Training"] == "free, less than a minute" and found.loc["This machine", "First year"] == "free"
    assert found.loc["OpenAI", "Base model"] == "GPT-4.1 mini"
    assert found.loc["Azure OpenAI", "Kept ready, a month"] == "$1,241"
    assert found.loc["Nebius Token Factory", "1,000 answers"] == "not known"
    assert found.loc["Crusoe", "1,000 answers"] == found.loc["Together", "1,000 answers"] == "included"
    assert found.loc["Crusoe", "First year"].startswith("at least $48,1")
    assert found.loc["Together", "Oldest price"] == "⚠ May 8, 2026"
    assert "Some prices were read more than 90 days ago." in texts(app)
    assert "Together: read on May 8, 2026 from somebody else's list of together.ai/pricing" in texts(app)
    assert "0.0000000" not in found.to_string() and "Infinity" not in found.to_string() and "None" not in found.to_string()


def test_the_practice_models_time_is_what_was_measured_here(open_app: Open, bank: Project, ws: Workspace) -> None:
    sha = ws.dataset(str(bank.dataset_id)).train_sha
    keep_baselines(ws, sha, Baselines(60, nothing="too_few", learning=17.2))
    app = open_app("estimate", bank)
    assert table(app).loc["This machine", "Training"] == "free, 21 to 84 seconds"
    assert "an estimate, measured on this machine" in texts(app) and "measured on another machine" not in texts(app)
    assert table(open_app("estimate", on(ws, bank, "openai"))).loc["This machine", "Training"] == "free, 21 to 84 seconds"


def test_a_first_year_that_cannot_be_had_is_called_that(open_app: Open, bank: Project) -> None:
    app = open_app("estimate", bank)
    assert (
        "OpenAI: GPT-4.1 mini and every model trained from it stop answering on January 14, 2027, before the first year is over."
        in texts(app)
    )
    assert texts(app).count("before the first year is over") == 1


def test_the_controls_change_the_figures(open_app: Open, bank: Project, ws: Workspace) -> None:
    app = open_app("estimate", on(ws, bank, "openai"))
    before = table(app).loc["OpenAI"]
    assert before["1,000 answers"] == metric(app, "1,000 answers afterwards")
    assert before["Training"] == metric(app, "Training")
    next(one for one in app.select_slider if one.label == "Answers a month").set_value(1_000_000).run()
    busy = table(app).loc["OpenAI"]
    assert busy["A month"] != before["A month"] and busy["Training"] == before["Training"]
    next(one for one in app.toggle if one.label.startswith("Ask in bulk")).set_value(True).run()
    assert table(app).loc["OpenAI", "A month"] != busy["A month"]
    box(app, "Hours a day that the model is kept ready").set_value(12).run()
    assert table(app).loc["Azure OpenAI", "Kept ready, a month"] == "$620.50"


def test_the_break_even_follows_the_number_of_examples(open_app: Open, bank: Project, ws: Workspace) -> None:
    app = open_app("estimate", on(ws, bank, "openai"))
    box(app, "Examples in each question").set_value(0).run()
    assert "never cheaper than GPT-4.1 mini" in texts(app)
    box(app, "Examples in each question").set_value(50).run()
    assert "your own model is cheaper than GPT-4.1 mini with examples in each question, here 50" in texts(app)


def test_a_price_of_ones_own_wins_everywhere_and_can_be_taken_back(open_app: Open, bank: Project, ws: Workspace) -> None:
    theirs = on(ws, bank, "openai")
    app = open_app("estimate", theirs)
    listed = metric(app, "Training")
    own = own_price("openai", MINI, "training", 5_000, NOW.date())
    ws.set_setting(prices.KEPT, to_json([own]))
    app.run()
    assert metric(app, "Training") != listed and table(app).loc["OpenAI", "Training"] == metric(app, "Training")
    assert "Your price, entered on November 22, 2026" in texts(app)
    assert "some of them yours" in table(app).loc["OpenAI", "Oldest price"]
    train = open_app("train", theirs)
    assert metric(app, "Training").replace(" – ", " to ") in texts(train), "the consent says the same"
    app.button(key="price_back_0").click().run()
    assert metric(app, "Training") == listed and ws.get_setting(prices.KEPT) == []


def test_no_page_asks_the_price_list_past_ones_own_prices() -> None:
    asked = re.compile(r"from core\.base\.prices import [^\n]*\b(?:price|tuned_price|hosting|deploy_fee|shipped_prices)\b")
    files = [*(ROOT / "pages").rglob("*.py")]
    assert [file.name for file in files if asked.search(file.read_text(encoding="utf-8"))] == ["prices.py"]


def test_a_price_is_entered_on_the_page(open_app: Open, bank: Project, ws: Workspace) -> None:
    app = open_app("estimate", on(ws, bank, "custom", "https://models.example.com/v1"))
    next(one for one in app.text_input if one.label == "Base model").set_value("m").run()
    assert table(app).loc["models.example.com", "Training"] == "not known"
    app.session_state["price_list"] = True
    app.run()
    box(app, "Your price in US dollars").set_value(4.0).run()
    app.button(key="price_enter").click().run()
    assert not app.exception
    kept = [list(one.values()) for one in ws.get_setting(prices.KEPT)]
    assert kept == [["https://models.example.com", "m", "training", 4.0, "2026-11-22"]]
    assert table(app).loc["models.example.com", "Training"].startswith("$")


def test_a_typed_address_of_a_known_provider_has_its_prices(open_app: Open, bank: Project, ws: Workspace) -> None:
    app = open_app("estimate", on(ws, bank, "custom", "https://acme.openai.azure.com/openai/v1"))
    next(one for one in app.text_input if one.label == "Base model").set_value(MINI).run()
    found = table(app)
    assert found.loc["acme.openai.azure.com", "Kept ready, a month"] == "$1,241" and "Azure OpenAI" not in found.index


@pytest.mark.parametrize(("budget", "blocked"), [(0.0, True), (1_000.0, False)])
def test_the_budget_is_kept_with_the_project_and_blocks_start(
    open_app: Open, bank: Project, ws: Workspace, budget: float, blocked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-fake0123456789abcdefghij")
    theirs = on(ws, bank, "openai")
    app = open_app("train", theirs)
    box(app, "Budget in US dollars").set_value(budget).run()
    assert ws.get_setting(f"budget/{theirs.id}/") == budget
    again = open_app("train", theirs)
    assert box(again, "Budget in US dollars").value == budget
    next(one for one in again.checkbox if "Yes, send them" in one.label).check().run()
    assert again.button(key="start").disabled is blocked
    assert ("which is over the budget of $0.00. It is not started." in texts(again)) is blocked
    estimate = open_app("estimate", theirs)
    assert box(estimate, "Budget in US dollars").value == budget
    assert ("which is over the budget of $0.00" in texts(estimate)) is blocked, "it is said before Train"
    ws.delete_project(theirs.id)
    assert ws.get_setting(f"budget/{theirs.id}/") is None


def test_a_budget_and_an_unknown_price_block_start_until_the_user_says_so(open_app: Open, bank: Project, ws: Workspace) -> None:
    theirs = on(ws, bank, "custom", "https://models.example.com/v1")
    ws.set_setting(f"budget/{theirs.id}/", 5.0)
    app = open_app("train", theirs)
    next(one for one in app.text_input if one.label == "Base model").set_value("m").run()
    next(one for one in app.checkbox if "Yes, send them" in one.label).check().run()
    assert app.button(key="start").disabled
    assert "nobody can say whether it stays within the budget of $5.00" in texts(app)
    next(one for one in app.checkbox if one.label == "Start without knowing the price").check().run()
    assert not app.button(key="start").disabled
