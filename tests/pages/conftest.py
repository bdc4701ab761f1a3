"""The app as a script: every page is reached through streamlit_app.py, on a home of the test's own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.io.workspace import Project, Workspace, open_workspace
from core.monitor import ended
from core.prepare.work import save
from pages.ui import notices

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def watchers_wait(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The watchers of trainings wait until the test is over: what a server is asked is asked by the pages."""
    monkeypatch.setattr(ended, "PATIENCE", 1_000_000.0)
    yield
    notices.watchers().stop()


@pytest.fixture
def ws(own_home: Path) -> Iterator[Workspace]:
    """The workspace that the app under test uses."""
    opened = open_workspace(own_home)
    yield opened
    opened.close()


@pytest.fixture
def bank(ws: Workspace) -> Project:
    """A project with the bank example saved as a data set."""
    data = (ROOT / "sample_data" / "bank_support.csv").read_bytes()
    project = ws.create_project("Bank support", now=NOW, connection_id="this-machine")
    stored = ws.put_file(data, "bank_support.csv", now=NOW)
    ws.update_project(project.id, NOW, source=stored.sha256, source_name="bank_support.csv")
    args = {"source": stored.sha256, "name": "bank_support.csv", "draft": {}, "min_examples": 10, "project": project.id}
    saved = save(ws, args, lambda done, total: None, clock=lambda: NOW)
    return ws.update_project(project.id, NOW, dataset_id=saved["dataset_id"])


@pytest.fixture
def open_app() -> Callable[..., AppTest]:
    """Open the app at a screen, with a project or with none."""

    def opened(screen: str = "prepare", project: Project | None = None) -> AppTest:
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
        if project is not None:
            app.query_params["project"] = project.id
        app.run()
        if screen != "prepare":
            app.switch_page(f"pages/{screen}.py")
            if project is not None:
                app.query_params["project"] = project.id
            app.run()
        return app

    return opened
