"""The project's fine-tuned models: which one is looked at, where it answers, and what it was before."""

from collections.abc import Sequence

import streamlit as st

from core.base.remote import Checkpoint, Job, JobStatus
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset, JobRecord, Project
from core.monitor.deployments import answers_by
from core.monitor.shelf import is_deleted
from pages.ui import data, small, state
from pages.ui.names import told_apart
from pages.ui.parts import nothing_yet
from pages.ui.sentences.training import METHODS
from pages.ui.text import Raw, escape, moment, t


def finished(project: Project) -> list[JobRecord]:
    """The project's jobs that made a model, newest first; also those that were ended early where their last checkpoint stays."""
    jobs = [job for job in state.workspace().jobs(project.id) if _made_a_model(job)]
    return sorted(jobs, key=lambda job: job.created_at, reverse=True)


def tuned_name(record: JobRecord) -> str:
    """The name by which the model that a job made answers: its deployment's where it needs one, else its own id or its checkpoint's."""
    return answers_by(state.workspace(), record) or _own_id(record) if record.snapshot else ""


def shelved_as(record: JobRecord) -> str | None:
    """The name of the model that a job made, "" while it has none to be asked by; None where it made no model."""
    return tuned_name(record) if _made_a_model(record) else None


def _own_id(record: JobRecord) -> str:
    if record.snapshot is None:
        return ""
    last = left_behind(record)
    return record.snapshot.fine_tuned_model or (last.model if last else "")


def left_behind(record: JobRecord) -> Checkpoint | None:
    """The last checkpoint of a job that was ended early, which can be asked like a model; None where it is not known to stay.

    The practice model has none that could be compared with its own untaught state, and learns in seconds besides.
    """
    job, where = record.snapshot, connection_of(record)
    kept = where.dialect.after_cancel
    if job is None or job.status is not JobStatus.CANCELLED or kept is None or not kept.keeps_checkpoints:
        return None
    if base_of(record, where).practice:
        return None
    named = [one for one in state.workspace().checkpoints(record.id) if one.model and one.step > 0]
    return max(named, key=lambda one: one.step, default=None)


def friendly_name(record: JobRecord, where: Connection) -> str:
    """What people call a job's model: its base and when it was trained. Plain text, to be escaped for Markdown."""
    begun = record.created_at
    if record.plan_id is None and record.snapshot is not None:  # the record of a training made elsewhere is as old as its adoption
        begun = record.snapshot.created_at or begun
    return t("{model} of {when}", model=Raw(t(base_of(record, where).name)), when=Raw(moment(begun)))


def connection_of(record: JobRecord) -> Connection:
    """The connection on which a job's model lives."""
    return state.connection_at(record.connection_id, record.origin)


def base_of(record: JobRecord, where: Connection) -> BaseModel:
    """The base model of a job, as its connection describes it."""
    return base_named(where, record.snapshot.base_model if record.snapshot else "")


def base_named(where: Connection, name: str) -> BaseModel:
    """A base model by the name that its server gave it, as its connection describes it."""
    listed = next((m for m in where.base_models if m.id == name), None)
    if listed is not None:
        return listed
    return BaseModel(id=name, name=small.name_of(name), small=True) if where.local and name else BaseModel(id=name, name=name)


def method_of(record: JobRecord, job: Job) -> str:
    """By which method a job trains, by the server's own word for it or, where it tells none, by the plan; empty where nobody knows."""
    return job.method or (state.workspace().plan(record.plan_id).method if record.plan_id else "")


def method_name(method: str) -> str:
    """A method as the page names it; one that is not known by its own word. Markdown."""
    return t(METHODS[method]) if method in METHODS else escape(method)


def choose_state(record: JobRecord, base: BaseModel) -> str:
    """The model id of the state that is looked at: as the training left it, unless an earlier checkpoint is chosen."""
    last = tuned_name(record)
    # a deployment is of one checkpoint alone: the others have no name to be asked by
    checkpoints = [] if base.practice or last != _own_id(record) else state.workspace().checkpoints(record.id)
    known = {one.model: one.step for one in sorted(checkpoints, key=lambda one: -one.step)[1:] if one.model and one.model != last}
    if not known:
        return last
    return st.selectbox(
        t("State of the trained model"),
        [last, *known],
        format_func=lambda model: t("after step {step}", step=known[model]) if model in known else _at_last(record),
        key=f"state_{record.id}",
        persist_state="session",
        help=t("A checkpoint is the model as it was at one step. An earlier one can be better where the end was learned by heart."),
    )


def _at_last(record: JobRecord) -> str:
    last = left_behind(record)
    return t("after step {step}, the last before it was ended", step=last.step) if last else t("at the end of the training")


def dataset_of(record: JobRecord) -> Dataset | None:
    """The data set that a job was trained on; None for one that was made elsewhere."""
    return data.by_id(state.workspace().plan(record.plan_id).dataset_id) if record.plan_id else None


def choose(project: Project | None, preview: str) -> JobRecord | None:
    """Let the user choose among the finished models where there are several.

    Where there is none it draws the empty state, in which `preview` says what the page will show, and gives None.
    """
    jobs: Sequence[JobRecord] = finished(project) if project else []
    if not project or not jobs:
        at_work = project is not None and state.is_busy(project.id)
        nothing_yet(
            t("The training is still running") if at_work else t("No trained model yet"),
            t("Its model can be tried and compared as soon as it has finished.")
            if at_work
            else t("Once a training has finished, its model can be tried and compared here."),
            go_to="monitor" if project and state.workspace().jobs(project.id) else "train" if project and project.dataset_id else "prepare",
            label=t("Go to the training") if project and project.dataset_id else t("Prepare the data"),
            preview=preview,
        )
        return None
    if len(jobs) == 1:
        return jobs[0]
    by_id = {job.id: job for job in jobs}
    names = told_apart({job.id: friendly_name(job, connection_of(job)) for job in reversed(jobs)})
    chosen = st.selectbox(
        t("Trained model"),
        list(by_id),
        format_func=names.__getitem__,
        key=f"model_{project.id}",
        persist_state="session",
    )
    return by_id[chosen]


def _made_a_model(job: JobRecord) -> bool:
    seen = job.snapshot
    if seen is None or is_deleted(state.workspace(), job):
        return False
    if seen.status is not JobStatus.SUCCEEDED:
        return left_behind(job) is not None
    return bool(seen.fine_tuned_model) or connection_of(job).dialect.deploy is not None
