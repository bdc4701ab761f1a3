"""The last days of the model that a page is about, in one caption."""

from dataclasses import replace

import streamlit as st

from core.estimate.timeline import last_days
from core.io.connections import BaseModel, Connection
from pages.ui import prices, probe, state
from pages.ui.sentences import say
from pages.ui.text import t


def show(where: Connection, model: BaseModel, *, trains: bool = False) -> None:
    """Say until when the model answers and, with `trains`, until when it can be trained; nothing where no day is known.

    The server's own days are used where it has been asked before; nobody is asked for them here.
    """
    found = probe.known(where)
    told = last_days(prices.place(where), model.id, state.now().date(), models=found.models if found else None, trains=trains)
    if told:
        named = (replace(one, params={**one.params, "model": t(model.name)}) if "model" in one.params else one for one in told)
        st.caption(":material/event_busy: " + " ".join(say(one) for one in named))
