"""Prepare in a browser: messy files become ready by clicks alone, and a file without answers gets some from a model and a person."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.app_process import App
from tests.browser.walk import WAIT, Walk
from tests.servers.fake_openai import FakeOpenAI

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., Page]
MOST_REPAIRS = 20


def opened(page: Page, key: str) -> Walk:
    """An example of the start screen, at its checks."""
    walk = Walk(page)
    walk.at("Prepare")
    walk.press(key)
    expect(page.get_by_role("heading", name="Checks")).to_be_visible(timeout=WAIT)
    walk.settled()
    return walk


def is_ready(page: Page) -> bool:
    return page.get_by_text(re.compile(r"^Ready: \d+ examples? and nothing to mend\.$")).count() == 1


def open_box(walk: Walk, name: str) -> None:
    """Open what is folded away."""
    walk.page.get_by_test_id("stExpander").filter(has_text=name).last.locator("summary").click()
    walk.settled()


def repair(walk: Walk) -> int:
    """Click repairs until there is nothing to mend; how many clicks it took. Undo shows that each one came to the list."""
    for clicks in range(MOST_REPAIRS):
        if is_ready(walk.page):
            return clicks
        safe = walk.page.locator("[class*=st-key-repair_safe_] button")
        button = safe if safe.count() else walk.page.locator("[class*=st-key-repair_] button:visible")
        expect(button.first).to_be_enabled(timeout=WAIT)
        button.first.click()
        walk.page.wait_for_timeout(300)
        walk.settled()
    raise AssertionError("repairs without an end")


@pytest.mark.parametrize("example", ["marv", "bank_support"])
def test_a_messy_file_becomes_ready_by_repairs_alone(example: str, app: App, open_page: Open) -> None:
    walk = opened(open_page(app.url), f"example_{example}_messy")
    assert not is_ready(walk.page)
    assert 0 < repair(walk) < MOST_REPAIRS
    walk.page.reload()
    walk.at("Prepare")
    assert is_ready(walk.page), "a refresh keeps every repair"
    walk.press("save")
    expect(walk.page.get_by_text("Saved as version 1.")).to_be_visible(timeout=WAIT)


def test_the_sensor_file_gets_answers_from_a_model_and_a_person(app: App, open_page: Open) -> None:
    with FakeOpenAI() as server:
        server.answer = lambda body: f"Usage moved; check the meter ({len(body['messages'][-1]['content'])})."
        walk = opened(open_page(app.url), "example_sensor_advice_messy")
        page = walk.page
        expect(page.get_by_text("This would teach nothing.")).to_be_visible()
        page.locator("[class*=st-key-repair_][class*=_answer_is_instruction] button:visible").click()
        expect(page.get_by_text("Changes so far", exact=True)).to_be_visible(timeout=WAIT)
        walk.settled()
        expect(page.get_by_text("This would teach nothing.")).to_have_count(0)
        _connect(walk, server)
        others = page.locator("[class*=st-key-repair_]:not([class*=_empty_answer]) button:visible")
        while others.count():
            others.first.click()
            page.wait_for_timeout(300)
            walk.settled()
        open_box(walk, "Let a model draft them")
        page.get_by_text("Yes, send them to").click()
        page.locator("[class*=st-key-draft_]").get_by_role("button").last.click()
        expect(page.get_by_label(re.compile("Answer to row")).first).to_have_value(re.compile("Usage moved"), timeout=WAIT)
        walk.settled()
        own = page.get_by_label(re.compile("Answer to row")).first
        own.fill("Nothing to do today: usage is as usual.")
        own.press("Tab")
        walk.settled()
        for button in ("sheet_approve_", "sheet_ok_"):
            while page.locator(f"[class*=st-key-{button}] button").count():
                _approve(walk, button)
        page.reload()
        walk.at("Prepare")
        expect(page.get_by_text(re.compile("^Ready")).first).to_be_visible(timeout=WAIT)
        walk.press("save")
        expect(page.get_by_text("Saved as version 1.")).to_be_visible(timeout=WAIT)
        data = _taken_away(walk)
    answers = [line["messages"][-1]["content"] for line in data]
    assert "Nothing to do today: usage is as usual." in answers
    assert sum(answer.startswith("Usage moved") for answer in answers) == len(answers) - 1 >= 9
    assert all(line["messages"][0]["role"] == "system" and "recommendation" in line["messages"][0]["content"] for line in data)


def _approve(walk: Walk, button: str) -> None:
    """Click an approving button until the count of approved answers has moved.

    Streamlit drops a click of a fragment that comes while the whole page begins to run, as it does after answers were approved together.
    """
    before = walk.page.get_by_text(re.compile(r"^\d+ of \d+ answers approved")).first.inner_text()
    for _ in range(6):
        walk.page.locator(f"[class*=st-key-{button}] button").first.click()
        walk.page.wait_for_timeout(300)
        walk.settled()
        if not walk.page.get_by_text(before, exact=True).count():
            return
        walk.page.wait_for_timeout(2000)
        if not walk.page.get_by_text(before, exact=True).count():
            return
    raise AssertionError(f"six clicks, and still {before}")


def _connect(walk: Walk, server: FakeOpenAI) -> None:
    """Choose another compatible server in the sidebar and type its address and key."""
    side = walk.page.get_by_test_id("stSidebar")
    side.get_by_role("combobox", name="Train and answer with").click()
    walk.page.get_by_role("option", name="Other compatible server").click()
    walk.settled()
    for label, text in (("Address of the server", server.base_url), ("API key for", server.key)):
        field = side.get_by_role("textbox", name=re.compile(label))
        field.fill(text)
        field.press("Enter")
        walk.settled()


def _taken_away(walk: Walk) -> list[dict[str, list[dict[str, str]]]]:
    """The lines of all files of the downloaded archive."""
    open_box(walk, "Take the data away")
    with walk.page.expect_download() as download:
        walk.page.get_by_role("button", name="Download the data (ZIP)").click()
    packed = zipfile.ZipFile(Path(download.value.path()))
    assert "README.md" in packed.namelist() and "change_log.json" in packed.namelist()
    return [json.loads(line) for name in packed.namelist() if name.endswith(".jsonl") for line in packed.read(name).decode().splitlines()]


def test_a_row_is_changed_by_hand_and_the_data_taken_away(app: App, open_page: Open, tmp_path: Path) -> None:
    walk = Walk(open_page(app.url))
    walk.upload(_things(tmp_path))
    open_box(walk, "Change rows by hand")
    _type_into_first_question(walk.page, "Is it plugged in?")
    expect(walk.page.get_by_text("Changes so far", exact=True)).to_be_visible(timeout=WAIT)
    walk.settled()
    walk.press("save")
    expect(walk.page.get_by_text("Saved as version 1.")).to_be_visible(timeout=WAIT)
    questions = [line["messages"][1]["content"] for line in _taken_away(walk)]
    assert len(questions) == 30
    assert "Is it plugged in?" in questions and "How do I reset thing number 0?" not in questions


def _things(folder: Path) -> Path:
    rows = [("Question", "Label"), *((f"How do I reset thing number {at}?", "Hardware" if at % 2 else "Software") for at in range(30))]
    path = folder / "things.csv"
    path.write_text("\n".join(",".join(row) for row in rows))
    return path


def _box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found


@pytest.mark.parametrize("width", [400, 1280])
def test_an_answer_is_approved_with_one_click(app: App, open_page: Open, tmp_path: Path, width: int) -> None:
    asked = [[{"role": "user", "content": f"usage: {at}"}, {"role": "assistant", "content": ""}] for at in range(12)]
    path = tmp_path / "open.jsonl"
    path.write_text("\n".join(json.dumps({"messages": messages}) for messages in asked))
    walk = Walk(open_page(app.url, width=width))
    page = walk.page
    walk.upload(path)
    field = [page.get_by_role("textbox", name=f"Answer to row {row}", exact=True) for row in (1, 2)]
    approve = page.locator("[class*=st-key-sheet_ok_] button:visible")
    field[0].fill("Nothing to do.")
    before = _box(field[1])["y"]
    approve.first.click()
    field[1].fill("Nothing to do either.")  # at once, while the page is being run
    expect(page.get_by_text("1 of 12 answers approved")).to_be_visible(timeout=WAIT)
    walk.settled()
    assert _box(field[1])["y"] == before, "what is approved stays where it is, and so does all the rest"
    expect(field[1]).to_have_value("Nothing to do either.")
    approve.first.scroll_into_view_if_needed()
    at = _box(approve.first)
    page.mouse.move(at["x"] + 20, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(600)  # the field has been left and the page has been run again before the finger is lifted
    page.mouse.up()
    expect(page.get_by_text("2 of 12 answers approved")).to_be_visible(timeout=WAIT)
    page.locator("[class*=st-key-sheet_go_on_] button:visible").click()
    expect(field[0]).to_have_count(0, timeout=WAIT)


@pytest.mark.parametrize("width", [400, 1280])
def test_the_training_line_is_in_sight_of_whoever_types(app: App, open_page: Open, tmp_path: Path, width: int) -> None:
    walk = Walk(open_page(app.url, width=width))
    walk.upload(_things(tmp_path))
    walk.page.get_by_test_id("stExpander").filter(has_text="Advanced").first.locator("summary").click()
    field = walk.page.get_by_role("textbox", name="Text of the question")
    field.fill("Somebody asks: {Question}")
    field.press("Control+Enter")
    becomes = walk.page.locator(".st-key-becomes_question_template")
    expect(becomes.get_by_test_id("stCode")).to_contain_text("Somebody asks: How do I reset thing number 0?", timeout=WAIT)
    walk.settled()
    typed, line = _box(field), _box(becomes)
    if width == 400:
        assert typed["y"] + typed["height"] <= line["y"] < typed["y"] + 300, "just below the field"
    else:
        assert line["x"] > typed["x"] + typed["width"] and abs(line["y"] - typed["y"]) < 60, "beside the field"
    assert walk.page.get_by_role("button", name="All other columns are the question").is_disabled()


def test_an_answer_is_seen_and_changed_on_a_phone(app: App, open_page: Open, tmp_path: Path) -> None:
    walk = Walk(open_page(app.url, width=400))
    walk.upload(_things(tmp_path))
    open_box(walk, "Change rows by hand")
    page = walk.page
    grid, field = page.get_by_test_id("stDataFrame").last, page.locator("textarea.gdg-input")
    for _ in range(20):
        grid.scroll_into_view_if_needed()
        at = _box(grid)
        page.mouse.dblclick(at["x"] + 46 + 124 + 40, at["y"] + 36 + 38)
        page.wait_for_timeout(500)
        if field.count() and field.input_value() == "Software":
            break
        page.keyboard.press("Escape")  # the page had moved between the look and the click
    expect(field).to_have_value("Software")
    field.fill("Firmware")
    field.press("Enter")
    expect(page.get_by_text("Changes so far", exact=True)).to_be_visible(timeout=WAIT)


def test_the_buttons_of_the_examples_stand_in_one_line(app: App, open_page: Open) -> None:
    walk = Walk(open_page(app.url))
    walk.at("Prepare")
    for key in ("example_{}", "example_{}_messy"):
        buttons = [walk.page.locator(f".st-key-{key.format(name)} button:visible") for name in ("bank_support", "marv", "sensor_advice")]
        assert len({(round(box["y"]), round(box["height"])) for box in map(_box, buttons)}) == 1


def _type_into_first_question(page: Page, text: str) -> None:
    """Open the first question of the editor, which is drawn on a canvas, and write another text into it."""
    grid = page.get_by_test_id("stDataFrame").last
    field = page.locator("textarea.gdg-input")
    for _ in range(20):
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        assert box is not None
        page.mouse.dblclick(box["x"] + 260, box["y"] + 54)
        page.wait_for_timeout(500)
        if field.count():
            break
    field.fill(text)
    field.press("Enter")
