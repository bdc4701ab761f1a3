"""A fake server, a client of it, and a plan that waits to be started."""

import pytest

from core.io.workspace import Plan, Workspace
from tests.servers import FakeOpenAI
from tests.train.fixtures import client, server, ws
from tests.train.workbench import NOW, fake_connection, save_dataset, save_plan

__all__ = ["client", "server", "ws"]


@pytest.fixture
def plan(ws: Workspace, server: FakeOpenAI) -> Plan:
    project = ws.create_project("Cases", now=NOW)
    return save_plan(ws, save_dataset(ws, project.id), fake_connection(server))
