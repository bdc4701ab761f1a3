"""A fake server, a workspace and a data set with test rows to ask."""

import pytest

from core.io.workspace import Dataset, Workspace
from tests.train.fixtures import client, server, ws
from tests.train.workbench import NOW, save_dataset

__all__ = ["client", "server", "ws"]


@pytest.fixture
def dataset(ws: Workspace) -> Dataset:
    return save_dataset(ws, ws.create_project("Cases", now=NOW).id, n_test=30)
