"""The reviewer of the sensor example: read before and after, note on five rows, take the table away, have a file of new rows answered."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from core.base.export import restore
from tests.app_process import App
from tests.browser.walk import WAIT, Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., Page]
ROOT = Path(__file__).resolve().parents[2]
NOTES = ("Clear.", "=1+1 is no advice", "Too long", "Which *meter*?", "-3 is right")


def compared(page: Page) -> Walk:
    """The sensor example from the start to its finished comparison."""
    walk = Walk(page)
    for key in ("example_sensor_advice", "save", "next_estimate", "next_train", "start"):
        walk.press(key)
    expect(walk.page.locator(".st-key-next_playground button")).to_be_visible(timeout=WAIT)
    walk.page.get_by_test_id("stSidebar").get_by_role("link", name="Compare").click()
    walk.at("Compare")
    walk.click("Run the comparison")
    expect(walk.page.get_by_role("heading", name="Read the answers, row by row")).to_be_visible(timeout=WAIT)
    walk.settled()
    return walk


def row_shown(page: Page) -> Locator:
    return page.locator("[class*=st-key-row_]")


def plain(text: str) -> str:
    """Letters as they are read: every space one space."""
    return re.sub(r"\s+", " ", text).strip()


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    return Path(download.value.path()).read_bytes()


def no_cell_is_a_formula(data: bytes) -> bool:
    cells = [cell for line in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in line]
    number = re.compile(r"[+-]?\d+([.,]\d+)?")
    return all(number.fullmatch(cell) or not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_five_rows_are_read_noted_on_and_taken_away(app: App, open_page: Open) -> None:
    walk = compared(open_page(app.url))
    page = walk.page
    seen: dict[int, str] = {}
    for text in NOTES:
        shown = row_shown(page)
        number = int(re.findall(r"Row (\d+)", shown.inner_text())[0])
        expect(shown.get_by_test_id("stPlotlyChart")).to_be_visible(timeout=WAIT)
        expect(shown.get_by_role("cell", name="usage_kwh", exact=True)).to_be_visible()
        # what a person wrote, what the model said before, what it says now
        expect(shown.get_by_text("Written by a person, in the data:")).to_be_visible()
        expect(shown.get_by_text("have not been taught anything yet")).to_be_visible()
        seen[number] = plain(shown.locator(".st-key-answer_1").inner_text())
        shown.get_by_role("textbox", name=f"Your note on row {number}").fill(text)
        # no other key and no click of its own: going on keeps the note
        page.get_by_role("button", name="Next row").click()
        expect(shown.get_by_text(f"Row {number}", exact=True)).to_have_count(0, timeout=WAIT)
        walk.settled()
    assert len(seen) == 5
    expect(page.get_by_text("5 have a note of yours.")).to_be_visible(timeout=WAIT)
    walk.refresh("Compare")
    expect(page.get_by_text("5 have a note of yours.")).to_be_visible(timeout=WAIT)
    data = downloaded(page, "Download every row (CSV)")
    table = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False).set_index("row")
    assert [restore(table["reader_note"][str(number)]) for number in seen] == list(NOTES)
    assert {restore(cell) for cell in table["reader_note"]} == {"", *NOTES}
    for number, text in seen.items():
        assert plain(restore(table["tuned_answer"][str(number)])) == text
        assert table["question"][str(number)].startswith("usage_kwh: ")
    assert set(table["system_prompt"]) == {
        "You advise the people who run a building. From one day's electricity reading, give one clear recommendation in at most three "
        "sentences. Use only numbers that stand in the reading."
    }
    assert no_cell_is_a_formula(data)


def test_a_file_of_new_readings_is_answered(app: App, open_page: Open, tmp_path: Path) -> None:
    walk = compared(open_page(app.url))
    source = pd.read_csv(ROOT / "sample_data" / "sensor_advice.csv", dtype=str)
    new = tmp_path / "june.csv"
    source.drop(columns=["recommendation"]).head(12).to_csv(new, index=False)
    walk.page.locator("[class*=st-key-new_rows_] input[type=file]").set_input_files(new)
    walk.click("Answer 12 rows")
    expect(walk.page.get_by_text("Answers to june.csv: 12 of 12 rows.")).to_be_visible(timeout=WAIT)
    data = downloaded(walk.page, "Download the answers (CSV)")
    table = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    own = source.drop(columns=["recommendation"])
    assert list(table.columns[: len(own.columns) + 4]) == [*own.columns, "row", "input", "system_prompt", "output"]
    assert [[restore(cell) for cell in line] for line in table[list(own.columns)].to_numpy().tolist()] == own.head(12).fillna(
        ""
    ).to_numpy().tolist()
    assert set(table["doubtful"]) <= {"true", "false"}
    assert table["row"].tolist() == [str(row) for row in range(2, 14)]
    assert [line.split("\n")[0] for line in table["input"]] == [f"usage_kwh: {usage}" for usage in source["usage_kwh"].head(12)]
    assert all(table["output"]) and set(table["file"]) == {"june.csv"}
    assert all(model.startswith("ft:recall:") for model in table["model"])
    assert all(0 < float(one) <= 1 for one in table["similarity"])
    assert no_cell_is_a_formula(data)
    walk.refresh("Compare")
    expect(walk.page.get_by_text("Answers to june.csv: 12 of 12 rows.")).to_be_visible(timeout=WAIT)
    expect(walk.page.get_by_text("In use: june.csv")).to_be_visible()
