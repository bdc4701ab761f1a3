"""A fine-tuning job on screen: which one is looked at, its state, what can be done with it, and what a failure means."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from functools import partial

import streamlit as st

from core.base.errors import N_, TrainingNotAvailable, TunesmithError
from core.base.remote import Job, JobEvent, JobStatus
from core.io.connections import Connection
from core.io.workspace import JobRecord, Plan, Project
from core.io.workspace.records import error_from_json
from core.monitor import failures, watch
from core.monitor.curve import progress
from core.monitor.spent import spent
from core.train.reconcile import reconcile
from core.train.start import may_start, stored_error
from pages.ui import closed, connecting, course, failed, models, orders, prices, result_files, state, stories
from pages.ui.models import base_of, connection_of, friendly_name
from pages.ui.names import told_apart
from pages.ui.parts import show_error, way_on
from pages.ui.sentences import say
from pages.ui.sentences.training import STATUS
from pages.ui.steps import go
from pages.ui.text import Raw, clock, day, moment, money, t, tn

_BADGES = {
    JobStatus.SUCCEEDED: (":material/check_circle:", "green"),
    JobStatus.FAILED: (":material/error:", "red"),
    JobStatus.CANCELLED: (":material/cancel:", "gray"),
    JobStatus.UNKNOWN: (":material/help:", "orange"),
    JobStatus.PAUSED: (":material/pause_circle:", "orange"),
}


JUST_NOW = timedelta(minutes=5)  # so long a start that came to nothing is what the reader looks for
GONE_HERE = N_("What was last known of it stays here. The plan and the data are kept, too: “Train again” begins a new training.")
GONE_THERE = N_(
    "What was last known of it stays here, and Tunesmith goes on asking. Was it started with another key? Type that one. "
    "If it is gone for good, “Train again” begins a new training, which is charged anew."
)


def choose(project: Project, known: Sequence[JobRecord]) -> JobRecord:
    """The job that is looked at unless another one is chosen: the newest that was started, or what has just come of a start."""
    newest = sorted(known, key=lambda job: job.created_at, reverse=True)
    if len(newest) == 1:
        return newest[0]
    key = f"job_{project.id}_{len(newest)}"
    newest.sort(key=lambda job: not _stands_first(job))  # a start that came to nothing long ago must not hide a good model
    looked_at = st.session_state.get(key, newest[0].id)  # by `look`, which says what one waits for
    by_id = {job.id: job if job.id == looked_at else _as_it_is(job) for job in newest}
    names = told_apart({job.id: _name(job) for job in reversed(by_id.values())})
    chosen = st.selectbox(t("Training"), list(by_id), format_func=names.__getitem__, key=key)
    return by_id[chosen]


def listed(project: Project) -> list[JobRecord]:
    """The project's jobs without the starts that came to nothing and were taken off the list."""
    ws = state.workspace()
    return [job for job in ws.jobs(project.id) if not (_came_to_nothing(job) and ws.get_setting(_off_list(job)))]


def _came_to_nothing(record: JobRecord) -> bool:
    return record.state in ("refused", "absent")


def _stands_first(record: JobRecord) -> bool:
    return not _came_to_nothing(record) or state.now() - record.created_at < JUST_NOW


def _off_list(record: JobRecord) -> str:
    return f"off the list/{record.project_id}/{record.id}/{record.created_at.isoformat()}"  # a new try of the same record is listed again


def _as_it_is(record: JobRecord) -> JobRecord:
    """A job among others as its server tells it now; with the state of the last look where that cannot be asked.

    A server that did not answer then is waited for again only when its job is the one that is looked at: not for a box, at every click.
    """
    where = connection_of(record)
    due = record.state == "created" and watch.seconds_to_next_look(record, state.now()) is not None
    if not due or record.error is not None or state.lacks_key(where):
        return record
    try:
        return watch.look(state.workspace(), state.client(where), record, state.now())
    except TunesmithError:  # the box to choose from is no place for it: it is told where that job is looked at
        return record


def _name(record: JobRecord) -> str:
    if record.snapshot is None:
        return f"{moment(record.created_at)} · {t('Not started')}"
    name = friendly_name(record, connection_of(record))
    # the box is drawn before the look, and once for many: what still changes is told below it, where it is kept true
    return f"{name} · {_state_name(record.snapshot)}" if record.snapshot.status.is_terminal else name


def _state_name(job: Job) -> str:
    """A job's state in a word; one that is not known by the server's own, without Markdown."""
    if job.raw_status == watch.GONE:
        return t("Not known to the server any more")
    return t(STATUS[job.status])


def look(record_id: str, where: Connection) -> JobRecord:
    """The job as its server tells it now; a problem on the way is shown and the last known state stays."""
    ws = state.workspace()
    record = ws.job(record_id)
    if record.state in ("refused", "absent") or (record.state == "created" and watch.seconds_to_next_look(record, state.now()) is None):
        return record
    asking = t("Asking how the training is going…")
    # only the first look may keep the reader waiting with nothing on the page: at the next ones the last known state stands there
    try:
        with st.spinner(asking) if record.looked_at is None else nullcontext():
            client = state.client(where)
            if record.state in ("creating", "uncertain"):
                record = reconcile(ws, client, record, state.now())
            record = watch.look(ws, client, record, state.now())
    except TunesmithError as error:
        show_error(error)
        connecting.mend(where, error, f"look_{record_id}")
    return record


def show(record: JobRecord, where: Connection) -> None:
    """Draw one job."""
    ws = state.workspace()
    job = record.snapshot
    if job is None:
        st.warning(say(may_start(record)[1]), icon=":material/help:")
        error, project = stored_error(record), state.project()
        if isinstance(error, TrainingNotAvailable) and record.plan_id and project is not None:
            closed.refused(project, ws.plan(record.plan_id), error, lead_on=True)
        elif error is not None:
            failed.show(record, error)
        return
    result_files.fetch(record, where)
    story, checkpoints = stories.of(record), ws.checkpoints(record.id)
    plan = ws.plan(record.plan_id) if record.plan_id else None
    _state(record, job, where, story.landmarks, plan)
    if job.status is JobStatus.FAILED:
        project = state.project()
        if plan is not None and project is not None and job.error is not None and is_closed(job):
            closed.ended(project, plan, where, job.error)
        else:
            failed.show(record, job.error)
    asked = {**plan.hyperparameters, "seed": plan.seed} if plan else {}
    end = partial(orders.end_here, record, job, where) if job.status is JobStatus.RUNNING else None
    method, dataset = models.method_of(record, job), models.dataset_of(record)
    course.show(job, story, checkpoints, method, asked=asked, end=end, dataset=dataset)
    result_files.missing(record, where)


def _state(record: JobRecord, job: Job, where: Connection, events: Sequence[JobEvent], plan: Plan | None) -> None:
    icon, color = _BADGES.get(job.status, (":material/hourglass_top:", "blue"))
    unknown = job.status is JobStatus.UNKNOWN and job.raw_status != watch.GONE
    label = t("Unknown state: {word}", word=job.raw_status) if unknown else _state_name(job)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(label, icon=icon, color=color)  # type: ignore[arg-type]
        st.markdown(
            t("{model} on {host}", model=t(base_of(record, where).name), host=t("this machine") if where.local else where.host),
            width="content",
        )
        if (method := models.method_of(record, job)) not in ("supervised", ""):
            st.caption(models.method_name(method), width="content")
    if job.raw_status == watch.GONE:
        _gone(record, where)
        return
    if not job.status.is_terminal:
        _progress(job, events, label)
    elif job.fine_tuned_model:
        _model(record, job.fine_tuned_model, where)
    _cost(record, job, where, events, plan)
    if record.error is not None and not job.status.is_terminal:
        error = error_from_json(record.error)
        show_error(error)
        if not state.lacks_key(where):  # else the look itself has asked for the key
            connecting.mend(where, error, f"state_{record.id}")
    orders.show(record, job, where)


def _gone(record: JobRecord, where: Connection) -> None:
    """A job of which its server says that there is none: what that can mean, and what can be done."""
    if where.local:
        told = TunesmithError(N_("This machine no longer knows this training: its training program's own records were removed."), GONE_HERE)
    else:
        told = TunesmithError(
            N_("{host} no longer knows this training. It was deleted there, or it belongs to another account than the API key."),
            GONE_THERE,
            details=error_from_json(record.error).details if record.error else "",
            host=where.host,
        )
    show_error(told)
    connecting.key(where, f"gone_{record.id}")
    if st.button(t("Back to the plan"), icon=":material/arrow_forward:", key=f"gone_plan_{record.id}"):
        go("train")


def _progress(job: Job, events: Sequence[JobEvent], label: str) -> None:
    at = progress(job, events, state.now())
    if not at.step or not at.total_steps:
        waits = job.status in (JobStatus.VALIDATING, JobStatus.QUEUED)
        st.progress(0.0, text=t("The learning has not begun yet.") if waits else label)
        return
    step = t("Step {step} of {total}.", step=at.step, total=at.total_steps)
    ends = t("Ready at about {time}.", time=Raw(clock(at.finish))) if at.finish else ""
    if job.status is JobStatus.PAUSED:
        ends = t("The training waits until you click “Go on”.")
    st.progress(at.share or 0.0, text=f"{step} {ends}")


def _cost(record: JobRecord, job: Job, where: Connection, events: Sequence[JobEvent], plan: Plan | None) -> None:
    if where.local:
        return
    share = progress(job, events, state.now()).share
    cost = spent(job, share, plan.estimate if plan else {}, prices.of(where, job.base_model))
    if cost is None:
        return
    if cost.counted and cost.as_of is not None:
        told = t(
            "Cost: {amount}, for the tokens that the server has counted, at the price of {day}.",
            amount=Raw(money(cost.low)),
            day=Raw(day(cost.as_of)),
        )
    elif cost.low == cost.high:
        told = t("Cost so far: about {amount}, by the estimate.", amount=Raw(money(cost.low)))
    else:
        told = t("Cost so far: about {low} to {high}, by the estimate.", low=Raw(money(cost.low)), high=Raw(money(cost.high)))
    st.caption(f":material/payments: {told}")


def last_looked(record_id: str) -> None:
    """Say how long ago the server was asked, by whichever tab; nothing of a job that has ended or was never seen."""
    record = state.workspace().job(record_id)
    job = record.snapshot
    if job is None or record.looked_at is None or job.status.is_terminal:
        return
    ago = max(0, int((state.now() - record.looked_at).total_seconds()))
    told = tn("Last looked {n} second ago.", "Last looked {n} seconds ago.", ago) if ago < 120 else ""
    st.caption(f":material/visibility: {told or t('Last looked at {time}.', time=Raw(clock(record.looked_at)))}")


def _model(record: JobRecord, model_id: str, where: Connection) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        name = friendly_name(record, where)
        st.markdown(":material/deployed_code: " + t("Your fine-tuned model: {model}", model=name), width="content")
        with st.popover(t("Its exact name"), type="tertiary", icon=":material/tag:"):
            st.markdown(t("Other programs call the model by this name:"))
            st.code(model_id, language=None, wrap_lines=True)


def not_started(record: JobRecord) -> None:
    """The foot of a training that was never begun: the page on which what is in the way is mended."""
    if _came_to_nothing(record) and len(listed(state.workspace().project(record.project_id))) > 1:
        st.button(
            t("Remove from this list"),
            icon=":material/playlist_remove:",
            key=f"off_list_{record.id}",
            help=t("Nothing was started, so nothing is lost. The plan and the data stay."),
            on_click=partial(state.workspace().set_setting, _off_list(record), True),
        )
    error = stored_error(record)
    if error is not None and failures.in_words(error)[1] == "prepare":
        way_on("prepare", t("Mend the rows, save the data set again, and start anew."), label=t("Back to the data"))
    else:
        around = isinstance(error, TrainingNotAvailable)  # then the way around it is the one primary button
        way_on("train", t("Change the plan, or start it again."), label=t("Back to the plan"), primary=not around)


def what_next(record: JobRecord, job: Job) -> None:
    """The foot of a job that has ended: the model where it left one, else the page on which its fault is mended."""
    if job.status is JobStatus.SUCCEEDED or models.left_behind(record) is not None:
        way_on("playground", t("Ask it something, next to the model as it was before."), label=t("Try the model"))
    elif job.status is JobStatus.FAILED and failures.explain(job.error).place == "prepare":
        way_on("prepare", t("Mend the rows, save the data set again, and start anew."), label=t("Back to the data"))
    else:
        # where the server trains no more, the way around it is the one primary button
        way_on("train", t("Change the plan, or start it again."), label=t("Back to the plan"), primary=not is_closed(job))


def is_closed(job: Job) -> bool:
    """Whether the job has failed because its server trains no more for this account."""
    return job.status is JobStatus.FAILED and job.error is not None and job.error.code == closed.CODE
