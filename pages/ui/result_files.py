"""The result file of a training that has ended: fetched once, offered as a table, and what to do where it cannot be had."""

import streamlit as st

from core.base.errors import InputError, TunesmithError
from core.base.remote import Job
from core.io.connections import Connection
from core.io.workspace import JobRecord
from core.monitor import results
from core.monitor.story import Story
from pages.ui import state
from pages.ui.parts import show_errors
from pages.ui.text import t


def fetch(record: JobRecord, where: Connection) -> None:
    """Ask for it if it was never asked for; a server that does not give it now is asked again later, and the page goes on without."""
    if _wanted(record, where) and results.asked(state.workspace(), record) is None:
        try:
            with st.spinner(t("Fetching the figures of the training…")):
                results.fetch(state.workspace(), state.client(where), record, state.now())
        except TunesmithError:
            return  # `missing` says so below the curves


def missing(record: JobRecord, where: Connection) -> None:
    """Where the server names a result file that is not here, say so and offer to ask again; the curve stands without it."""
    if not _wanted(record, where):
        return
    found = results.asked(state.workspace(), record)
    if found is not None and found.sha:
        return
    if found is not None and isinstance(found.problem, InputError):
        told = t("What the server lists as result of this training is no table of its steps. The curves show what it told on the way.")
        st.caption(f":material/description: {told}")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        told = t("The result file of this training could not be had. The curves show what the server told on the way.")
        st.caption(f":material/description: {told}", width="content")
        if st.button(t("Ask for it again"), type="tertiary", icon=":material/refresh:", key=f"result_again_{record.id}"):
            with show_errors():
                again = results.fetch(state.workspace(), state.client(where), record, state.now(), again=True)
                if again is not None and again.problem is not None:
                    raise again.problem
                st.rerun()


def download(job: Job, story: Story) -> None:
    """Offer it as the table that it is, whether it came packed in base64 or not."""
    if story.file is None:
        return
    st.download_button(
        t("Download the figures (CSV)"),
        data=story.file.table,
        file_name=f"{job.id}-metrics.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"result_file_{job.id}",
        help=t("The result file that the server wrote at the end of the training: one line for each step."),
    )


def _wanted(record: JobRecord, where: Connection) -> bool:
    job = record.snapshot
    return job is not None and job.status.is_terminal and bool(job.result_files) and not state.lacks_key(where)
