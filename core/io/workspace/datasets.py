"""Saved data sets, and which of their files lie on which server."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert

from core.base.errors import NotInWorkspace
from core.io.workspace import tables
from core.io.workspace.records import Dataset, Project, Upload
from core.io.workspace.store import MISSING, Store, add, checked_sha, digest, every, of_row, one


class Datasets(Store):
    """The data sets of a workspace."""

    def save_dataset(
        self,
        project_id: str,
        *,
        now: datetime,
        source_sha: str,
        source_name: str,
        settings: Mapping[str, Any],
        shape: Mapping[str, Any],
        counts: Mapping[str, Any],
        train_sha: str,
        validation_sha: str | None = None,
        test_sha: str | None = None,
        split: Mapping[str, Any],
        findings: Sequence[Any] = (),
        system_prompt: str = "",
        pairs_train_sha: str | None = None,
        pairs_validation_sha: str | None = None,
        pairs_test_sha: str | None = None,
    ) -> Dataset:
        """Save a data set as the project's next version, or return the version that has the very same content.

        Its files must have been put into the workspace before; raises NotInWorkspace otherwise.
        """
        shas = {"source_sha": source_sha, "train_sha": train_sha, "validation_sha": validation_sha, "test_sha": test_sha}
        pairs = {"pairs_train_sha": pairs_train_sha, "pairs_validation_sha": pairs_validation_sha, "pairs_test_sha": pairs_test_sha}
        if any(pairs.values()):  # of other data the key stays what it was before there were pairs
            shas |= pairs
        key = digest(shas, settings, shape, split, system_prompt)
        dataset = tables.datasets.c
        with self._db.write() as connection:
            one(connection, Project, tables.projects, project_id)
            same = (
                connection.execute(select(tables.datasets).where(dataset.project_id == project_id, dataset.key == key)).mappings().first()
            )
            if same is not None:
                return of_row(Dataset, same)
            for sha in filter(None, shas.values()):
                if connection.execute(select(tables.files.c.name).where(tables.files.c.sha256 == checked_sha(sha))).first() is None:
                    raise NotInWorkspace(MISSING["files"], details=sha)
            last = connection.execute(select(func.max(dataset.version)).where(dataset.project_id == project_id)).scalar()
            values = {
                "project_id": project_id,
                "version": (last or 0) + 1,
                "key": key,
                "created_at": now,
                "source_name": source_name,
                "settings": dict(settings),
                "shape": dict(shape),
                "counts": dict(counts),
                "split": dict(split),
                "findings": list(findings),
                "system_prompt": system_prompt,
            }
            return add(connection, Dataset, tables.datasets, {**values, **shas})

    def dataset(self, dataset_id: str) -> Dataset:
        """The data set with this id; raises NotInWorkspace."""
        with self._db.read() as connection:
            return one(connection, Dataset, tables.datasets, dataset_id)

    def datasets(self, project_id: str) -> list[Dataset]:
        """The project's data sets, the newest version first."""
        dataset = tables.datasets.c
        with self._db.read() as connection:
            query = select(tables.datasets).where(dataset.project_id == project_id).order_by(dataset.version.desc())
            return every(connection, Dataset, query)

    def remember_upload(self, origin: str, sha: str, remote_id: str, now: datetime) -> None:
        """Note that this file lies on that server under `remote_id`, so that it is sent once."""
        values = {"origin": origin, "sha256": checked_sha(sha), "remote_id": remote_id, "created_at": now}
        with self._db.write(durable=True) as connection:
            statement = insert(tables.uploads).values(**values)
            newest = {"remote_id": remote_id, "created_at": now}
            connection.execute(statement.on_conflict_do_update(index_elements=["origin", "sha256"], set_=newest))

    def uploaded(self, origin: str, sha: str) -> str | None:
        """The server's id of this file, or None where it was not sent there."""
        upload = tables.uploads.c
        with self._db.read() as connection:
            return connection.execute(select(upload.remote_id).where(upload.origin == origin, upload.sha256 == checked_sha(sha))).scalar()

    def forget_upload(self, origin: str, sha: str) -> None:
        """The server does not have this file any more."""
        upload = tables.uploads.c
        with self._db.write() as connection:
            connection.execute(delete(tables.uploads).where(upload.origin == origin, upload.sha256 == checked_sha(sha)))

    def forget_remote_file(self, origin: str, remote_id: str) -> None:
        """The server does not have the file of this id any more."""
        upload = tables.uploads.c
        with self._db.write() as connection:
            connection.execute(delete(tables.uploads).where(upload.origin == origin, upload.remote_id == remote_id))

    def uploads_of(self, project_id: str) -> list[Upload]:
        """The project's files that lie on servers, the newest first: what to remove there before the project is deleted."""
        dataset, upload = tables.datasets.c, tables.uploads.c
        with self._db.read() as connection:
            shas: set[str] = set()
            for column in (column for column in dataset if column.name.endswith("_sha")):
                shas.update(filter(None, connection.execute(select(column).where(dataset.project_id == project_id)).scalars()))
            query = select(tables.uploads).where(upload.sha256.in_(shas)).order_by(upload.created_at.desc(), upload.sha256)
            return every(connection, Upload, query)
