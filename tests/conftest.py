"""Every test runs in a home of its own, with no key in the environment and no way off this machine."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# how long an example takes says how busy the machine is; speed is measured in benchmarks/
settings.register_profile("tunesmith", deadline=None)
settings.load_profile("tunesmith")

ROOT = Path(__file__).resolve().parents[1]
SEED_DATA = ROOT.parent / "shared" / "seed_data"
_LOOPBACK = {"127.0.0.1", "::1", "localhost", "testserver"}


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh TUNESMITH_HOME; an engine that a test started through the app is ended with it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("TUNESMITH_HOME", str(home))
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "TIKTOKEN_", "TUNESMITH_ENGINE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    yield home
    if (home / "engine" / "engine.json").exists():
        from core.io.local_engine import stop_engine

        stop_engine(home)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that would leave this machine fails the test that makes it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def seed_data() -> Path:
    """The original data of the three use cases, where it lies beside the project."""
    if not SEED_DATA.is_dir():
        pytest.skip("the original data does not lie beside the project")
    return SEED_DATA


@pytest.fixture(scope="session")
def engine_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """One real engine process for the whole run."""
    from tests.engine_process import start_engine

    with start_engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine
