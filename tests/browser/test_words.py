"""The words of the field at the foot of a page, on a phone and with the keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pages.ui.glossary import TERMS, terms
from tests.app_process import App
from tests.browser.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., Page]


def test_every_word_is_told_on_a_phone_by_the_keyboard_alone(app: App, open_page: Open) -> None:
    page = open_page(f"{app.url}/monitor", width=400)
    Walk(page).at("Monitor")
    words = page.locator(".st-key-glossary")
    fold = words.locator("summary")
    for _ in range(30):
        page.keyboard.press("Tab")
        if fold.evaluate("summary => summary === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for key in terms("monitor"):
        button = words.get_by_role("button", name=TERMS[key].name, exact=True)
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_text(TERMS[key].meaning)).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_text(TERMS[key].meaning)).to_be_hidden()
        page.keyboard.press("Tab")
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 400, "nothing is pushed out to the side"
