"""Trainings that were made elsewhere: a connection's list, page by page, without those that are known here; adopt one into a project."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.base.errors import N_, BadSetting
from core.base.remote import Job
from core.io.openai_calls import Client, list_jobs
from core.io.workspace import JobRecord, Workspace
from core.monitor.watch import look

PAGE: Final = 20  # what every server gives
OURS: Final = "tunesmith_record"  # in the metadata of a job that a record of ours has asked for (core/train/reconcile.py)


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of a connection's list: the strangers in it, how many more are known here already, and where the next part begins."""

    jobs: tuple[Job, ...]
    known: int
    after: str | None


def list_strangers(ws: Workspace, client: Client, *, after: str | None = None) -> Listed:
    """One page of the connection's jobs, the newest first, without those that a record of any project here has; raises ServerProblem.

    A job that this workspace has asked for and whose answer it still waits for is no stranger either: it belongs to its record.
    """
    page = list_jobs(client, limit=PAGE, after=after)
    records = ws.jobs_at(client.origin)
    taken, asked = {record.remote_id for record in records}, {record.id for record in records}
    strangers = tuple(job for job in page if job.id and job.id not in taken and job.metadata.get(OURS) not in asked)
    return Listed(strangers, len(page) - len(strangers), page.after)


def adopt(ws: Workspace, client: Client, project_id: str, job: Job, now: datetime) -> JobRecord:
    """Take a job into a project, with its diary and checkpoints; nothing is sent but questions.

    What the server cannot tell now is kept as an error on the record and asked again by the next look. Raises BadSetting where another
    project has it already.
    """
    record = ws.adopt_job(project_id, connection_id=client.connection.id, origin=client.origin, remote_id=job.id, job=job, now=now)
    if record.project_id != project_id:
        raise BadSetting(
            N_("This training belongs to the project “{project}” already."),
            N_("Open that project in the sidebar."),
            project=ws.project(record.project_id).name,
        )
    return look(ws, client, ws.update_job(record.id, looked_at=None), now)
