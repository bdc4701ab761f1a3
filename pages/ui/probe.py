"""What a connection says about itself, asked at most once a minute and never by spending anything."""

from collections.abc import Sequence

import streamlit as st

from core.base.errors import NotOnServer
from core.base.remote import Job, RemoteModel
from core.io.connections import Connection
from core.io.openai_calls import list_jobs, list_models
from pages.ui import state


@st.cache_data(ttl="60s", show_spinner=False, max_entries=16)
def _ask(where: Connection, key: str) -> tuple[Sequence[RemoteModel] | None, Sequence[Job] | None]:
    client = state.client(where)
    return _or_none(lambda: list_models(client)), _or_none(lambda: list_jobs(client, limit=20))


def _or_none(call):  # type: ignore[no-untyped-def]
    try:
        return call()
    except NotOnServer:  # a server that only chats has no such list
        return None


def answers(where: Connection) -> tuple[Sequence[RemoteModel] | None, Sequence[Job] | None]:
    """The connection's models and jobs, None for a list that it does not have. Raises ServerProblem."""
    return _ask(where, state.key_for(where) or "")
