"""A fine-tuning job on screen: its state, its curve with words, its diary, and what can be done with it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from core.base.errors import N_, TunesmithError
from core.base.types import Job, JobStatus
from core.io.connections import Connection
from core.io.openai_calls import Client
from core.io.workspace import JobRecord, Project, Workspace
from core.io.workspace.records import error_from_json
from core.monitor import failures, watch, words
from core.monitor.curve import Curve, curve, progress, why_no_curve
from core.train.reconcile import reconcile
from core.train.start import may_start, stored_error
from pages.ui import charts, state
from pages.ui.models import base_of
from pages.ui.parts import show_error, show_errors
from pages.ui.sentences import say, shown
from pages.ui.sentences.training import METRICS, SETTINGS, STATUS
from pages.ui.text import Raw, clock, escape, number, percent, t

_BADGES = {
    JobStatus.SUCCEEDED: (":material/check_circle:", "green"),
    JobStatus.FAILED: (":material/error:", "red"),
    JobStatus.CANCELLED: (":material/cancel:", "gray"),
    JobStatus.UNKNOWN: (":material/help:", "orange"),
    JobStatus.PAUSED: (":material/pause_circle:", "orange"),
}
_OFFERED = ("train_loss", "valid_loss", "full_valid_loss"), ("train_accuracy", "valid_accuracy", "full_valid_accuracy")


def choose(project: Project, known: Sequence[JobRecord]) -> JobRecord:
    """The job that is looked at: the newest unless another one is chosen."""
    newest = sorted(known, key=lambda job: job.created_at, reverse=True)
    if len(newest) == 1:
        return newest[0]
    by_id = {job.id: job for job in newest}
    chosen = st.selectbox(t("Training"), list(by_id), format_func=lambda i: _name(by_id[i]), key=f"job_{project.id}_{len(newest)}")
    return by_id[chosen]


def _name(record: JobRecord) -> str:
    status = t(STATUS[record.snapshot.status]) if record.snapshot else t("Not created")
    return f"{record.created_at:%Y-%m-%d %H:%M} · {record.snapshot.base_model if record.snapshot else ''} · {status}"


def look(record_id: str, where: Connection) -> JobRecord:
    """The job as its server tells it now; a problem on the way is shown and the last known state stays."""
    ws = state.workspace()
    record = ws.job(record_id)
    if record.state in ("refused", "absent") or (record.state == "created" and watch.seconds_to_next_look(record, state.now()) is None):
        return record
    with show_errors():
        client = state.client(where)
        if record.state in ("creating", "uncertain"):
            record = reconcile(ws, client, record, state.now())
        record = watch.look(ws, client, record, state.now())
    return record


def show(record: JobRecord, where: Connection) -> None:
    """Draw one job."""
    ws = state.workspace()
    job = record.snapshot
    if job is None:
        st.warning(say(may_start(record)[1]), icon=":material/help:")
        if (error := stored_error(record)) is not None:
            show_error(error)
        return
    events, checkpoints = ws.events(record.id), ws.checkpoints(record.id)
    _state(record, job, where, events)
    if job.status is JobStatus.FAILED:
        _failure(job)
    drawn = curve(events, checkpoints)
    if drawn.metrics:
        _curves(drawn)
    else:
        reason = why_no_curve(events, job.base_model, job.status)
        if reason is not None:
            st.info(say(reason), icon=":material/show_chart:")
    _details(job, checkpoints, events)


def _state(record: JobRecord, job: Job, where: Connection, events: Sequence[Any]) -> None:
    icon, color = _BADGES.get(job.status, (":material/hourglass_top:", "blue"))
    label = t(STATUS[job.status]) if job.status is not JobStatus.UNKNOWN else t("Unknown state: {word}", word=job.raw_status)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(label, icon=icon, color=color)  # type: ignore[arg-type]
        st.markdown(
            t("{base} on {host}", base=t(base_of(record, where).name), host=t("this machine") if where.local else where.host),
            width="content",
        )
        if record.looked_at is not None and not job.status.is_terminal:
            st.caption(t("as of {time}", time=Raw(clock(record.looked_at))), width="content")
    how_far = progress(job, events, state.now())
    if not job.status.is_terminal:
        text = t("Step {step} of {total}", step=how_far.step, total=how_far.total_steps) if how_far.step and how_far.total_steps else label
        st.progress(how_far.share or 0.0, text=text)
    elif job.fine_tuned_model:
        st.markdown(t("Your model: {model}", model=job.fine_tuned_model))
    if record.error is not None and not job.status.is_terminal:
        show_error(error_from_json(record.error))
    _orders(record, job, where)


def _orders(record: JobRecord, job: Job, where: Connection) -> None:
    if job.status.is_terminal or job.raw_status == watch.GONE:
        return
    with st.container(horizontal=True):
        if job.status is JobStatus.PAUSED:
            _order(t("Go on"), ":material/play_arrow:", watch.resume, record, where, "resume")
        elif job.status is JobStatus.RUNNING:
            _order(t("Pause"), ":material/pause:", watch.pause, record, where, "pause")
        _order(t("Cancel the training"), ":material/cancel:", watch.cancel, record, where, "cancel")


Order = Callable[[Workspace, Client, JobRecord, datetime], JobRecord]


def _order(label: str, icon: str, order: Order, record: JobRecord, where: Connection, key: str) -> None:
    if st.button(label, icon=icon, key=f"{key}_{record.id}"):
        with show_errors():
            order(state.workspace(), state.client(where), record, state.now())
            st.rerun()


def _failure(job: Job) -> None:
    told = failures.explain(job.error)
    params = shown(told.params)
    show_error(TunesmithError(told.cause, told.remedy, details="\n".join(part for part in (told.code, told.words) if part), **params))


def _curves(drawn: Curve) -> None:
    last = next((points[-1][1] for name in ("full_valid_accuracy", "valid_accuracy") if (points := drawn.points(name))), None)
    if last is not None:
        st.markdown(t(":material/insights: {share} of the answers to validation questions are right.", share=Raw(percent(last))))
    for sentence in words.verdict(drawn):
        st.markdown(f":material/insights: {say(sentence)}")
    losses, accuracies = ({name: t(METRICS[name]) for name in group if name in drawn.metrics} for group in _OFFERED)
    left, right = st.columns(2) if losses and accuracies else (st.container(), st.container())
    with left:
        if accuracies:
            st.markdown(f"**{t('Accuracy')}**", help=t("The share of answers that are right: higher is better."))
            charts.lines(
                drawn.frame,
                "step",
                accuracies,
                alt=t("Accuracy by training step."),
                key="accuracy",
                x_title=t("Step"),
                y_title=t("Answers right"),
                shares=True,
            )
    with right:
        if losses:
            st.markdown(f"**{t('Loss')}**", help=t("How surprised the model is by the right answers: lower is better."))
            charts.lines(drawn.frame, "step", losses, alt=t("Loss by training step."), key="loss", x_title=t("Step"), y_title=t("Loss"))


def _details(job: Job, checkpoints: Sequence[Any], events: Sequence[Any]) -> None:
    with st.expander(
        t("Hyperparameters, checkpoints and events"), icon=":material/list_alt:", key=f"details_{job.id}", on_change="rerun"
    ) as box:
        if not box.open:
            return
        settings = {**job.hyperparameters, "seed": job.seed, "trained_tokens": job.trained_tokens}
        names = {**SETTINGS, "seed": N_("Seed"), "trained_tokens": N_("Tokens trained")}
        st.caption(
            "  \n".join(
                f"{t(names[name]) if name in names else escape(name)}: {escape(str(value))}"
                for name, value in settings.items()
                if value is not None
            )
        )
        if checkpoints:
            st.markdown(f"**{t('Checkpoints')}**", help=t("The model as it was at one step; the last three are kept."))
            st.dataframe(
                pd.DataFrame(
                    [{t("Step"): c.step, t("Model"): c.model, **{k: round(v, 4) for k, v in c.metrics.items()}} for c in checkpoints]
                ),
                hide_index=True,
                key=f"checkpoints_{job.id}",
            )
        st.markdown(f"**{t('Events')}**")
        latest = list(reversed(events))[:200]
        st.dataframe(
            pd.DataFrame([{t("Time"): clock(e.created_at), t("Event"): e.message} for e in latest]),
            hide_index=True,
            key=f"events_{job.id}",
            height=240,
        )
        if len(events) > len(latest):
            st.caption(t("The newest {n} of {all} events.", n=len(latest), all=number(len(events))))
