"""The same training somewhere else, in one click: on this machine or on another connection, with what was chosen for it."""

import streamlit as st

from core.io.connections import Connection, connections
from core.io.workspace import Project
from core.train.carry import Wishes
from pages.ui import state, wishes
from pages.ui.steps import go
from pages.ui.text import t


def offer(project: Project, left: str, chosen: Wishes, *, primary: bool = False, lead_on: bool = False) -> None:
    """A button for each connection that trains but the one that is `left`; `chosen` is what goes along.

    `primary` where this machine is the page's best way on; `lead_on` where the page is not the one to go on from: Train is then opened.
    """
    with st.container(horizontal=True):
        for where in connections():
            if where.trains and where.id != left and _button(project, where, chosen, primary=primary) and lead_on:
                go("train")


def stay_here(project: Project, chosen: Wishes) -> None:
    """The way that is always open, alone and as the page's primary button: the same training on this machine."""
    _button(project, connections()[0], chosen, primary=True)


def _button(project: Project, where: Connection, chosen: Wishes, *, primary: bool) -> bool:
    return st.button(
        t("Train on this machine instead") if where.local else t("Use another connection: {name}", name=t(where.name)),
        type="primary" if where.local and primary else "secondary",
        icon=":material/computer:" if where.local else ":material/swap_horiz:",
        key="stay_here" if where.local else f"go_over_{where.id}",
        on_click=_go_over,
        args=(project, where.id, chosen),
        help=t("With the practice model. It costs nothing, and nothing leaves this machine.") if where.local else None,
    )


def _go_over(project: Project, connection_id: str, chosen: Wishes) -> None:
    """Choose the other connection and, in place of what was chosen there before, what was chosen here; for a callback."""
    state.go_over(connection_id)
    wishes.take_along(project, state.chosen_connection(), chosen)
