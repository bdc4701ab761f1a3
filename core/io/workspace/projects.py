"""Projects: the pieces of work that a user sees in the sidebar."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select, update

from core.base.errors import N_, BadSetting, NotInWorkspace
from core.io.workspace import tables
from core.io.workspace.files import Files, forget
from core.io.workspace.records import Project
from core.io.workspace.store import MISSING, add, change, checked_sha, every, one

NAME_LENGTH = 120


class ProjectFields(TypedDict, total=False):
    """What may be changed about a project."""

    name: str
    example: str | None
    connection_id: str
    base_url: str | None
    source: str | None
    source_name: str
    draft: Mapping[str, Any]
    dataset_id: str | None
    plan_id: str | None


class Projects(Files):
    """The projects of a workspace."""

    def create_project(self, name: str, *, now: datetime, example: str | None = None, connection_id: str = "this-machine") -> Project:
        """Begin a project, with nothing in it."""
        values: dict[str, Any] = {"name": _name(name), "example": example, "connection_id": connection_id, "source_name": "", "draft": {}}
        with self._db.write() as connection:
            return add(connection, Project, tables.projects, {**values, "created_at": now, "updated_at": now})

    def projects(self) -> list[Project]:
        """All projects, the newest first."""
        project = tables.projects.c
        with self._db.read() as connection:
            return every(connection, Project, select(tables.projects).order_by(project.created_at.desc(), project.seq.desc()))

    def project(self, project_id: str) -> Project:
        """The project with this id; raises NotInWorkspace."""
        with self._db.read() as connection:
            return one(connection, Project, tables.projects, project_id)

    def update_project(self, project_id: str, now: datetime, **fields: Unpack[ProjectFields]) -> Project:
        """Change some fields and return the project; a source that it no longer uses is removed, unless another needs it."""
        values: dict[str, Any] = dict(fields)
        unknown = set(values) - set(ProjectFields.__annotations__)
        if unknown:
            raise TypeError(f"a project has no {', '.join(sorted(unknown))}")
        if "name" in values:
            values["name"] = _name(values["name"])
        _check_base_url(values.get("base_url"))
        with self._db.write() as connection:
            before = one(connection, Project, tables.projects, project_id)
            for name, table in (("dataset_id", tables.datasets), ("plan_id", tables.plans)):
                wanted = values.get(name)
                theirs = select(table.c.id).where(table.c.id == wanted, table.c.project_id == project_id)
                if wanted is not None and connection.execute(theirs).first() is None:
                    raise NotInWorkspace(MISSING[table.name])
            after = change(connection, Project, tables.projects, project_id, {**values, "updated_at": now})
            left = before.source is not None and before.source != after.source
            if before.source is not None and left:
                forget(connection, [before.source])
        if left:
            self.sweep()
        return after

    def hold_file(self, project_id: str, purpose: str, sha: str | None) -> None:
        """Keep a stored file for a project besides its source, one for each purpose; None lets it go. Raises NotInWorkspace."""
        held = tables.held_files.c
        with self._db.write() as connection:
            one(connection, Project, tables.projects, project_id)
            place = (held.project_id == project_id, held.purpose == purpose)
            before = connection.execute(select(held.sha256).where(*place)).scalar()
            connection.execute(delete(tables.held_files).where(*place))
            if sha is not None:
                if connection.execute(select(tables.files.c.name).where(tables.files.c.sha256 == checked_sha(sha))).first() is None:
                    raise NotInWorkspace(MISSING["files"], details=sha)
                connection.execute(insert(tables.held_files).values(project_id=project_id, purpose=purpose, sha256=sha))
            if before is not None and before != sha:
                forget(connection, [before])

    def delete_project(self, project_id: str) -> None:
        """Remove a project with all that belongs to it, and the files that no other project needs; raises NotInWorkspace.

        What lies on a connection's server stays there: `uploads_of` and `jobs` name it, to be asked before.
        """
        with self._db.write(durable=True) as connection:
            one(connection, Project, tables.projects, project_id)
            _hand_over_jobs(connection, project_id)
            dataset = tables.datasets.c
            shas = set(connection.execute(select(tables.projects.c.source).where(tables.projects.c.id == project_id)).scalars())
            held = tables.held_files.c
            shas.update(connection.execute(select(held.sha256).where(held.project_id == project_id)).scalars())
            ids = {project_id}
            for row in connection.execute(
                select(dataset.id, *(column for column in dataset if column.name.endswith("_sha"))).where(dataset.project_id == project_id)
            ):
                ids.add(row[0])
                shas.update(row[1:])
            connection.execute(delete(tables.projects).where(tables.projects.c.id == project_id))
            forget(connection, shas - {None}, ids)
            connection.execute(delete(tables.settings).where(tables.settings.c.key.contains(f"/{project_id}/", autoescape=True)))
        self.sweep()
        self._db.shrink()


def _hand_over_jobs(connection: Connection, project_id: str) -> None:
    # two projects with the very same plan share one job (it is paid once): it stays with the one that remains
    job, plan = tables.jobs.c, tables.plans.c
    for job_id, key in connection.execute(select(job.id, job.key).where(job.project_id == project_id)).all():
        heir = connection.execute(select(plan.project_id, plan.id).where(plan.key == key, plan.project_id != project_id)).first()
        if heir is not None:
            connection.execute(update(tables.jobs).where(job.id == job_id).values(project_id=heir[0], plan_id=heir[1]))


def _name(name: str) -> str:
    words = " ".join(name.split())[:NAME_LENGTH]
    if not words:
        raise BadSetting(N_("A project needs a name."), N_("Type a few words by which you will know it."))
    return words


def _check_base_url(url: str | None) -> None:
    # an address may carry a password or a key; nothing secret is ever written down
    parts = urlsplit(url or "")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadSetting(
            N_("The address of a server may not contain a user name, a password or a question mark."),
            N_("Give the plain address, and type the key where it is asked for."),
        )
