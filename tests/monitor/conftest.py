"""A started job on a fake server."""

import pytest

from core.io.openai_calls import Client
from core.io.workspace import JobRecord, Workspace
from core.train.start import start_training
from tests.servers import FakeOpenAI
from tests.train.fixtures import client, server, ws
from tests.train.workbench import NOW, fake_connection, save_dataset, save_plan

__all__ = ["client", "server", "ws"]


@pytest.fixture
def record(ws: Workspace, server: FakeOpenAI, client: Client) -> JobRecord:
    project = ws.create_project("Cases", now=NOW)
    plan = save_plan(ws, save_dataset(ws, project.id), fake_connection(server))
    return start_training(ws, client, plan, now=NOW)
