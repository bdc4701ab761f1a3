"""The main job without a mouse: every stop is seen, nothing holds the visitor, and no button is far."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.app_process import App
from tests.browser.keyboard import Keys
from tests.browser.states import SCREENS, WAIT, Shot, keyed, settled, staged
from tests.browser.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FAR = 50  # presses of Tab from the very top of a page, where the focus falls when its button has gone; the link past the sidebar saves 12
LONGEST = 120  # stops on one page


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Shot]]:
    with staged(tmp_path_factory.mktemp("staged") / "homes") as all_shots:
        yield {shot.name: shot for shot in all_shots}


class ByKeys(Walk):
    """The same walk with every click replaced by Tab and Enter."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.keys = Keys(page)
        self.steps: dict[str, int] = {}

    def click(self, name: str) -> None:
        """Tab to a button and press Enter."""
        self.reach(name, self.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=False).first)
        self.keys.press("Enter")

    def reach(self, name: str, target: Locator) -> None:
        """Tab to anything."""
        self.settled()
        self.steps[name] = self.keys.to(target, most=FAR)


def test_the_bank_example_by_keyboard_alone(app: App, open_page: Callable[..., Page]) -> None:
    walk = ByKeys(open_page(app.url))
    main = walk.page.get_by_test_id("stMainBlockContainer")
    walk.example()
    walk.save()
    walk.estimate()
    walk.plan()
    thorough = main.get_by_role("radiogroup", name="How thorough")
    walk.reach("How thorough", thorough)
    walk.keys.press("ArrowLeft")
    walk.keys.press("Space")
    expect(thorough.get_by_role("radio", name="Quick")).to_be_checked(timeout=WAIT)
    walk.settled()
    walk.keys.press("ArrowRight")
    walk.keys.press("Space")
    expect(thorough.get_by_role("radio", name="Balanced")).to_be_checked(timeout=WAIT)
    walk.train()
    walk.click("Try the model")
    walk.at("Playground")
    walk.reach("a question", keyed(walk.page, "tries_"))
    walk.keys.press("ArrowRight")
    walk.keys.press("Enter")
    expect(main.get_by_role("button", name="Next: Compare")).to_be_visible(timeout=WAIT)
    walk.settled()
    walk.compare()
    expect(main.get_by_text("A difference like this is hardly chance").first).to_be_visible(timeout=WAIT)
    assert walk.keys.unseen == [], "nothing showed where the focus was"
    print(f"{walk.keys.presses} presses of Tab:", walk.steps)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_stop_of_a_page_is_seen_and_left(shots: dict[str, Shot], open_page: Callable[..., Page], screen: str, dark: bool) -> None:
    page = open_page("about:blank", dark=dark)
    shots[f"{screen}-ready"].visit(page)
    keys = Keys(page)
    there = keys.round(most=LONGEST)
    assert len(there) > 10
    assert keys.unseen == [], "nothing showed where the focus was"


def test_back_by_shift_and_tab(shots: dict[str, Shot], open_page: Callable[..., Page]) -> None:
    page = open_page("about:blank")
    shots["train-ready"].visit(page)
    keys = Keys(page)
    start = page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Start training")
    presses = keys.to(start, most=FAR)
    back = keys.to(page.get_by_role("link", name="Skip to main content"), most=presses, back=True)
    assert back == presses - 1, "the same stops in turn: the link was the first of them"


def test_the_link_past_the_sidebar(shots: dict[str, Shot], open_page: Callable[..., Page]) -> None:
    """Twelve stops stand before the page itself; the first one leads past them."""
    page = open_page("about:blank")
    shots["train-ready"].visit(page)
    keys = Keys(page)
    assert "Skip to main content" in keys.tab()
    keys.press("Enter")
    keys.to(page.get_by_test_id("stMainBlockContainer").get_by_role("combobox", name="Base model"), most=3)


def test_a_box_is_opened_chosen_from_and_left_by_keys(shots: dict[str, Shot], open_page: Callable[..., Page]) -> None:
    page = open_page("about:blank")
    shots["train-ready"].visit(page)
    keys = Keys(page)
    box = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Train and answer with")
    keys.to(box, most=FAR)
    keys.press("ArrowDown")
    expect(page.get_by_role("option", name="OpenAI", exact=True)).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("option", name="OpenAI", exact=True)).to_have_count(0)
    expect(box).to_have_value("This machine")


def test_a_popover_is_opened_read_and_closed_by_keys(shots: dict[str, Shot], open_page: Callable[..., Page]) -> None:
    """The words at the foot of a page: Enter shows what one means, Escape leads back to where one was."""
    page = open_page("about:blank")
    shots["train-ready"].visit(page)
    keys = Keys(page)
    keys.to(page.locator(".st-key-glossary summary"), most=FAR)
    keys.press("Enter")
    word = page.get_by_test_id("stMainBlockContainer").get_by_test_id("stPopoverButton").filter(has_text="Epoch")
    keys.to(word, most=FAR)
    keys.press("Enter")
    expect(page.get_by_text("One reading of all the examples")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_text("One reading of all the examples")).to_have_count(0)
    settled(page)
    assert word.evaluate("element => element.contains(document.activeElement)"), "the focus is back on the word"


def test_a_key_that_is_left_with_tab_is_kept(app: App, open_page: Callable[..., Page]) -> None:
    walk = Walk(open_page(app.url))
    walk.example()
    sidebar = walk.page.get_by_test_id("stSidebar")
    sidebar.get_by_test_id("stSelectbox").nth(1).locator("input").click()
    walk.page.get_by_role("option", name="Other compatible server").click()
    sidebar.get_by_label("Address of the server").fill("http://127.0.0.1:9/v1")
    walk.page.keyboard.press("Tab")
    sidebar.locator("input[type=password]").fill("sk-of-nobody-123456")
    walk.page.keyboard.press("Tab")
    expect(sidebar.get_by_text("A key is set (…3456)")).to_be_visible(timeout=WAIT)
