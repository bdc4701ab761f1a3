"""The walk of a stranger's training: found in the connection's list, taken in, told when it ends on another page, and tried."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from core.io.workspace import open_workspace
from tests.app_process import App
from tests.monitor.test_elsewhere import foreign
from tests.servers import FakeOpenAI

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_foreign_training_is_adopted_watched_and_tried(app: App, open_page: Callable[..., Page]) -> None:
    with FakeOpenAI() as server:
        name = foreign(server, 1, model="gpt-4.1-nano-2025-04-14", status="running")
        with open_workspace(app.home) as ws:
            project = ws.create_project("Theirs", now=datetime.now(UTC), connection_id="custom")
            ws.update_project(project.id, datetime.now(UTC), base_url=server.base_url)
        page = open_page(f"{app.url}/monitor?project={project.id}")
        page.get_by_role("textbox", name=re.compile("^API key for")).fill(server.key)
        page.keyboard.press("Enter")
        expect(page.get_by_text("A key is set")).to_be_visible()
        page.get_by_text("Trainings made elsewhere").click()
        page.get_by_role("button", name=re.compile("Look for trainings")).click()
        page.get_by_role("button", name="Take into this project").click()
        expect(page.get_by_role("button", name="Cancel the training")).to_be_visible()

        page.get_by_role("link", name="Prepare").click()
        expect(page.get_by_role("heading", name="Prepare")).to_be_visible()
        server.succeed(name)
        server.set_job(name, finished_at=int(time.time()))
        note = page.get_by_test_id("stToast")
        expect(note).to_contain_text("The training is finished", timeout=20_000)
        page.wait_for_timeout(4_500)  # two turns of the fragment that drew it
        expect(note).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Prepare")).to_be_visible()
        page.wait_for_timeout(3_000)
        expect(note).to_have_count(0)

        page.get_by_role("link", name="Monitor").click()
        page.get_by_role("textbox", name=re.compile("^API key for")).fill(server.key)
        page.keyboard.press("Enter")
        page.get_by_text("Your fine-tuned models").click()
        expect(page.get_by_text("It was trained elsewhere: nothing is known here of its data.")).to_be_visible()
        page.get_by_role("link", name="Playground").click()
        expect(page.get_by_role("heading", name="Playground")).to_be_visible()
        expect(page.get_by_text("No trained model yet")).to_have_count(0)
