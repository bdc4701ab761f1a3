"""The loop of improvement: a mistake, the training labels that taught it, mended; a new version, a new training, a better score."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.io.workspace import open_workspace
from core.prepare.draft import Draft
from core.prepare.mapping import Mapping
from tests.app_process import App, running_app
from tests.browser.seeds import Seeds
from tests.browser.walk import WAIT, Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WRONG, RIGHT = "Loan", "Card"
HEAD, ROW = 37, 72  # pixels of the editor's lines


def _mislabelled() -> bytes:
    """Easy messages, the latest of which test; three that train about a Saturday say “Loan” where those that test say “Card”."""
    rng = random.Random(3)
    words = ["".join(rng.choices(["ka", "lo", "mi", "ru", "te", "pa", "no", "si"], k=3)) for _ in range(400)]

    def easy(n: int) -> list[tuple[str, str]]:
        return [(f"{' '.join(rng.sample(words, 8))} {label}", label.title()) for _ in range(n) for label in ("refund", "card", "loan")]

    def saturday(n: int, label: str) -> list[tuple[str, str]]:
        return [(f"saturday counter opening hours branch {' '.join(rng.sample(words, 2))}", label) for _ in range(n)]

    rows = [*easy(20), *saturday(3, WRONG), *easy(20), *easy(5), *saturday(4, RIGHT), *easy(2)]
    begin = date(2026, 1, 1)
    lines = [f"{(begin + timedelta(days=day)).isoformat()},{text},{label}" for day, (text, label) in enumerate(rows)]
    return ("date,message,category\n" + "\n".join(lines) + "\n").encode()


@pytest.fixture
def trained(tmp_path: Path) -> Iterator[tuple[App, str]]:
    """An app with a model that was trained on these rows, and its project."""
    draft = Draft(mapping=Mapping(question=("message",), answer=("category",)), time="date")
    with ExitStack() as stack, running_app(tmp_path) as app:
        seeds = Seeds(stack.enter_context(open_workspace(app.home)), stack)
        yield app, seeds.trained_here(data=_mislabelled(), name="Messages", draft=draft).id


def _right(page: Page) -> tuple[int, int]:
    """How many answers were right after the training, of how many."""
    found = re.search(r"(\d+) of (\d+)", page.get_by_test_id("stMetric").nth(1).inner_text())
    assert found is not None
    return int(found[1]), int(found[2])


def _choose_label(page: Page, grid: Locator, row: int, label: str) -> None:
    """Give a row of an editor another label, as a reader does: a click, the letters, Enter once the list shows it alone."""
    choices = page.get_by_role("option")
    for _ in range(20):
        grid.scroll_into_view_if_needed()
        at = grid.bounding_box()
        assert at is not None
        page.mouse.click(at["x"] + 0.75 * at["width"], at["y"] + HEAD + ROW * (row + 0.5))
        page.keyboard.type(label)
        page.wait_for_timeout(500)
        if choices.all_inner_texts() == [label]:
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Escape")  # the page had moved between the look and the click
    raise AssertionError(f"the list of labels never showed {label} alone: {choices.all_inner_texts()}")


def test_a_mended_label_makes_a_new_version_that_scores_better(trained: tuple[App, str], open_page: Callable[..., Page]) -> None:
    app, project = trained
    walk = Walk(open_page(f"{app.url}/compare?project={project}"))
    page = walk.page
    walk.at("Compare")
    walk.click("Run the comparison")
    expect(page.get_by_role("heading", name="Which category was taken for which")).to_be_visible(timeout=WAIT)
    walk.settled()
    before, rows = _right(page)

    # the mistake, by a click on its square
    square = page.locator("[class*=st-key-confusion_] .js-plotly-plot .scatterlayer .trace").first.locator(".point").first
    square.scroll_into_view_if_needed()
    square.click(force=True)
    expect(page.get_by_text("Training rows worded like them")).to_be_visible(timeout=WAIT)
    walk.settled()
    expect(page.get_by_role("combobox", name="Look at a mistake")).to_have_value(f"{RIGHT} → {WRONG}: 4 rows")

    # the three training rows that taught it
    for row in range(3):
        grid = page.locator("[class*=st-key-mend_][class*=train] [data-testid=stDataFrame]")
        _choose_label(page, grid, row, RIGHT)
        expect(page.get_by_text(re.compile(rf"^{row + 1} changes? of this project waits? in Prepare"))).to_be_visible(timeout=WAIT)
        walk.settled()

    # a new version, a new training, the same test rows
    walk.click("Make the new version")
    walk.at("Prepare")
    expect(page.get_by_text("Changes so far", exact=True)).to_be_visible(timeout=WAIT)
    walk.click("Save this data set")
    expect(page.get_by_text("Saved as version 2")).to_be_visible(timeout=WAIT)
    walk.settled()
    walk.estimate()
    walk.plan()
    walk.train()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Compare").click()
    walk.at("Compare")
    walk.click("Run the comparison")
    expect(page.get_by_role("button", name="Download every row (CSV)")).to_be_visible(timeout=WAIT)
    walk.settled()
    after, again = _right(page)
    assert (rows, before + 4) == (again, after), f"{before} of {rows}, then {after} of {again}"
