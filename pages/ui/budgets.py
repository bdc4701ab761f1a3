"""The budget of a project: asked for on Estimate and on Train, and what it stands against is said before Start."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base.types import Estimate, Reason
from core.io.workspace import Project
from core.train.budget import against_budget
from core.train.plan import TrainingPlan
from pages.ui import state
from pages.ui.sentences import say
from pages.ui.text import money, t


def kept(project: Project) -> float | None:
    """The project's budget in USD, None for no limit; that of its last plan where none was set by itself."""
    found = state.workspace().get_setting(_setting(project.id), _UNSET)
    if found is not _UNSET:
        return None if found is None else float(found)
    return state.workspace().plan(project.plan_id).budget if project.plan_id else None


def ask(place: DeltaGenerator, project: Project) -> float | None:
    """Ask for the budget and keep it with the project."""
    key = f"budget_{project.id}"

    def keep() -> None:
        state.workspace().set_setting(_setting(project.id), st.session_state[key])

    return place.number_input(
        t("Budget in US dollars"),
        0.0,
        None,
        kept(project),
        placeholder=t("no limit"),
        help=t("A training that may cost more is not started."),
        key=key,
        persist_state="session",
        on_change=keep,
    )


def allows(plan: TrainingPlan, cost: Estimate) -> bool:
    """Say what the budget stands against, and ask whether an unknown price is accepted; whether Start may be offered."""
    against = against_budget(plan.budget, cost.high if cost.known else None)
    if against is None:
        return True
    told = _told(against)
    if against.code != "budget_price_unknown":
        st.error(told, icon=":material/savings:")
        return False
    st.warning(told, icon=":material/savings:")
    return st.checkbox(t("Start without knowing the price"), key=_agreement(plan))


def warn(budget: float | None, high: float | None) -> None:
    """Say on Estimate already what Train will not start; `high` is the most that the training may cost, None where that is not known."""
    against = against_budget(budget, high)
    if against is not None:
        st.warning(_told(against), icon=":material/savings:")


def agreed(plan: TrainingPlan) -> bool:
    """Whether the user said that this plan may start without a price."""
    return bool(st.session_state.get(_agreement(plan)))


_UNSET = object()


def _told(against: Reason) -> str:
    return say(Reason(against.code, {name: money(usd) for name, usd in against.params.items()}))


def _setting(project_id: str) -> str:
    return f"budget/{project_id}/"


def _agreement(plan: TrainingPlan) -> str:
    return f"priceless_{plan.key}"
