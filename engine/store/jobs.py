"""Fine-tuning jobs: a row and a folder each; every change of status names the states that it may come from."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from sqlite3 import Row
from typing import Any

from engine.elsewhere import forget
from engine.store.database import Database
from engine.store.rows import OPEN, NewJob, Page, StoredJob, new_id

_COLUMNS = tuple(field.name for field in fields(StoredJob))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM jobs"
_JSON = ("asked", "hyperparameters", "metadata", "error")


class Jobs:
    """The jobs of one home."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def folder(self, job_id: str) -> Path:
        """Where a job keeps its data, its lock and its worker's log; only for ids that came from the store."""
        return self._folder / job_id

    def prepare(self, training: Path, validation: Path | None) -> str:
        """Give a job to be its folder with its own hold on the data, so that deleting the uploaded file does not pull it away; its id."""
        job_id = new_id("ftjob")
        folder = self.folder(job_id)
        folder.mkdir()
        _hold(training, folder / "training.jsonl")
        if validation is not None:
            _hold(validation, folder / "validation.jsonl")
        return job_id

    def create(self, job_id: str, wish: NewJob, *, now: int) -> StoredJob:
        """Write down a prepared job."""
        values = {
            "id": job_id,
            "status": "validating_files",
            "model": wish.model,
            "method": wish.method,
            "training_file": wish.training_file,
            "validation_file": wish.validation_file,
            "suffix": wish.suffix,
            "seed": wish.seed,
            "asked": json.dumps(dict(wish.asked)),
            "metadata": None if wish.metadata is None else json.dumps(dict(wish.metadata)),
            "created_at": now,
        }
        marks = ", ".join("?" * len(values))
        self._database.run(f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
        return self.need(job_id)

    def get(self, job_id: str) -> StoredJob | None:
        """One job, or None."""
        row = self._database.one(f"{_SELECT} WHERE id = ?", (job_id,))
        return _job(row) if row else None

    def need(self, job_id: str) -> StoredJob:
        """One job that must be there; raises KeyError where it is not."""
        job = self.get(job_id)
        if job is None:
            raise KeyError(job_id)
        return job

    def status(self, job_id: str) -> str:
        """Only the status: what a worker asks at every step."""
        row = self._database.one("SELECT status FROM jobs WHERE id = ?", (job_id,))
        if row is None:
            raise KeyError(job_id)
        return str(row["status"])

    def page(self, *, metadata: Mapping[str, str] | None, only_without_metadata: bool, after: str | None, limit: int) -> Page[StoredJob]:
        """Newest first, those whose metadata hold every given pair; raises KeyError where `after` is no job."""
        where, parameters = ["1"], list[object]()
        if only_without_metadata:
            where.append("metadata IS NULL")
        for key, value in (metadata or {}).items():
            where.append("EXISTS (SELECT 1 FROM json_each(jobs.metadata) WHERE json_each.key = ? AND json_each.value = ?)")
            parameters += (key, value)
        if after is not None:
            anchor = self._database.one("SELECT seq FROM jobs WHERE id = ?", (after,))
            if anchor is None:
                raise KeyError(after)
            where.append("seq < ?")
            parameters.append(anchor["seq"])
        rows = self._database.all(f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT ?", (*parameters, limit + 1))
        return Page([_job(row) for row in rows[:limit]], len(rows) > limit)

    def open(self) -> list[StoredJob]:
        """Every job that is not final and not paused, oldest first."""
        return [_job(row) for row in self._database.all(f"{_SELECT} WHERE status IN ({', '.join('?' * len(OPEN))}) ORDER BY seq", OPEN)]

    def move(self, job_id: str, status: str, *, only_from: Sequence[str], **changes: Any) -> bool:
        """Change the status, and other columns with it, if it still is one of `only_from`; whether it was."""
        values = {"status": status, **{k: json.dumps(v) if k in _JSON and v is not None else v for k, v in changes.items()}}
        sets = ", ".join(f"{column} = ?" for column in values)
        sql = f"UPDATE jobs SET {sets} WHERE id = ? AND status IN ({', '.join('?' * len(only_from))})"
        return self._database.run(sql, (*values.values(), job_id, *only_from)) > 0

    def expect_finish(self, job_id: str, moment: int) -> None:
        """Note when the training should be done."""
        self._database.run("UPDATE jobs SET estimated_finish = ? WHERE id = ?", (moment, job_id))

    def note_tokens(self, job_id: str, tokens: int) -> None:
        """Note how many tokens its training file has."""
        self._database.run("UPDATE jobs SET tokens = ? WHERE id = ?", (tokens, job_id))

    def note_worker(self, job_id: str, pid: int, started: float) -> None:
        """Note which process works on it; `started` tells it from a later process of the same number."""
        self._database.run("UPDATE jobs SET worker_pid = ?, worker_started = ? WHERE id = ?", (pid, started, job_id))

    def count(self, job_id: str, what: str) -> int:
        """Add one to `deaths` or `interruptions`, and say how many there are now."""
        column = {"deaths": "deaths", "interruptions": "interruptions"}[what]
        self._database.run(f"UPDATE jobs SET {column} = {column} + 1 WHERE id = ?", (job_id,))
        return int(getattr(self.need(job_id), column))

    def forgive(self, job_id: str) -> None:
        """Count its lost workers and engines from here anew: it has come further than it ever was."""
        self._database.run("UPDATE jobs SET deaths = 0, interruptions = 0 WHERE id = ? AND (deaths OR interruptions)", (job_id,))

    def let_go(self, job_id: str) -> None:
        """Drop the job's hold on its data: it is final and will not be trained again."""
        for name in ("training.jsonl", "validation.jsonl"):
            with suppress(OSError):  # Windows: its worker is still reading; the next start of the engine drops it
                (self.folder(job_id) / name).unlink(missing_ok=True)

    def clear_out(self, job_id: str) -> None:
        """Remove what its training kept to go on from, once nobody writes there: it is the size of its models or more.

        It lies below the folder of its learner, whose small files tell what happened and stay, or where a note there says.
        """
        self._empty(job_id)
        forget([self.folder(job_id)])

    def _empty(self, job_id: str) -> None:
        for place in self.folder(job_id).glob("*/*"):
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place, ignore_errors=True)

    def tidy(self) -> None:
        """Remove the folders of jobs that never were written down, and what those that are final need no more."""
        over = []
        for folder in self._folder.iterdir():
            job = self.get(folder.name)
            if job is None:
                shutil.rmtree(folder, ignore_errors=True)
            elif job.is_final:
                self.let_go(job.id)
                self._empty(job.id)
                over.append(folder)
        forget(over)


def _hold(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links (exFAT, some network drives)
        shutil.copyfile(source, target)


def _job(row: Row) -> StoredJob:
    values = dict(row)
    for column in _JSON:
        values[column] = json.loads(values[column]) if values[column] is not None else None
    return StoredJob(**{**values, "validated": bool(values["validated"])})
