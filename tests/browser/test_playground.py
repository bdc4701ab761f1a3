"""The Playground in a real browser: several replies at once, each with its own stop, and the way of a corrected answer into the data."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Locator, Page, expect

from core.io.workspace import Project, open_workspace
from tests.app_process import App
from tests.browser.seeds import NO_KEY, Seeds
from tests.browser.states import WAIT, keyed, settled
from tests.browser.walk import Walk
from tests.servers import FakeOpenAI
from tests.servers.fake_api import BASE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAID = "one two three four"


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=NO_KEY) as server:
        yield server


@pytest.fixture
def trained(app: App, server: FakeOpenAI) -> Iterator[tuple[Project, str]]:
    with open_workspace(app.home) as ws, ExitStack() as stack:
        yield Seeds(ws, stack).trained_there(server)


def _opened(app: App, project: Project, open_page: Callable[..., Page]) -> Walk:
    walk = Walk(open_page(f"{app.url}/playground?project={project.id}"))
    walk.at("Playground")
    keyed(walk.page, "consent_").locator("label").first.click()
    walk.settled()
    return walk


def _asked(walk: Walk, question: str) -> None:
    box = walk.page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled(timeout=WAIT)
    box.fill(question)
    box.press("Enter")


def _stops(page: Page) -> Locator:
    """The buttons that stop an answer that is still coming."""
    return page.locator("[class*=st-key-stop_chat] button:enabled")


def test_three_replies_come_at_once_and_each_is_stopped_by_itself(
    app: App, server: FakeOpenAI, trained: tuple[Project, str], open_page: Callable[..., Page]
) -> None:
    project, tuned = trained
    server.models.append({**server.models[0], "id": "a-third"})
    server.answer = lambda body: f"{SAID} five six seven"
    server.stalls |= {BASE, tuned, "a-third"}
    walk = _opened(app, project, open_page)
    main = walk.page.get_by_test_id("stMainBlockContainer")
    main.get_by_text("Models to ask").click()
    main.get_by_role("textbox", name="Name of the model").fill("a-third")
    main.get_by_role("textbox", name="Name of the model").press("Enter")
    walk.settled()
    walk.click("Add it")
    walk.settled()
    _asked(walk, "Count")
    expect(main.get_by_text(SAID)).to_have_count(3, timeout=WAIT)
    expect(_stops(walk.page)).to_have_count(3, timeout=WAIT)
    _stops(walk.page).first.click()
    expect(main.get_by_text("Stopped before the end.")).to_have_count(1, timeout=WAIT)
    expect(_stops(walk.page)).to_have_count(2, timeout=WAIT)
    expect(main.get_by_text(SAID)).to_have_count(3, timeout=WAIT)
    walk.page.reload()
    expect(_stops(walk.page)).to_have_count(2, timeout=WAIT)
    expect(main.get_by_text(SAID)).to_have_count(3, timeout=WAIT)
    for left in (1, 0):
        _stops(walk.page).first.click()
        expect(_stops(walk.page)).to_have_count(left, timeout=WAIT)
    expect(main.get_by_text("Stopped before the end.")).to_have_count(3, timeout=WAIT)
    walk.settled()
    expect(main.get_by_text(SAID)).to_have_count(3, timeout=WAIT)
    assert len(server.seen("POST /chat/completions")) == 3, "nobody was asked twice"


def test_all_are_stopped_at_once_and_what_came_is_kept(
    app: App, server: FakeOpenAI, trained: tuple[Project, str], open_page: Callable[..., Page]
) -> None:
    project, tuned = trained
    server.answer = lambda body: f"{SAID} five six seven"
    server.stalls |= {BASE, tuned}
    walk = _opened(app, project, open_page)
    _asked(walk, "Count")
    main = walk.page.get_by_test_id("stMainBlockContainer")
    expect(main.get_by_text(SAID)).to_have_count(2, timeout=WAIT)
    keyed(walk.page, "halt_chat").get_by_role("button").click()
    expect(main.get_by_text("Stopped before the end.")).to_have_count(2, timeout=WAIT)
    expect(main.get_by_text(SAID)).to_have_count(2, timeout=WAIT)
    settled(walk.page)
    walk.page.reload()
    expect(main.get_by_text("Stopped before the end.")).to_have_count(2, timeout=WAIT)
    expect(_stops(walk.page)).to_have_count(0)


def test_a_corrected_answer_is_in_the_next_version_of_the_data(
    app: App, server: FakeOpenAI, trained: tuple[Project, str], open_page: Callable[..., Page]
) -> None:
    walk = _opened(app, trained[0], open_page)
    main = walk.page.get_by_test_id("stMainBlockContainer")
    _asked(walk, "May I pay with shells?")
    expect(keyed(walk.page, "anew")).to_be_visible(timeout=WAIT)
    walk.settled()
    main.get_by_text("Edit, branch, keep, copy").click()
    main.get_by_role("radio", name="Keep for training").click()
    answer = main.get_by_role("textbox", name="The answer as it should be")
    expect(answer).to_be_visible(timeout=WAIT)
    answer.fill('{"Top Category": "Payments", "Sub Category": "Other"}')
    walk.click("Keep it")
    expect(main.get_by_text("1 answer is kept in Prepare.")).to_be_visible(timeout=WAIT)
    walk.click("Go to Prepare")
    walk.at("Prepare")
    expect(main.get_by_text("Kept from the Playground – 1 row")).to_be_visible(timeout=WAIT)
    walk.click("Save this data set")
    expect(main.get_by_text("Saved as version 2.")).to_be_visible(timeout=WAIT)


def test_a_branch_that_goes_on_is_no_choice_of_another_branch(
    app: App, trained: tuple[Project, str], open_page: Callable[..., Page]
) -> None:
    walk = _opened(app, trained[0], open_page)
    main = walk.page.get_by_test_id("stMainBlockContainer")
    _asked(walk, "The first question")
    expect(main.get_by_text("You said: The first question")).to_have_count(2, timeout=WAIT)
    walk.settled()
    main.get_by_text("Edit, branch, keep, copy").click()
    walk.settled()
    main.get_by_role("textbox", name="The question, to be changed").fill("The changed question")
    walk.click("Ask the changed question")
    expect(main.get_by_text("You said: The changed question")).to_have_count(2, timeout=WAIT)
    _asked(walk, "The last question")
    expect(main.get_by_text("You said: The last question")).to_have_count(2, timeout=WAIT)
    walk.settled()
    walk.page.set_viewport_size({"width": 1280, "height": 900})
    walk.settled()
    parts = [part.bounding_box() for part in keyed(main, "work_on_").get_by_role("radio").all()]
    assert len({part["y"] for part in parts if part}) == 1 and len(parts) == 5, "what can be done stands on one line"
    cut = "it => [it, ...it.querySelectorAll('*')].filter(one => one.clientWidth && one.scrollWidth > one.clientWidth).length"
    assert main.get_by_role("button", name="Delete this branch").evaluate(cut) == 0, "no word of a button is cut"
    asked = main.get_by_text("You said: The first question")
    expect(asked).to_have_count(0)
    walk.click("Delete this branch")
    expect(asked.or_(main.get_by_test_id("stException")).first).to_be_visible(timeout=WAIT)
    walk.settled()
    expect(asked).to_have_count(2, timeout=WAIT)
