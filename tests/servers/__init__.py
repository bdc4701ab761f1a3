"""Servers for tests, on loopback only."""

from tests.servers import faults
from tests.servers.fake_openai import FakeOpenAI, Seen

__all__ = ["FakeOpenAI", "Seen", "faults"]
