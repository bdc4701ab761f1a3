"""An organisation that may not train any more: from the refusal to a model that was trained on this machine."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from core.io.workspace import open_workspace
from tests.app_process import App
from tests.browser.seeds import NO_KEY, Seeds, server_at
from tests.browser.walk import WAIT, Walk
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_a_refused_organisation_to_trained_on_this_machine_in_at_most_three_clicks(app: App, open_page: Callable[..., Page]) -> None:
    with FakeOpenAI(key=NO_KEY) as server, open_workspace(app.home) as ws, ExitStack() as stack:
        project, _ = Seeds(ws, stack).planned(server_at(server), BASE)
        ws.set_setting(f"address {server_at(server).origin}", server.base_url)
        server.fail("POST /fine_tuning/jobs", faults.training_not_available(), always=True)
        walk = Walk(open_page(f"{app.url}/train?project={project.id}"))
        page = walk.page
        walk.at("Train")
        page.locator('[class*="st-key-consent_"] label').first.click()
        walk.settled()
        walk.click("Start training")
        expect(page.get_by_text("no longer lets this account train models")).to_be_visible(timeout=WAIT)
        expect(page.get_by_text("Nothing was started and nothing was charged.")).to_be_visible()
        walk.settled()
        assert not server.jobs

        # refused: from here the clicks count
        walk.clicks = 0
        walk.click("Train on this machine instead")
        expect(page.get_by_text("Nothing leaves this machine.")).to_be_visible(timeout=WAIT)
        walk.settled()
        walk.click("Start training")
        walk.at("Monitor")
        expect(page.get_by_role("button", name="Try the model")).to_be_visible(timeout=WAIT)
        assert walk.clicks <= 3
        trained = [job for job in ws.jobs(project.id) if job.state == "created"]
        assert [job.origin for job in trained] == ["this-machine"] and not server.jobs
