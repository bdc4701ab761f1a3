"""Plans: what is about to be trained, written down in full before anything is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.base.errors import NotInWorkspace
from core.io.workspace import tables
from core.io.workspace.records import Plan, Project
from core.io.workspace.store import MISSING, Store, add, change, every, one


class Plans(Store):
    """The training plans of a workspace."""

    def save_plan(
        self,
        project_id: str,
        *,
        now: datetime,
        dataset_id: str,
        connection_id: str,
        origin: str,
        base_model: str,
        preset: str,
        hyperparameters: Mapping[str, Any],
        seed: int | None,
        suffix: str,
        budget: float | None,
        estimate: Any,
        key: str,
        method: str = "supervised",
        metadata: Mapping[str, str] | None = None,
    ) -> Plan:
        """Save a plan, or return the project's plan with this key.

        What the key does not cover (budget, estimate, preset, data set) follows the last call until a job has been
        claimed for the plan; from then on the plan stays as it was agreed to. The metadata are notes for the next attempt and always
        follow the last call. `estimate` is an Estimate or plain JSON.
        """
        agreed = {"dataset_id": dataset_id, "preset": preset, "budget": budget, "estimate": estimate}
        notes = {"metadata": dict(metadata or {})}
        plan = tables.plans.c
        with self._db.write() as connection:
            one(connection, Project, tables.projects, project_id)
            theirs = select(tables.datasets.c.id).where(tables.datasets.c.id == dataset_id, tables.datasets.c.project_id == project_id)
            if connection.execute(theirs).first() is None:
                raise NotInWorkspace(MISSING["datasets"], details=dataset_id)
            same = connection.execute(select(plan.id).where(plan.project_id == project_id, plan.key == key)).scalar()
            if same is not None:
                claimed = connection.execute(select(tables.jobs.c.id).where(tables.jobs.c.key == key)).first()
                return change(connection, Plan, tables.plans, same, notes if claimed else notes | agreed)
            values = {
                "project_id": project_id,
                "connection_id": connection_id,
                "origin": origin,
                "base_model": base_model,
                "hyperparameters": dict(hyperparameters),
                "seed": seed,
                "suffix": suffix,
                "key": key,
                "created_at": now,
                "method": method,
            }
            return add(connection, Plan, tables.plans, {**values, **agreed, **notes})

    def plan(self, plan_id: str) -> Plan:
        """The plan with this id; raises NotInWorkspace."""
        with self._db.read() as connection:
            return one(connection, Plan, tables.plans, plan_id)

    def plans(self, project_id: str) -> list[Plan]:
        """The project's plans, the newest first."""
        plan = tables.plans.c
        with self._db.read() as connection:
            query = select(tables.plans).where(plan.project_id == project_id).order_by(plan.created_at.desc(), plan.seq.desc())
            return every(connection, Plan, query)
