"""Every screen in every state by the rules of axe-core: light and dark, wide and on a phone, in both languages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import Found, look_over
from tests.browser.states import MORE, SCREENS, STATES, Shot, settled, staged

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., Page]
NAMES = [*(f"{screen}-{state}" for screen in SCREENS for state in STATES), *MORE]


@dataclass(frozen=True)
class Streamlits:
    """A finding in Streamlit's own markup that no setting changes; `where` is a shot that has it, so that it can be seen when it goes."""

    rule: str
    within: str
    where: str
    reason: str


KNOWN = (
    Streamlits("list", "stSidebarNavItems", "prepare-nothing", "with headings in the navigation, Streamlit puts a div between ul and li"),
    Streamlits("listitem", "stSidebarNavItems", "prepare-nothing", "the same div, seen from the li"),
)


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Shot]]:
    with staged(tmp_path_factory.mktemp("staged") / "homes") as all_shots:
        yield {shot.name: shot for shot in all_shots}


def ours(page: Page) -> list[str]:
    """What axe finds and Streamlit is not to blame for."""
    return [str(found) for found in look_over(page) if not any((known.rule, known.within) == (found.rule, found.within) for known in KNOWN)]


def unfolded(page: Page) -> None:
    """Open every expander, those inside others too."""
    folded = page.get_by_test_id("stMain").locator("details:not([open]) > summary")
    for _ in range(12):
        if not folded.count():
            return
        folded.first.click()
        settled(page)


def both_themes(page: Page) -> list[str]:
    """What is ours in the light theme and in the dark one, which follow the system's while the page is open."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
        # colours fade from one theme to the other; halfway there is no contrast to speak of
        page.wait_for_function("() => document.getAnimations().every(one => !(one.transitionProperty || '').includes('color'))")
        found += [f"{scheme}: {one}" for one in ours(page)]
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [1280, 400])
def test_no_finding_is_ours(shots: dict[str, Shot], open_page: Open, name: str, width: int) -> None:
    page = open_page("about:blank", width=width)
    shots[name].visit(page)
    assert both_themes(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_nor_in_indonesian(shots: dict[str, Shot], open_page: Open, name: str) -> None:
    page = open_page("about:blank", width=400, locale="id-ID")
    shots[name].visit(page, "id")
    assert page.evaluate("document.documentElement.lang") == "id", "a screen reader picks its voice by this"
    assert both_themes(page) == []


@pytest.mark.parametrize("screen", SCREENS)
def test_nor_where_all_is_unfolded(shots: dict[str, Shot], open_page: Open, screen: str) -> None:
    page = open_page("about:blank")
    shots[f"{screen}-ready"].visit(page)
    unfolded(page)
    assert both_themes(page) == []


def test_nor_in_the_sidebars_popover(shots: dict[str, Shot], open_page: Open) -> None:
    page = open_page("about:blank")
    shots["train-ready"].visit(page)
    page.get_by_test_id("stSidebar").get_by_test_id("stPopoverButton").click()
    expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
    assert both_themes(page) == []


def test_every_picture_and_table_says_what_it_shows(shots: dict[str, Shot], open_page: Open) -> None:
    page = open_page("about:blank")
    for name in ("monitor-ready", "compare-ready", "estimate-ready"):
        shots[name].visit(page)
        unfolded(page)
        charts = page.get_by_test_id("stPlotlyChart")
        expect(charts.first).to_be_visible()
        for chart in charts.all():
            assert chart.get_attribute("role") == "figure" and chart.get_attribute("aria-label"), f"a chart of {name} has no words"


def test_what_is_read_aloud_holds_no_markup(shots: dict[str, Shot], open_page: Open) -> None:
    """A label is Markdown, and a screen reader is given it as it is: with every backslash."""
    page = open_page("about:blank")
    for name in ("train-failed", "playground-failed", "estimate-failed"):
        shots[name].visit(page)
        labels = page.evaluate("() => [...document.querySelectorAll('[aria-label]')].map(one => one.ariaLabel)")
        assert len(labels) > 5
        assert [label for label in labels if "\\" in label or "**" in label or ":material" in label] == []


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.rule)
def test_what_is_streamlits_is_still_there(shots: dict[str, Shot], open_page: Open, known: Streamlits) -> None:
    page = open_page("about:blank")
    shots[known.where].visit(page)
    found: list[Found] = look_over(page)
    assert any((one.rule, one.within) == (known.rule, known.within) for one in found), "Streamlit has mended it: take it off the list"
