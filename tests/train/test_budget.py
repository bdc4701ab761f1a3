"""The budget stands against what may cost more, and against what may cost anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import BadSetting
from core.io.openai_calls import Client
from core.io.workspace import Plan, Workspace
from core.train.budget import AGREED, against_budget
from core.train.start import start_training
from tests.servers import FakeOpenAI
from tests.train.workbench import NOW, fake_connection, save_plan

USD = st.floats(0, 1e6)


@given(st.none() | USD, st.none() | USD, st.booleans())
def test_nothing_stands_against_a_training_only_where_that_is_sure(budget: float | None, high: float | None, agreed: bool) -> None:
    against = against_budget(budget, high, agreed=agreed)
    if budget is None:
        assert against is None
    elif high is None:
        assert (against is None) == agreed
    else:
        assert (against is None) == (high <= budget)


def test_what_stands_against_it_is_said_with_the_figures() -> None:
    over = against_budget(5.0, 5.01, agreed=True)
    assert over is not None and over.code == "over_budget" and over.params == {"high": 5.01, "budget": 5.0}
    unknown = against_budget(5.0, None)
    assert unknown is not None and unknown.code == "budget_price_unknown" and unknown.params == {"budget": 5.0}


@pytest.mark.parametrize("estimate", [{}, {"high": None}, {"low": 0.0, "high": None, AGREED: False}, {"high": None, AGREED: "yes"}])
def test_a_plan_with_a_budget_and_no_price_is_not_started(
    ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan, estimate: dict[str, object]
) -> None:
    careful = save_plan(ws, ws.dataset(plan.dataset_id), fake_connection(server), suffix="careful", budget=5.0, estimate=estimate)
    with pytest.raises(BadSetting, match=r"is not known, and the budget is 5\.00"):
        start_training(ws, client, careful, now=NOW)
    assert ws.latest_attempt(careful.key) is None and not server.requests


def test_it_is_started_where_the_user_said_so(ws: Workspace, server: FakeOpenAI, client: Client, plan: Plan) -> None:
    bold = save_plan(
        ws, ws.dataset(plan.dataset_id), fake_connection(server), suffix="bold", budget=5.0, estimate={"high": None, AGREED: True}
    )
    assert start_training(ws, client, bold, now=NOW).state == "created"
