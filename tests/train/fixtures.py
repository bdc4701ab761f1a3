"""The fake server, a client of it and an empty workspace, for every folder of tests that starts or watches jobs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.io.openai_calls import Client, make_client
from core.io.workspace import Workspace
from tests.servers import FakeOpenAI
from tests.train.workbench import fake_connection, make_workspace


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def client(server: FakeOpenAI) -> Iterator[Client]:
    with make_client(fake_connection(server), server.key, timeout_s=5) as client:
        yield client


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with make_workspace(tmp_path / "home") as ws:
        yield ws
