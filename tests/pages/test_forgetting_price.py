"""What the fixed questions of “Did it forget?” cost is told before they leave."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.base import own_prices
from core.compare.candidate import Candidate
from core.compare.forgetting import questions
from core.io.connections import connection
from core.io.workspace import Project, Workspace
from pages.ui.prices import KEPT
from tests.pages.conftest import NOW
from tests.pages.test_review import BASE, KEY, TUNED, answered, rows_of, texts, trained_on
from tests.servers.fake_openai import FakeOpenAI

ROOT = Path(__file__).resolve().parents[2]
Open = Callable[..., AppTest]


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=KEY) as running:
        yield running


@pytest.fixture
def compared(ws: Workspace, server: FakeOpenAI) -> Project:
    project = trained_on(ws, server, (ROOT / "sample_data" / "bank_support.csv").read_bytes(), "bank_support.csv", {})
    answered(ws, project, BASE, ["Wrong"] * len(rows_of(ws, project)))
    answered(ws, project, TUNED, [])
    return project


def opened(open_app: Open, project: Project) -> AppTest:
    app = open_app("compare", project)
    after = Candidate("tuned", "", "custom", connection("custom", base_url=project.base_url).origin, TUNED)
    app.session_state[f"forgetting_{after.id}"] = True
    app.run()
    assert not app.exception
    return app


def test_a_price_that_is_known_is_told_before_the_questions_are_sent(open_app: Open, ws: Workspace, compared: Project) -> None:
    origin = connection("custom", base_url=compared.base_url).origin
    fields = [f"{whose}.{what}" for whose in ("base", "tuned") for what in ("input", "output")]
    ws.set_setting(KEPT, own_prices.to_json([own_prices.own_price(origin, BASE, field, 5.0, NOW.date()) for field in fields]))
    assert f"{2 * len(questions())} questions will be sent to" in (told := texts(opened(open_app, compared)))
    assert "for about $" in told and "The price is not known here." not in told
