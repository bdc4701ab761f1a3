"""What the engine remembers: one SQLite file, and the files, job folders and models that lie beside it by id."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from engine.store.batches import Batches
from engine.store.database import Database
from engine.store.events import Events
from engine.store.files import Files
from engine.store.jobs import Jobs
from engine.store.models import Checkpoints, Models
from engine.store.uploads import Uploads


@dataclass(frozen=True)
class Store:
    """The open store of one home; close it when done."""

    home: Path
    database: Database
    files: Files
    jobs: Jobs
    events: Events
    checkpoints: Checkpoints
    models: Models
    uploads: Uploads
    batches: Batches

    @property
    def temporary(self) -> Path:
        """Where half-received uploads wait; on the same disk as the files, so that keeping one is a rename."""
        return self.home / "tmp"

    def tidy(self) -> None:
        """Remove what a crash left lying about; only while nobody else works on this home."""
        for leftover in self.temporary.iterdir():  # an upload, or the folder in which a pace was being measured
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)
        self.files.tidy()
        self.uploads.tidy(int(time.time()))
        self.jobs.tidy()
        self.models.tidy(lambda job_id: (job := self.jobs.get(job_id)) is None or job.is_final)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_store(home: Path) -> Store:
    """Open the store in `home`, making it where there is none; several processes may have it open at once."""
    home.mkdir(parents=True, exist_ok=True)
    for name in ("files", "jobs", "models", "tmp", "uploads", "batches"):
        (home / name).mkdir(exist_ok=True)
    database = Database(home / "engine.db")
    return Store(
        home=home,
        database=database,
        files=Files(database, home / "files"),
        jobs=Jobs(database, home / "jobs"),
        events=Events(database),
        checkpoints=Checkpoints(database),
        models=Models(database, home / "models"),
        uploads=Uploads(database, home / "uploads"),
        batches=Batches(database, home / "batches"),
    )
