"""Two engines for the whole run: one as it ships, one with the fake learner."""

from collections.abc import Iterator

import pytest
from openai import OpenAI

from tests.engine.helpers import client_of
from tests.engine_process import EngineProcess, start_engine

FAKE = "tests.engine.fake_engine"


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """An engine as it ships."""
    with start_engine(tmp_path_factory.mktemp("shipped") / "home") as engine:
        yield engine


@pytest.fixture(scope="session")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """An engine with the fake learner, which takes files up to 1 MB."""
    with start_engine(tmp_path_factory.mktemp("fake") / "home", module=FAKE, max_upload_mb=1) as engine:
        yield engine


@pytest.fixture(scope="session")
def client(fake: EngineProcess) -> Iterator[OpenAI]:
    """The stock client of the engine with the fake learner."""
    with client_of(fake) as client:
        yield client
