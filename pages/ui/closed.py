"""Where a server trains no more for this account: what happened, and the same plan somewhere else in one click."""

import streamlit as st

from core.base.errors import N_, TrainingNotAvailable, TunesmithError
from core.io.connections import connection, connections
from core.io.workspace import Plan, Project
from pages.ui import state, wishes
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
                on_click=_go_over,
                args=(project, plan, where.id),
                help=t("With the practice model. It costs nothing, and nothing leaves this machine.") if where.local else None,
            )
            if pressed and lead_on:
                go("train")


def _go_over(project: Project, plan: Plan, connection_id: str) -> None:
    """Choose the other connection and, in place of what was chosen there before, what the plan has; for a callback."""
    state.go_over(connection_id)
    where = connection(connection_id, base_url=project.base_url if connection_id == state.CUSTOM else None)
    wishes.take_along(project, where, plan)
