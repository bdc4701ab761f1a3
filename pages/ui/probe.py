"""What a connection says of itself, asked beside the page: once a minute at most unless the reader asks again, and for nothing."""

import streamlit as st

from core.estimate.probe import LIMIT_S, TIMEOUT_S, Asking, Askings, Probe
from core.io.connections import Connection
from core.io.openai_calls import make_client
from pages.ui import state


@st.cache_resource(show_spinner=False)
def _askings() -> Askings:
    return Askings()


def begin(where: Connection, *, again: bool = False) -> Asking:
    """The probe of a connection with the key that is set for it."""
    key = state.key_for(where) or ""
    return _askings().begin(where, key, lambda: make_client(where, key, timeout_s=TIMEOUT_S), where.host, again=again)


def known(where: Connection) -> Probe | None:
    """What the connection last said; asks nobody, and gives None where nobody has."""
    return None if where.local else _askings().known(where, state.key_for(where) or "")


def answers(where: Connection) -> Probe:
    """What the connection says, however long that takes; raises the ServerProblem that hinders it."""
    found = begin(where).look(LIMIT_S) or Probe(False, "unknown")
    if found.hindrance is not None:
        raise found.hindrance
    return found
