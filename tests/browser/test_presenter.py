"""The presenter's script, against the clock: open, choose Marv, train, ask three questions of both models; nothing is typed."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.app_process import App
from tests.browser.walk import WAIT, Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE_S = 90  # of the people in the room
# beside each recalled answer: from which example?
RECALLED = "[data-testid=stPopoverButton]:has([data-testid=stIconMaterial]:text-is('search'))"


@pytest.mark.parametrize("locale", ["en-US", "id-ID"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_marv_is_on_stage_in_time(app: App, open_page: Callable[..., Page], dark: bool, locale: str) -> None:
    begun = time.monotonic()
    walk = Walk(open_page(app.url, dark=dark, locale=locale))
    walk.press("example_marv")
    walk.press("save")
    walk.press("next_estimate")
    walk.press("next_train")
    walk.press("start")
    walk.press("next_playground")
    walk.on("playground")
    main = walk.page.get_by_test_id("stMainBlockContainer")
    for asked in range(3):
        walk.suggestion(asked).click()
        # each answer of the trained model is large, labelled as recalled and beside the model as it was before
        expect(main.locator("[data-testid=stHtml] p")).to_have_count(3 * (asked + 1), timeout=WAIT)
        expect(main.locator(RECALLED)).to_have_count(asked + 1, timeout=WAIT)
        walk.settled()
    took = time.monotonic() - begun
    large = main.locator("[data-testid=stHtml] p").first.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert large >= 24, "letters to be read from the last row"
    assert took < PATIENCE_S


def test_where_a_recalled_answer_comes_from_is_there_on_demand(app: App, open_page: Callable[..., Page]) -> None:
    walk = Walk(open_page(app.url))
    for key in ("example_marv", "save", "next_estimate", "next_train", "start", "next_playground"):
        walk.press(key)
    walk.on("playground")
    walk.suggestion().click()
    main = walk.page.get_by_test_id("stMainBlockContainer")
    main.locator(RECALLED).click()
    expect(walk.page.get_by_text("The closest question that was taught:")).to_be_visible()
    expect(walk.page.get_by_text("Similarity: 0.")).to_be_visible()
