"""A note in the browser when a training ends while another page is open, whichever project it is of, and the address for messages."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import streamlit as st

from core.base.errors import BadSetting, TunesmithError
from core.base.remote import JobStatus
from core.io import local_engine
from core.io.addresses import host_of
from core.io.connections import Connection, connection
from core.io.openai_calls import Client, make_client
from core.io.workspace import JobRecord, Project
from core.monitor.ended import ADDRESS, Watchers, has_ended, send_test, sending_failed, set_address, tell_once
from core.monitor.watch import GONE, seconds_to_next_look
from pages.ui import models, state
from pages.ui.parts import show_error, show_errors
from pages.ui.text import t, tn

EVERY = "2s"  # a read of our own records; the server is asked by the watcher alone
RECENT = timedelta(days=1)  # an older end is no news
RUNNING = "trainings seen running"  # of this session


@st.cache_resource(show_spinner=False)
def watchers() -> Watchers:
    """The background watchers of this app."""
    return Watchers()


def watch(project: Project | None, *, on_monitor: bool) -> None:
    """Have the running trainings of every project watched, and say so once when one ends; Monitor itself shows its own without a note."""
    open_one = project.id if project is not None else None
    going_on = [record for record in _lately() if _goes_on(record, open_one)]
    st.session_state.setdefault(RUNNING, set()).update(record.id for record in going_on)
    for record in going_on:
        with suppress(BadSetting):  # of a connection that this version does not know
            where = models.connection_of(record)
            if not state.lacks_key(where) and not watchers().is_watched(record):
                watchers().ensure(state.workspace(), _client(where), record, state.now)
    _notes(open_one, on_monitor, "" if not going_on else EVERY)


def _lately() -> list[JobRecord]:
    return state.workspace().jobs_lately(state.now() - RECENT)


def _client(where: Connection) -> Callable[[], Client]:
    """How the watcher, a thread without a session, comes by its client; the engine is started there, where no page waits for it."""
    if where.local:
        return partial(_of_the_engine, state.engine_home())
    client = state.client(where)
    return lambda: client


def _of_the_engine(home: Path) -> Client:
    address = local_engine.ensure_engine(home)
    return make_client(connection("this-machine", base_url=address.base_url), address.token)


def _notes(open_one: str | None, on_monitor: bool, every: str) -> None:
    st.fragment(_tell, run_every=every or None)(open_one, on_monitor)


def _tell(open_one: str | None, on_monitor: bool) -> None:
    ws = state.workspace()
    seen: set[str] = st.session_state.get(RUNNING, set())
    for record in _lately():
        if not has_ended(record):
            continue
        # whoever saw it running is told once in each tab; whoever comes later only where nobody was told yet: a refresh repeats nothing
        first = tell_once(ws, record, state.now())
        if (record.id in seen or (first and _is_recent(record))) and not (on_monitor and _is_in(record, open_one)):
            with suppress(BadSetting):
                st.toast(_sentence(record, open_one), icon=_icon(record), duration="infinite")
        seen.discard(record.id)


def _is_in(record: JobRecord, open_one: str | None) -> bool:
    """Whether the job is one of the open project's, also by a plan that it shares with another."""
    return record.project_id == open_one or (open_one is not None and record.id in {job.id for job in state.workspace().jobs(open_one)})


def _goes_on(record: JobRecord, open_one: str | None) -> bool:
    if seconds_to_next_look(record, state.now()) is None or has_ended(record):
        return False
    # of a project that nobody has open, a job that its server does not know any more is not asked about for ever
    return record.snapshot is None or record.snapshot.raw_status != GONE or _is_in(record, open_one)


def _is_recent(record: JobRecord) -> bool:
    ended = record.snapshot.finished_at if record.snapshot else None
    return ended is not None and state.now() - ended < RECENT


def _icon(record: JobRecord) -> str:
    good = record.snapshot is not None and record.snapshot.status is JobStatus.SUCCEEDED
    return ":material/check_circle:" if good else ":material/error:"


def _sentence(record: JobRecord, open_one: str | None) -> str:
    name = models.friendly_name(record, models.connection_of(record))
    status = record.snapshot.status if record.snapshot else JobStatus.UNKNOWN
    if not _is_in(record, open_one):
        told = {"model": name, "project": state.workspace().project(record.project_id).name}
        if status is JobStatus.SUCCEEDED:
            return t("The training of the project “{project}” is finished: {model} is ready. See Monitor there.", **told)
        if status is JobStatus.CANCELLED:
            return t("The training of {model} in the project “{project}” was cancelled. See Monitor there.", **told)
        return t("The training of {model} in the project “{project}” has failed. Monitor says why there.", **told)
    if status is JobStatus.SUCCEEDED:
        return t("The training is finished: {model} is ready. See Monitor.", model=name)
    if status is JobStatus.CANCELLED:
        return t("The training of {model} was cancelled. See Monitor.", model=name)
    return t("The training of {model} has failed. Monitor says why.", model=name)


def settings(project: Project) -> None:
    """The address that a message goes to when a training ends, and what came of the last ones."""
    ws = state.workspace()
    failed = [problem for record in ws.jobs(project.id) if (problem := sending_failed(ws, record)) is not None]
    if failed:
        st.warning(
            tn(
                "{n} message about the end of a training could not be sent. The reason stands below.",
                "{n} messages about the end of a training could not be sent. The reasons stand below.",
                len(failed),
            ),
            icon=":material/webhook:",
        )
    title = t("Tell another program when a training ends")
    with st.expander(title, icon=":material/webhook:", key="webhook_box", on_change="rerun") as box:
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
            if st.button(t("Send a test"), icon=":material/send:", key="webhook_test"):
                with show_errors(), st.spinner(t("Sending a test to {host}…", host=host_of(kept))):
                    send_test(ws)
                    st.success(t("{host} took the test message.", host=host_of(kept)), icon=":material/check:")
        for problem in failed:
            show_error(problem)


def _keep() -> None:
    try:
        set_address(state.workspace(), st.session_state["webhook_address"])
        st.session_state.pop("webhook_problem", None)
    except TunesmithError as problem:  # a callback has no page to draw on
        st.session_state["webhook_problem"] = problem
