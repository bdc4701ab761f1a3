"""The sensor example reviewed blind, by keyboard alone, by two raters; what comes of it, and that no vote is lost."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from core.compare.vote import is_flipped
from core.io.workspace import open_workspace
from tests.app_process import App
from tests.browser.keyboard import Keys
from tests.browser.test_review import compared
from tests.browser.walk import WAIT, Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
FAR = 80  # presses of Tab from where the focus is
UNTAUGHT = "have not been taught anything yet"  # what the practice model says before its training


def _begin(walk: Walk, keys: Keys, rater: str | None) -> None:
    if rater is not None:
        keys.to(walk.page.get_by_role("textbox", name="Who votes?"), most=FAR)
        keys.press("ControlOrMeta+a")
        walk.page.keyboard.type(rater)
        keys.press("Enter")
        walk.settled()
    keys.to(walk.page.get_by_role("button", name=re.compile("Begin the vote|Go on voting")), most=FAR)
    keys.press("Enter")
    expect(walk.page.get_by_text("Answer A", exact=True)).to_be_visible(timeout=WAIT)
    walk.settled()


def _vote(walk: Walk, rater: str, rows: range, total: int, choose: Callable[[str, str], str]) -> None:
    """Vote on so many further rows: `choose` sees both texts and says which key is pressed."""
    page = walk.page
    for done in rows:
        ballot = page.locator("[class*=st-key-ballot_]")
        expect(ballot).to_have_count(1, timeout=WAIT)
        texts = [one.inner_text() for one in ballot.get_by_test_id("stColumn").filter(has_text=re.compile("^Answer [AB]")).all()]
        assert len(texts) == 2
        page.keyboard.press(choose(*texts))
        expect(page.get_by_text(f"{done + 1} of {total} rows voted on by {rater}")).to_be_visible(timeout=WAIT)
        walk.settled()


def test_two_raters_vote_blind_by_keyboard_alone(app: App, open_page: Callable[..., Page]) -> None:
    walk = compared(open_page(app.url))
    page, keys = walk.page, Keys(walk.page)
    _begin(walk, keys, None)
    # nothing on the page says which is which while the vote is on
    main = page.get_by_test_id("stMainBlockContainer")
    expect(page.get_by_role("heading", name="Read the answers, row by row")).to_have_count(0)
    expect(page.get_by_role("heading", name="Every row")).to_have_count(0)
    with open_workspace(app.home) as ws:
        (project,) = ws.projects()
        dataset = ws.dataset(str(project.dataset_id))
    total = dataset.counts["test"]
    untaught_left = 0

    def taught(left: str, right: str) -> str:
        nonlocal untaught_left
        untaught_left += UNTAUGHT in left
        return "b" if UNTAUGHT in left else "a"

    _vote(walk, "Reviewer 1", range(5), total, taught)
    walk.refresh("Compare")  # the votes are kept at once
    _begin(walk, keys, None)
    _vote(walk, "Reviewer 1", range(5, total), total, taught)
    assert 0 < untaught_left < total, "the sides are shuffled"
    expect(main.get_by_text("Answer A", exact=True)).to_have_count(0, timeout=WAIT)
    expect(main.get_by_text(re.compile(rf"^People prefer “After”: {total} rows against 0"))).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("heading", name="Read the answers, row by row")).to_be_visible()

    # a second rater, who thinks otherwise of the first three rows, and takes back a slip
    _begin(walk, keys, "Sri")
    _vote(walk, "Sri", range(2), total, lambda left, right: "x")
    keys.press("z")
    slip = page.locator("[class*=st-key-vote_X_] button[kind=primary]")
    expect(slip).to_be_visible(timeout=WAIT)
    walk.settled()
    page.keyboard.press("t")
    expect(slip).to_have_count(0, timeout=WAIT)  # the next row has come
    walk.settled()
    _vote(walk, "Sri", range(2, 3), total, lambda left, right: "x")
    _vote(walk, "Sri", range(3, total), total, taught)
    share = round(100 * (total - 3) / total)
    expect(main.get_by_text(f"2 people voted on {total} rows together and said the same in {share}% of the cases.")).to_be_visible(
        timeout=WAIT
    )

    # the report opens with the agreement, needs nothing from anywhere, and can be a workbook
    with page.expect_download() as download:
        page.get_by_role("button", name="Report (web page)").click()
    paper = page.context.new_page()
    paper.goto(f"file://{_named(download.value.path(), 'report.html')}")
    expect(paper.get_by_role("heading", name="Blind vote")).to_be_visible()
    expect(paper.get_by_text(f"2 people voted on {total} rows together and said the same in {share}% of the cases.")).to_be_visible()
    expect(paper.get_by_role("heading", name="Rows that got better")).to_be_visible()
    expect(paper.get_by_role("cell", name="Sri", exact=True)).to_be_visible()
    paper.close()
    with page.expect_download() as download:
        page.get_by_role("button", name="Report (Excel)").click()
    book = openpyxl.load_workbook(_named(download.value.path(), "report.xlsx"))
    assert {"Blind vote", "Every row"} <= set(book.sheetnames)

    with open_workspace(app.home) as ws:
        pair = _pair(app.home)
        votes = ws.votes(project.id, pair)
    assert len(votes) == 2 * total
    theirs = [one.choice for one in votes if one.rater == "Sri"]
    assert (theirs.count("tie"), theirs.count("both_bad"), theirs.count("second")) == (1, 2, total - 3)
    assert any(is_flipped(pair, "Sri", one.row) != is_flipped(pair, "Reviewer 1", one.row) for one in votes)


def _pair(home: Path) -> str:
    """The one comparison that was voted on."""
    with closing(sqlite3.connect(home / "workspace.sqlite3")) as database:
        ((pair,),) = database.execute("select distinct pair from votes").fetchall()
    return str(pair)


def _named(path: str | Path, name: str) -> Path:
    """A download under a name with its ending, by which programs know what it is."""
    return Path(shutil.copy(path, Path(path).with_name(name)))
