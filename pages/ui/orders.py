"""What can be done with a training that goes on: pause it, go on with it, cancel it, end it early, each with what that means."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from core.base.remote import Job, JobStatus
from core.io.connections import Connection
from core.io.openai_calls import Client
from core.io.workspace import JobRecord, Workspace
from core.monitor import watch
from pages.ui import models, state
from pages.ui.parts import show_errors
from pages.ui.text import t


def show(record: JobRecord, job: Job, where: Connection) -> None:
    """The buttons for a job that goes on: those that its connection is known to have."""
    if job.status.is_terminal or job.raw_status == watch.GONE:
        return
    with st.container(horizontal=True):
        if job.status is JobStatus.PAUSED:
            _order(t("Go on"), ":material/play_arrow:", watch.resume, record, where, "resume", primary=True)
        elif job.status is JobStatus.RUNNING and where.dialect.pause is not None:
            _order(t("Pause"), ":material/pause:", watch.pause, record, where, "pause")
        elif job.status is JobStatus.PAUSING:  # it keeps its place, or the second of two clicks would meet "Cancel"
            st.button(t("Pause"), icon=":material/pause:", key=f"pausing_{record.id}", disabled=True)
        with st.popover(t("Cancel the training"), icon=":material/cancel:"):  # two clicks: hours of work end with it
            st.markdown(_what_a_cancel_means(record, job, where))
            _order(t("Cancel the training"), ":material/cancel:", watch.cancel, record, where, "cancel")


def _what_a_cancel_means(record: JobRecord, job: Job, where: Connection) -> str:
    """What is lost and what stays, as far as this connection is known."""
    told = [t("A cancelled training cannot be gone on with.")]
    last = _stays(record, where)
    if where.dialect.after_cancel is None:
        told.append(t("Playground and Compare do not offer what it has learned so far."))
        told.append(t("Only {host} knows what it keeps of it, and whether the part that is done is charged.", host=where.host))
    elif last is not None:
        told.append(
            t("What was learned since step {step} is lost. The checkpoint of that step stays: Playground and Compare offer it.", step=last)
        )
    else:
        told.append(t("There is no checkpoint of it: all that it has learned is lost."))
    if job.status is JobStatus.RUNNING and where.dialect.pause is not None:
        told.append(t("To go on another time, choose Pause."))
    return " ".join(told)


def _stays(record: JobRecord, where: Connection) -> int | None:
    """The step whose checkpoint would stay and be offered after a cancel; None where there is none, or nobody knows."""
    kept = where.dialect.after_cancel
    if kept is None or not kept.keeps_checkpoints or models.base_of(record, where).practice:
        return None
    return max((one.step for one in state.workspace().checkpoints(record.id) if one.model and one.step > 0), default=None)


def end_here(record: JobRecord, job: Job, where: Connection) -> None:
    """Offer to end a training that the checks find worse and worse, with what that means; where nothing would be left of it, say so."""
    if _stays(record, where) is None:
        st.caption(_why_not_end(where))
        return
    with st.popover(t("End the training here"), icon=":material/stop_circle:", key=f"end_box_{record.id}"):
        st.markdown(_what_a_cancel_means(record, job, where))
        _order(t("End the training here"), ":material/stop_circle:", watch.cancel, record, where, "end_here")


def _why_not_end(where: Connection) -> str:
    kept = where.dialect.after_cancel
    if kept is None:
        return t(
            "Let it run to its end: a training that is cancelled leaves no model, and whether {host} keeps its checkpoints is not known.",
            host=where.host,
        )
    if kept.keeps_checkpoints:
        return t("Let it run on: there is no checkpoint yet, and all that it has learned would be lost.")
    return t("Let it run to its end: {host} keeps nothing of a training that is cancelled.", host=where.host)


Order = Callable[[Workspace, Client, JobRecord, datetime], JobRecord]


def _order(label: str, icon: str, order: Order, record: JobRecord, where: Connection, key: str, *, primary: bool = False) -> None:
    if st.button(label, icon=icon, type="primary" if primary else "secondary", key=f"{key}_{record.id}"):
        with show_errors():
            order(state.workspace(), state.client(where), record, state.now())
            st.rerun()
