"""Saved models and the checkpoints among them; a model's folder appears whole or not at all."""

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.store.database import Database
from engine.store.rows import Page, StoredCheckpoint, StoredJob, StoredModel, new_id

KEPT_CHECKPOINTS = 3  # as OpenAI keeps
_MODEL = "id, job_id, base_model, kind, folder, created_at"
_CHECKPOINT = "id, job_id, step, model, metrics, created_at"


class Models:
    """The fine-tuned models of one home."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def path(self, model: StoredModel) -> Path:
        """The folder that a learner loads."""
        return self._folder / model.folder

    def save(self, job: StoredJob, kind: str, step: int | None, write: Callable[[Path], None], *, now: int) -> StoredModel:
        """Let the learner write into a fresh folder, then give it its name: manifest last, rename at the end.

        A model that is already there is kept: a restarted training would only write the same again.
        """
        name = "final" if step is None else f"ckpt-step-{step}"
        model = StoredModel(job.model_name(step), job.id, job.model, kind, f"{job.id}/{name}", now)
        final = self.path(model)
        if not (final / "manifest.json").exists():
            half = final.with_name(f".{name}.half")
            for leftover in (half, final):
                shutil.rmtree(leftover, ignore_errors=True)
            half.mkdir(parents=True)
            write(half)
            manifest = {"model": model.id, "job": job.id, "base_model": job.model, "kind": kind, "created_at": now}
            (half / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
            os.replace(half, final)
        return model

    def add(self, model: StoredModel) -> None:
        """Offer a saved model."""
        self._database.run(
            f"INSERT OR IGNORE INTO models ({_MODEL}) VALUES (?, ?, ?, ?, ?, ?)",
            (model.id, model.job_id, model.base_model, model.kind, model.folder, model.created_at),
        )

    def throw_away(self, model: StoredModel) -> None:
        """Remove a saved model that was not offered."""
        shutil.rmtree(self.path(model), ignore_errors=True)

    def get(self, model_id: str) -> StoredModel | None:
        """One model, or None."""
        row = self._database.one(f"SELECT {_MODEL} FROM models WHERE id = ?", (model_id,))
        return StoredModel(*row) if row else None

    def offered(self) -> list[StoredModel]:
        """Models and checkpoints, newest first; the untaught ones are served but not offered."""
        return [StoredModel(*row) for row in self._database.all(f"SELECT {_MODEL} FROM models WHERE kind != 'before' ORDER BY seq DESC")]

    def delete(self, model_id: str) -> list[str]:
        """Forget a model, and with a job's final model everything that was learned in that job; the ids that are gone."""
        model = self.get(model_id)
        if model is None:
            return []
        gone = self._of_job(model.job_id) if model.kind == "final" else [model]
        self._remove(gone)
        return [each.id for each in gone] + self.drop_lone_before(model.job_id)

    def tidy(self, is_final: Callable[[str], bool]) -> None:
        """Remove half-written and forgotten models of jobs that will not be trained again."""
        for folder in self._folder.iterdir():
            if is_final(folder.name):
                kept = {self.path(model) for model in self._of_job(folder.name)}
                for path in folder.iterdir():
                    if path not in kept:
                        shutil.rmtree(path, ignore_errors=True)

    def drop_lone_before(self, job_id: str) -> list[str]:
        """The untaught state is there to be compared with: it goes when nothing that was taught is left; the ids that are gone."""
        left = self._of_job(job_id)
        if any(model.kind != "before" for model in left):
            return []
        self._remove(left)
        return [model.id for model in left]

    def _of_job(self, job_id: str) -> list[StoredModel]:
        return [StoredModel(*row) for row in self._database.all(f"SELECT {_MODEL} FROM models WHERE job_id = ?", (job_id,))]

    def _remove(self, models: Sequence[StoredModel]) -> None:
        with self._database.transaction():
            for model in models:
                self._database.run("DELETE FROM models WHERE id = ?", (model.id,))
                self._database.run("DELETE FROM checkpoints WHERE model = ?", (model.id,))
        for model in models:
            shutil.rmtree(self.path(model), ignore_errors=True)


class Checkpoints:
    """The last checkpoints of each job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, model: StoredModel, step: int, metrics: Mapping[str, Any]) -> None:
        """List a saved model as a checkpoint."""
        self._database.run(
            f"INSERT OR IGNORE INTO checkpoints ({_CHECKPOINT}) VALUES (?, ?, ?, ?, ?, ?)",
            (new_id("ftckpt"), model.job_id, step, model.id, json.dumps(dict(metrics)), model.created_at),
        )

    def superfluous(self, job_id: str) -> list[str]:
        """The model ids of all but the last three."""
        sql = "SELECT model FROM checkpoints WHERE job_id = ? ORDER BY step DESC LIMIT -1 OFFSET ?"
        return [str(row["model"]) for row in self._database.all(sql, (job_id, KEPT_CHECKPOINTS))]

    def page(self, job_id: str, *, after: str | None, limit: int) -> Page[StoredCheckpoint]:
        """Latest step first; raises KeyError where `after` is no checkpoint of this job."""
        before = None
        if after is not None:
            anchor = self._database.one("SELECT step FROM checkpoints WHERE id = ? AND job_id = ?", (after, job_id))
            if anchor is None:
                raise KeyError(after)
            before = anchor["step"]
        sql = f"SELECT {_CHECKPOINT} FROM checkpoints WHERE job_id = ? AND (? IS NULL OR step < ?) ORDER BY step DESC LIMIT ?"
        rows = self._database.all(sql, (job_id, before, before, limit + 1))
        found = [StoredCheckpoint(**{**dict(row), "metrics": json.loads(row["metrics"])}) for row in rows[:limit]]
        return Page(found, len(rows) > limit)
