"""The workspace: everything that outlives a session, in one folder on this machine."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from core.base.errors import N_, WorkspaceError
from core.io.workspace.batches import Batches
from core.io.workspace.datasets import Datasets
from core.io.workspace.diary import Diary
from core.io.workspace.jobs import Jobs
from core.io.workspace.migrate import open_database
from core.io.workspace.part_uploads import PartUploads
from core.io.workspace.plain import plain, revive
from core.io.workspace.plans import Plans
from core.io.workspace.projects import Projects
from core.io.workspace.records import (
    BatchState,
    ClaimedRow,
    Dataset,
    JobRecord,
    JobState,
    PartUpload,
    Plan,
    Progress,
    Project,
    Run,
    RunBatch,
    RunRow,
    RunState,
    Spent,
    StoredFile,
    Task,
    TaskState,
    Upload,
    VoteRecord,
)
from core.io.workspace.runs import Runs, run_key
from core.io.workspace.settings import Settings
from core.io.workspace.votes import Votes
from core.io.workspace.worklist import Worklist


class Workspace(Projects, Datasets, PartUploads, Plans, Jobs, Diary, Runs, Batches, Settings, Votes, Worklist):
    """A folder with a database and files; safe to share between threads, and open in several processes at once."""

    def close(self) -> None:
        """Give the database's connections back; the workspace cannot be used after."""
        self._db.close()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def workspace_home(environ: Mapping[str, str]) -> Path:
    """Where the workspace lies: TUNESMITH_HOME, or the system's place for a user's data."""
    chosen = environ.get("TUNESMITH_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("tunesmith", appauthor=False)


def open_workspace(home: Path) -> Workspace:
    """Open the workspace in this folder, making or migrating it as needed; raises WorkspaceError."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)  # other users of this machine have no business in it
        for folder in ("files", "tmp"):
            (home / folder).mkdir(exist_ok=True)
        writable = os.access(home, os.W_OK)
    except OSError as error:
        raise _not_writable(home, str(error)) from error
    if not writable:
        raise _not_writable(home, "")
    workspace = Workspace(home, open_database(home))
    workspace.sweep()
    return workspace


def _not_writable(home: Path, words: str) -> WorkspaceError:
    return WorkspaceError(
        N_("Tunesmith cannot make or write the folder in which it keeps its data."),
        N_("Check that you may write there. The setting TUNESMITH_HOME chooses another folder."),
        details=f"{home} {words}".strip(),
    )


__all__ = [
    "BatchState",
    "ClaimedRow",
    "Dataset",
    "JobRecord",
    "JobState",
    "PartUpload",
    "Plan",
    "Progress",
    "Project",
    "Run",
    "RunBatch",
    "RunRow",
    "RunState",
    "Spent",
    "StoredFile",
    "Task",
    "TaskState",
    "Upload",
    "VoteRecord",
    "Workspace",
    "open_workspace",
    "plain",
    "revive",
    "run_key",
    "workspace_home",
]
