"""A note in the browser when a training of the open project ends while another page is open, and the address for messages about it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import streamlit as st

from core.base.errors import TunesmithError
from core.base.remote import JobStatus
from core.io import local_engine
from core.io.addresses import host_of
from core.io.connections import Connection, connection
from core.io.openai_calls import Client, make_client
from core.io.workspace import JobRecord, Project
from core.monitor.ended import ADDRESS, Watchers, has_ended, sending_failed, set_address, tell_once
from core.monitor.watch import seconds_to_next_look
from pages.ui import models, state
from pages.ui.parts import show_error
from pages.ui.text import t

EVERY = "2s"  # a read of our own records; the server is asked by the watcher alone
RECENT = timedelta(days=1)  # an older end is no news
RUNNING = "trainings seen running"  # of this session


@st.cache_resource(show_spinner=False)
def watchers() -> Watchers:
    """The background watchers of this app."""
    return Watchers()


def watch(project: Project | None, *, on_monitor: bool) -> None:
    """Have the project's running trainings watched, and say so once when one ends; Monitor itself shows it without a note."""
    if project is None:
        return
    known = state.workspace().jobs(project.id)
    going_on = [record for record in known if _goes_on(record)]
    st.session_state.setdefault(RUNNING, set()).update(record.id for record in going_on)
    for record in going_on:
        where = models.connection_of(record)
        if not state.lacks_key(where) and not watchers().is_watched(record):
            watchers().ensure(state.workspace(), _client(where), record, state.now)
    _notes(project.id, on_monitor, "" if not going_on else EVERY)


def _client(where: Connection) -> Callable[[], Client]:
    """How the watcher, a thread without a session, comes by its client; the engine is started there, where no page waits for it."""
    if where.local:
        return partial(_of_the_engine, state.engine_home())
    client = state.client(where)
    return lambda: client


def _of_the_engine(home: Path) -> Client:
    address = local_engine.ensure_engine(home)
    return make_client(connection("this-machine", base_url=address.base_url), address.token)


def _notes(project_id: str, on_monitor: bool, every: str) -> None:
    st.fragment(_tell, run_every=every or None)(project_id, on_monitor)


def _tell(project_id: str, on_monitor: bool) -> None:
    ws = state.workspace()
    seen: set[str] = st.session_state.get(RUNNING, set())
    for record in ws.jobs(project_id):
        if not has_ended(record):
            continue
        # whoever saw it running is told once in each tab; whoever comes later only where nobody was told yet: a refresh repeats nothing
        first = tell_once(ws, record, state.now())
        if (record.id in seen or (first and _is_recent(record))) and not on_monitor:
            st.toast(_sentence(record), icon=_icon(record), duration="infinite")
        seen.discard(record.id)


def _goes_on(record: JobRecord) -> bool:
    return record.state == "created" and seconds_to_next_look(record, state.now()) is not None and not has_ended(record)


def _is_recent(record: JobRecord) -> bool:
    ended = record.snapshot.finished_at if record.snapshot else None
    return ended is not None and state.now() - ended < RECENT


def _icon(record: JobRecord) -> str:
    good = record.snapshot is not None and record.snapshot.status is JobStatus.SUCCEEDED
    return ":material/check_circle:" if good else ":material/error:"


def _sentence(record: JobRecord) -> str:
    name = models.friendly_name(record, models.connection_of(record))
    status = record.snapshot.status if record.snapshot else JobStatus.UNKNOWN
    if status is JobStatus.SUCCEEDED:
        return t("The training is finished: {model} is ready. See Monitor.", model=name)
    if status is JobStatus.CANCELLED:
        return t("The training of {model} was cancelled. See Monitor.", model=name)
    return t("The training of {model} has failed. Monitor says why.", model=name)


def settings(project: Project) -> None:
    """The address that a message goes to when a training ends, and what came of the last ones."""
    ws = state.workspace()
    with st.expander(t("Tell another program"), icon=":material/webhook:", key="webhook_box", on_change="rerun") as box:
        if not box.open:
            return
        st.markdown(
            t("When a training ends, one message goes to this address: which job, how it ended, the name of the model. None of your data.")
        )
        kept = ws.get_setting(ADDRESS, "")
        st.text_input(
            t("Address for the message"),
            value=kept,
            key="webhook_address",
            placeholder="https://…",
            on_change=_keep,
            help=t("It is kept on this machine. Leave it empty to send nothing. Tunesmith must be running when the training ends."),
        )
        if (problem := st.session_state.get("webhook_problem")) is not None:
            show_error(problem)
        elif kept:
            st.caption(t("Messages go to {host}.", host=host_of(kept)))
        for record in ws.jobs(project.id):
            if (failed := sending_failed(ws, record)) is not None:
                show_error(failed)


def _keep() -> None:
    try:
        set_address(state.workspace(), st.session_state["webhook_address"])
        st.session_state.pop("webhook_problem", None)
    except TunesmithError as problem:  # a callback has no page to draw on
        st.session_state["webhook_problem"] = problem
