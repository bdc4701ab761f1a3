"""Where a server trains no more for this account: what happened, and the same plan somewhere else in one click."""

from dataclasses import replace

import streamlit as st

from core.base.errors import N_, TrainingNotAvailable, TunesmithError
from core.io.connections import connections
from core.io.workspace import Plan, Project
from core.train.plan import set_by_hand
from pages.ui import state
from pages.ui.parts import show_error
from pages.ui.steps import go
from pages.ui.text import t

KEPT = N_("Nothing was started and nothing was charged. Your data and your plan are kept: the same training can be done elsewhere.")


def show(project: Project, plan: Plan, error: TrainingNotAvailable, *, lead_on: bool = False) -> None:
    """Say what happened and offer every other place that trains; `lead_on` where the page is not Train, which is then opened."""
    show_error(TunesmithError(error.message, KEPT, details=error.details, **error.params))
    with st.container(horizontal=True):
        for where in connections():
            if not where.trains or where.id == plan.connection_id:
                continue
            pressed = st.button(
                t("Train on this machine instead") if where.local else t("Use another connection: {name}", name=t(where.name)),
                type="primary" if where.local else "secondary",
                icon=":material/computer:" if where.local else ":material/swap_horiz:",
                key="stay_here" if where.local else f"go_over_{where.id}",
                on_click=carry,
                args=(project.id, plan.id, where.id),
                help=t("With the practice model. It costs nothing, and nothing leaves this machine.") if where.local else None,
            )
            if pressed and lead_on:
                go("train")


def carry(project_id: str, plan_id: str, connection_id: str) -> None:
    """Choose the other connection and remember what comes along; for a callback."""
    state.go_over(connection_id)
    # choices that were made there before would stand in the way of the plan that is taken along
    for key in [key for key in st.session_state if str(key).endswith(f"_{project_id}_{connection_id}")]:
        del st.session_state[key]
    state.workspace().set_setting(_note(project_id), [connection_id, plan_id])


def carried(project: Project, connection_id: str) -> Plan | None:
    """The plan that was taken along to this connection, with only those hyperparameters that had been set by hand; None without one."""
    goes_to, plan_id = state.workspace().get_setting(_note(project.id), [None, None])
    if goes_to != connection_id:
        return None
    ws = state.workspace()
    plan = ws.plan(plan_id)
    dataset = ws.dataset(plan.dataset_id)
    before = state.connection_at(plan.connection_id, plan.origin).named(plan.base_model)
    own = set_by_hand(
        plan.hyperparameters,
        plan.preset,
        dataset.counts["train"],
        practice=before.practice,
        small=before.small,
        has_validation=bool(dataset.validation_sha),
        method=plan.method,
    )
    longest = next(where.suffix_max for where in connections() if where.id == connection_id)
    return replace(plan, hyperparameters=own, suffix=plan.suffix[:longest].rstrip("-"))


def _note(project_id: str) -> str:
    return f"carried/{project_id}/"
