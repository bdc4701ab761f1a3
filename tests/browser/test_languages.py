"""Another language in the middle of the work: everything follows, nothing that was typed or chosen is lost."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from core.base.remote import Job, JobStatus
from core.io.workspace import open_workspace
from tests.app_process import App
from tests.browser.seeds import Seeds
from tests.browser.walk import WAIT, Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TITLES = {"English": "Train", "Bahasa Indonesia": "Latih"}


def switch(walk: Walk, name: str, title: str) -> None:
    walk.page.get_by_test_id("stSidebar").get_by_role("radio", name=name).click()
    walk.at(title)


def box(page: Page, key: str) -> Locator:
    """A widget by the beginning of its key."""
    return page.locator(f"[class*='st-key-{key}']").first


def chosen(page: Page, key: str) -> Locator:
    """What a box with a list shows."""
    return box(page, key).get_by_role("combobox")


def test_what_was_typed_and_chosen_survives_another_language(app: App, open_page: Callable[..., Page]) -> None:
    with open_workspace(app.home) as ws, ExitStack() as stack:
        project, _ = Seeds(ws, stack).saved()
        ws.update_project(project.id, datetime.now(UTC), connection_id="openai")
    walk = Walk(open_page(f"{app.url}/train?project={project.id}"))
    walk.at("Train")
    page = walk.page
    box(page, "base_").get_by_role("combobox").click()
    page.get_by_role("option", name="GPT-4o mini").click()
    walk.settled()
    box(page, "preset_").get_by_role("radio", name="Careful").click()
    walk.settled()
    page.get_by_text("Advanced", exact=True).click()
    box(page, "n_epochs_").locator("input").fill("7")
    box(page, "suffix_").locator("input").fill("bank-x")
    box(page, "suffix_").locator("input").press("Tab")
    walk.settled()
    preset = {"English": "Careful", "Bahasa Indonesia": "Teliti"}
    for name in ("Bahasa Indonesia", "English", "Bahasa Indonesia"):
        switch(walk, name, TITLES[name])
        assert f"project={project.id}" in page.url and "/train" in page.url
        expect(chosen(page, "base_")).to_have_value("GPT-4o mini")
        expect(chosen(page, "connection_")).to_have_value("OpenAI")
        expect(box(page, "preset_").get_by_role("radio", name=preset[name])).to_be_checked()
        expect(box(page, "n_epochs_").locator("input")).to_have_value("7")
        expect(box(page, "suffix_").locator("input")).to_have_value("bank-x")
    expect(page.get_by_test_id("stSidebarNav")).to_contain_text("Bandingkan")
    assert page.evaluate("document.documentElement.lang") == "id"
    walk.refresh("Latih")
    assert page.evaluate("document.documentElement.lang") == "id"


def test_a_box_whose_words_change_keeps_its_choice(app: App, open_page: Callable[..., Page]) -> None:
    with open_workspace(app.home) as ws, ExitStack() as stack:
        project = Seeds(ws, stack).project()
        began = datetime.now(UTC) - timedelta(hours=5)
        for nth in range(3):
            at = began + timedelta(minutes=7 * nth)
            job = Job(f"ftjob-{nth}", JobStatus.SUCCEEDED, "succeeded", "recall", f"ft:recall:{nth}", created_at=at)
            ws.adopt_job(project.id, connection_id="this-machine", origin="local", remote_id=job.id, job=job, now=at)
    walk = Walk(open_page(f"{app.url}/monitor?project={project.id}"))
    walk.at("Monitor")
    page = walk.page
    box(page, "job_").get_by_role("combobox").click()
    page.get_by_role("option").nth(1).click()  # the newest comes first and would be the fall-back
    walk.settled()
    minute = f"{began + timedelta(minutes=7):%M}"
    expect(chosen(page, "job_")).to_have_value(re.compile(f":{minute} .*Finished"), timeout=WAIT)
    switch(walk, "Bahasa Indonesia", "Pantau")
    expect(chosen(page, "job_")).to_have_value(re.compile(rf"\.{minute} .*Selesai"), timeout=WAIT)
