"""A fake server with a client for it: `server.fail(...)` says what goes wrong next."""

from collections.abc import Iterator

import pytest

from core.io.connections import Connection, connection
from core.io.openai_calls import Client, make_client, upload_file
from tests.servers import FakeOpenAI


@pytest.fixture(scope="session")
def one_server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        yield running


@pytest.fixture
def server(one_server: FakeOpenAI) -> FakeOpenAI:
    one_server.reset()
    return one_server


@pytest.fixture
def here(server: FakeOpenAI) -> Connection:
    """The fake server as a user would add it."""
    return connection("custom", base_url=server.base_url)


@pytest.fixture
def client(server: FakeOpenAI, here: Connection) -> Iterator[Client]:
    with make_client(here, server.key, timeout_s=5) as ready:
        yield ready


@pytest.fixture
def training_file(client: Client) -> str:
    return upload_file(client, "train.jsonl", b'{"messages": []}\n').id
