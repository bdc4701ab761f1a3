"""A fake server, a client of it, and a workspace of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.io.connections import connection
from core.io.openai_calls import Client, make_client
from core.io.workspace import Workspace, open_workspace
from tests.servers import FakeOpenAI


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def client(server: FakeOpenAI) -> Iterator[Client]:
    with make_client(connection("custom", base_url=server.base_url), server.key) as client:
        yield client


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path / "home") as opened:
        yield opened
