"""A fake server, a client of it, and a plan that waits to be started."""

from typing import Any

import pytest

from core.io.workspace import Plan, Workspace
from tests.servers import FakeOpenAI
from tests.train.fixtures import client, server, ws
from tests.train.matrix import WORLDS
from tests.train.workbench import NOW, fake_connection, save_dataset, save_plan

__all__ = ["client", "server", "ws"]


@pytest.fixture
def plan(ws: Workspace, server: FakeOpenAI) -> Plan:
    project = ws.create_project("Cases", now=NOW)
    return save_plan(ws, save_dataset(ws, project.id), fake_connection(server))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the fault matrix: what was said right after each break, and how many jobs there were then and at the end."""
    reports = terminalreporter.stats.get("passed", [])
    rows = [value for report in reports for key, value in report.user_properties if key == "fault"]
    if not rows:
        return
    terminalreporter.section("fault matrix: jobs after the break, what the app says then, jobs at the end")
    cells: dict[str, dict[str, str]] = {}
    for name, kind, after, said, at_last in rows:
        cells.setdefault(name, {})[kind] = f"{after} job, {said} -> {at_last}"
    for name, told in {"break": {kind: kind for kind in WORLDS}, **cells}.items():
        terminalreporter.write_line(f"{name:42}" + "".join(f"{told.get(kind, 'FAILED'):50}" for kind in WORLDS))
