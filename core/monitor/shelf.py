"""The shelf: every fine-tuned model of a project, with what is known of where it comes from, until it is deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.base.errors import N_, BadSetting
from core.base.remote import Checkpoint, Job, JobStatus
from core.io.openai_calls import Client, delete_model
from core.io.workspace import Dataset, JobRecord, Plan, Workspace


@dataclass(frozen=True, slots=True)
class Shelved:
    """One model; `plan` and `dataset` are None where the training was made elsewhere, and nothing is known of its data here.

    `model` is the name that it answers by, "" while it has none: some servers name a model only once it has been made ready.
    """

    record: JobRecord
    job: Job
    model: str
    plan: Plan | None
    dataset: Dataset | None
    checkpoints: tuple[Checkpoint, ...]

    @property
    def made_at(self) -> datetime:
        """When its training ended, by the server's clock; where that is not known, when its record was made."""
        return self.job.finished_at or self.record.created_at

    @property
    def estimate(self) -> dict[str, Any]:
        """What the plan said that it would cost, as it was agreed to; empty where there was no plan."""
        return self.plan.estimate if self.plan else {}

    @property
    def deleted_by(self) -> tuple[str, ...]:
        """The names that are deleted with it; empty where its server names nothing that could be deleted from here."""
        return _names(self.job, self.checkpoints)


def named_by_its_job(record: JobRecord) -> str | None:
    """The name that a training gave its model; None where it has made none."""
    job = record.snapshot
    return job.fine_tuned_model or None if job is not None and job.status is JobStatus.SUCCEEDED else None


def shelf(ws: Workspace, project_id: str, name_of: Callable[[JobRecord], str | None] = named_by_its_job) -> list[Shelved]:
    """The models of a project, the newest first, without those that were deleted from here.

    `name_of` says by which name the model of a training answers: "" where it has none yet, None where the training made no model.
    """
    found = []
    for record in ws.jobs(project_id):
        job = record.snapshot
        if job is None or (name := name_of(record)) is None or is_deleted(ws, record):
            continue
        plan = ws.plan(record.plan_id) if record.plan_id else None
        dataset = ws.dataset(plan.dataset_id) if plan else None
        found.append(Shelved(record, job, name, plan, dataset, tuple(ws.checkpoints(record.id))))
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def _names(job: Job, checkpoints: Sequence[Checkpoint]) -> tuple[str, ...]:
    """What a server has to delete: the model, with which its checkpoints go; of a training that was ended early every checkpoint."""
    if job.fine_tuned_model:
        return (job.fine_tuned_model,)
    return tuple(one.model for one in checkpoints if one.model) if job.status is JobStatus.CANCELLED else ()


def is_deleted(ws: Workspace, record: JobRecord) -> bool:
    """Whether the job's model was deleted from here."""
    return ws.get_setting(_gone(record)) is not None


def delete(ws: Workspace, client: Client, record: JobRecord, now: datetime) -> bool:
    """Delete a job's model on its server, for good; False where the server did not have it any more.

    The record of the training stays. A deletion whose answer was lost may be asked for again: it does no harm twice.
    Raises BadSetting for another server's client or a job without a model, ServerProblem where the server did not do it.
    """
    names = _names(record.snapshot, ws.checkpoints(record.id)) if record.snapshot else ()
    if not names:
        raise BadSetting(N_("This training has made no model that could be deleted."), N_("Look at it under Monitor."))
    if client.origin != record.origin:
        raise BadSetting(N_("This model lies on another server than the one that was asked."), N_("Choose its connection in the sidebar."))
    was_there = [delete_model(client, name) for name in names]
    ws.set_setting(_gone(record), now.isoformat())
    return any(was_there)


def spent(trained_tokens: int | None, per_million: float | None) -> float | None:
    """What the tokens that the server says it has trained cost, in USD at a price per million; None where either is not known."""
    return None if trained_tokens is None or per_million is None else trained_tokens * per_million / 1_000_000


def _gone(record: JobRecord) -> str:
    return f"deleted model/{record.project_id}/{record.id}"
