"""Where a connection is to blame: what mends it, on the page that tells of it."""

import streamlit as st

from core.base.errors import TunesmithError
from core.base.remote import ServerError
from core.io.connections import Connection
from core.monitor.failures import explain
from pages.ui import sidebar, state
from pages.ui.text import t


def mend(where: Connection, error: ServerError | TunesmithError | None, place: str) -> None:
    """Below an error: the field for the key and the way back to the connection, where these mend it; `place` tells several apart."""
    if explain(error).place == "connection":
        key(where, place)


def key(where: Connection, place: str) -> None:
    """The field for the key of a connection, which need not be the one that is chosen now; nothing of a server that has none."""
    if where.local or not where.needs_key:
        return
    sidebar.key_field(where, f"_{place}")
    if state.chosen_connection().origin != where.origin:
        name = t(where.name)
        st.button(
            t("Use this connection again: {name}", name=name),
            icon=":material/undo:",
            key=f"go_back_{place}",
            on_click=_go_back,
            args=(where,),
        )


def _go_back(where: Connection) -> None:
    state.go_over(where.id)
    if where.asks_address and where.base_url:
        state.set_custom_address(where.base_url)
        st.session_state.pop(sidebar.address_box(where), None)  # it would go on showing what was last typed in it
