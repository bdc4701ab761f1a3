"""Impatient clicks: whatever is clicked twice starts one training."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core.io.workspace import open_workspace
from tests.app_process import App
from tests.browser.walk import WAIT, Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TWICE = """([name, pause]) => {
    const find = () => [...document.querySelectorAll('button')].find(button => button.innerText.includes(name));
    find().click();
    setTimeout(() => { const again = find(); if (again) again.click(); }, pause);
}"""


def _jobs(app: App, page: Page) -> int:
    with open_workspace(app.home) as ws:
        return len(ws.jobs(page.url.partition("project=")[2]))


@pytest.mark.parametrize("pause_ms", [0, 40, 90, 150])
def test_two_clicks_are_one_training(app: App, open_page: Callable[..., Page], pause_ms: int) -> None:
    walk = Walk(open_page(app.url))
    walk.example()
    walk.save()
    walk.estimate()
    walk.plan()
    walk.page.evaluate(TWICE, ["Start training", pause_ms])
    walk.at("Monitor")
    expect(walk.page.get_by_role("button", name="Try the model")).to_be_visible(timeout=WAIT)
    assert _jobs(app, walk.page) == 1
    walk.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Train").click()
    walk.at("Train")
    walk.page.evaluate(TWICE, ["Train again", pause_ms])
    walk.at("Monitor")
    walk.page.wait_for_timeout(1500)  # a third job, had there been one, would be written by now
    assert _jobs(app, walk.page) == 2


def test_text_from_a_file_makes_no_link_and_no_markup(app: App, open_page: Callable[..., Page]) -> None:
    walk = Walk(open_page(app.url))
    name = "https://elsewhere.example/x www.elsewhere.example a@elsewhere.example <b>bold</b> ![x](https://elsewhere.example/y.png)"
    rows = "\n".join(f'"How do I reset {name} number {i}?","{"Hardware" if i % 2 else "Software"} {name}"' for i in range(40))
    path = app.home / "links.csv"
    path.write_text(f'"Question {name}","Label {name}"\n{rows}\n', encoding="utf-8")
    walk.upload(path)
    _only_text(walk)
    walk.save()
    walk.estimate()
    _only_text(walk)


def _only_text(walk: Walk) -> None:
    main = walk.page.get_by_test_id("stMainBlockContainer")
    # the licences of small open models are links of ours, where the pack is installed
    assert main.locator("a[href*=elsewhere], a[href^=mailto]").count() == 0
    assert main.locator("b, img[src*=elsewhere]").count() == 0


def test_two_projects_of_one_name_are_two(app: App, open_page: Callable[..., Page]) -> None:
    """The same example opened twice: a click in the second must not lead into the first."""
    walk = Walk(open_page(app.url))
    walk.example()
    first = walk.page.url
    walk.page.goto(app.url)
    walk.example()
    second = walk.page.url
    assert first != second
    walk.save()
    assert walk.page.url == second
    again = Walk(open_page(first))
    again.at("Prepare")
    again.save()
    assert again.page.url == first
