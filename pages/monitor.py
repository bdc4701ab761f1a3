"""Monitor: the training as it happens, what the curve says in words, and what a failure means."""

from pages.ui.frame import require_frame

require_frame()

import streamlit as st

from core.base.remote import JobStatus
from core.io.workspace import JobRecord
from core.monitor.watch import seconds_to_next_look
from pages.ui import deployments, elsewhere, ending, jobs, models, notices, plans, shelf, state, takeaway
from pages.ui.data import dataset_of
from pages.ui.parts import head, nothing_yet
from pages.ui.text import t

head("monitor")
project = state.project()
known = jobs.listed(project) if project else []
if project is None or not known:
    dataset = dataset_of(project)
    nothing_yet(
        t("No training yet"),
        t("Once a training has been started, this page shows how far it is, what it has learned so far, and when it is ready."),
        go_to="train" if dataset else "prepare",
        label=t("Plan a training") if dataset else t("Prepare the data"),
        preview=t("What you will see: “Step 120 of 210. 61% of the answers to validation questions are right.”"),
    )
    elsewhere.offer(project)
    st.stop()

plans.arrived(project)
record = jobs.choose(project, known)
where = models.connection_of(record)
ending.show(where, models.base_of(record, where))
wait = seconds_to_next_look(record, state.now())


def _status(job: JobRecord) -> JobStatus | None:
    return job.snapshot.status if job.snapshot else None


# the timer fires a little after the next look is due: a little before, it would do so for nothing, and look half as often
@st.fragment(run_every=None if wait is None else f"{wait + 0.1}s")
def watch() -> None:
    """Look at the job and draw it; when it has ended, one whole run drops the timer, and another state is shown by the whole page."""
    fresh = jobs.look(record.id, where)
    jobs.show(fresh, where)
    over = wait is not None and seconds_to_next_look(fresh, state.now()) is None
    renamed = len(known) > 1 and _status(fresh) is not _status(record)  # the box above tells each training's state
    if over or renamed:
        st.rerun()


@st.fragment(run_every="1s")
def last_looked() -> None:
    """Keep true how long ago the last look was, while the page itself is drawn anew only at the next one."""
    jobs.last_looked(record.id)


above = st.container()
watch()
if wait is not None:
    with above:  # drawn after the look that it tells of
        last_looked()
seen = record.snapshot
if seen is not None and wait is None:
    takeaway.offer(project, record, where)
    if seen.status is not JobStatus.SUCCEEDED or deployments.answers(record, where):
        jobs.what_next(record, seen)
elif seen is None:
    jobs.not_started(record)
shelf.show(project)
elsewhere.offer(project)
notices.settings(project)
