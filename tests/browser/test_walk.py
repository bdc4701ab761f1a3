"""The main job in a real browser: from nothing to the score, with no key and not one word typed."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app_process import App, running_app
from tests.browser.walk import WAIT, Walk, easy_labels

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., Page]


def _percentages(page: Page) -> list[int]:
    values = page.get_by_test_id("stMetricValue").all_inner_texts()
    return [int(value.rstrip("%")) for value in values]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_bank_example_from_nothing_to_the_score(app: App, open_page: Open, dark: bool) -> None:
    walk = Walk(open_page(app.url, dark=dark))
    walk.example()
    walk.refresh("Prepare")
    walk.save()
    walk.refresh("Prepare")
    walk.estimate()
    walk.refresh("Estimate")
    walk.plan()
    walk.refresh("Train")
    walk.train()
    walk.refresh("Monitor")
    expect(walk.page.get_by_text("Finished").first).to_be_visible()
    walk.play()
    walk.refresh("Playground")
    walk.page.get_by_test_id("stSidebar").get_by_role("link", name="Compare").click()
    walk.at("Compare")
    walk.click("Run the comparison")
    expect(walk.page.get_by_role("button", name="Download every row (CSV)")).to_be_visible(timeout=WAIT)
    walk.refresh("Compare")
    before, after = _percentages(walk.page)
    assert after >= before + 30, "the practice model must clearly beat the most frequent answer"
    assert walk.clicks < 20


def test_the_downloaded_rows_are_those_on_screen(app: App, open_page: Open) -> None:
    walk = Walk(open_page(app.url))
    walk.example()
    walk.rest()
    assert walk.clicks < 20
    with walk.page.expect_download() as download:
        walk.page.get_by_role("button", name="Download every row (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    right = re.findall(r"(\d+) of (\d+)", walk.page.get_by_test_id("stMetric").nth(1).inner_text())[0]
    assert len(rows) == int(right[1])
    assert sum(row["tuned_right"] == "true" for row in rows) == int(right[0])


def test_the_users_own_table(app: App, open_page: Open, seed_data: Path) -> None:
    walk = Walk(open_page(app.url))
    walk.upload(seed_data / "bank_support_train.csv")
    walk.rest()
    before, after = _percentages(walk.page)
    assert 0 <= before < after < 100
    assert walk.clicks < 20


def test_the_users_own_conversations(app: App, open_page: Open, seed_data: Path) -> None:
    """Twenty rows of which ten are distinct: after the repair all ten train, so no score is claimed."""
    walk = Walk(open_page(app.url))
    walk.upload(seed_data / "marv_chat.jsonl")
    walk.click("leave out its copies")
    expect(walk.page.get_by_text("Changes so far", exact=True)).to_be_visible(timeout=WAIT)
    walk.settled()
    walk.save()
    walk.estimate()
    walk.plan()
    walk.train()
    expect(walk.page.get_by_text("no loss to report")).to_be_visible()
    walk.play()
    walk.compare()
    expect(walk.page.get_by_text(re.compile("No score: the model was trained on every one of these 10 rows"))).to_be_visible()
    assert walk.page.get_by_test_id("stMetric").count() == 0
    assert walk.clicks < 20


def test_a_deep_link_on_a_fresh_server(tmp_path: Path, open_page: Open) -> None:
    with running_app(tmp_path) as app:
        walk = Walk(open_page(f"{app.url}/estimate"))
        walk.at("Estimate")
        expect(walk.page.get_by_text("No data set yet")).to_be_visible()
        for name in ("Prepare", "Train", "Monitor", "Playground", "Compare"):
            expect(walk.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name)).to_be_visible()


LONG = re.compile(r"Step [\d,]+ of \d+,\d{3}")


def test_app_and_engine_killed_during_the_training_which_is_seen_to_finish(tmp_path: Path, open_page: Open) -> None:
    with running_app(tmp_path) as app:
        walk = Walk(open_page(app.url))
        walk.upload(easy_labels(tmp_path))
        walk.save()
        walk.estimate()
        walk.plan()
        walk.take_long(30)
        walk.click("Start training")
        walk.at("Monitor")
        expect(walk.page.get_by_text(LONG)).to_be_visible(timeout=WAIT)
        link = walk.page.url
        app.kill()
        engine = app.engine()
        assert engine is not None
        workers = engine.children(recursive=True)
        for process in (engine, *workers):
            process.kill()
        app.start()
        again = Walk(open_page(link))
        again.at("Monitor")
        expect(again.page.get_by_text(LONG)).to_be_visible(timeout=WAIT)
        # it is gone on with, and ends as if nothing had been
        expect(again.page.get_by_role("button", name="Try the model")).to_be_visible(timeout=3 * WAIT)
        expect(again.page.get_by_text("Finished").first).to_be_visible()
        assert again.page.get_by_role("combobox", name="Training").count() == 0, "there is one job, not two"
        again.play()
