"""A small open model from its folder to an answer, in a real browser: imported, measured, trained on ten rows, taken away, asked."""

import importlib.util
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.io import local_models
from core.io.connections import connection
from core.io.local_engine import ensure_engine
from core.io.openai_calls import make_client
from core.io.workspace import open_workspace
from tests.app_process import App
from tests.browser.seeds import HERE, Seeds
from tests.browser.states import settled
from tests.browser.test_access import both_themes, unfolded
from tests.browser.walk import Walk

Open = Callable[..., Page]
PATIENCE = 180_000  # ms; libraries of half a gigabyte are imported several times on the way
MESSAGES = '{{"messages": [{{"role": "user", "content": "What is {n} and {n}?"}}, {{"role": "assistant", "content": "It is {sum}."}}]}}\n'

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft", "trl")),
        reason="needs the pack: python3 start.py test --with-lora",
    ),
]


def test_a_small_model_is_imported_trained_on_ten_rows_taken_away_and_asked(
    app: App, open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.lora.tiny import make_base

    folder = make_base(tmp_path / "tiny-llama", "llama")
    rows = tmp_path / "ten.jsonl"
    rows.write_text("".join(MESSAGES.format(n=n, sum=2 * n) for n in range(10, 110, 10)), encoding="utf-8")
    page = open_page(app.url)
    page.context.set_default_timeout(PATIENCE)
    walk = Walk(page, patience_ms=PATIENCE)
    walk.upload(rows)
    walk.save()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Train").click()
    walk.at("Train")

    page.get_by_text("Get another model").click()
    page.get_by_label("The model's folder on this machine").fill(str(folder))
    page.keyboard.press("Tab")
    walk.settled()
    walk.press("import_folder")
    walk.press("choose_tiny-llama")
    expect(page.get_by_text("tiny-llama will read 10 examples about 10 times on this machine")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("measured on this processor").first).to_be_visible(timeout=PATIENCE)
    walk.settled()
    walk.press("start")
    walk.at("Monitor")
    expect(page.get_by_text("Finished").first).to_be_visible(timeout=PATIENCE)
    walk.settled()
    assert page.get_by_text(re.compile("validation|training loss", re.IGNORECASE)).count()

    page.get_by_text("Take it away").click()
    walk.click("Write it out")
    expect(page.get_by_text("It lies in this folder")).to_be_visible(timeout=PATIENCE)
    written = Path(page.get_by_test_id("stCode").first.inner_text().strip())
    assert {"adapter_model.safetensors", "adapter_config.json", "README.md"} <= {path.name for path in written.iterdir()}

    walk.press("next_playground")
    walk.at("Playground")
    page.get_by_test_id("stChatInput").locator("textarea").fill("What is 20 and 20?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("tokens written")).to_have_count(2, timeout=PATIENCE)
    walk.settled()
    assert page.get_by_text("Recalled").count() == 0
    wider = page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wider <= 1, "a word that has no end is broken, not run out of the page"


def test_estimate_of_a_small_model_breaks_no_rule_of_access(app: App, open_page: Open, tmp_path: Path) -> None:
    """tests/browser/test_access.py looks at the pages as they are where no small model has been brought in."""
    from tests.lora.tiny import make_base

    folder = make_base(tmp_path / "tiny-llama", "llama")
    address = ensure_engine(app.home)
    with make_client(connection(HERE, base_url=address.base_url), address.token) as client:
        local_models.import_folder(client, str(folder))
        until = time.monotonic() + PATIENCE / 1000
        while not any(base.id == "tiny-llama" for base in local_models.local_models(client).ready):
            assert time.monotonic() < until, "the model was not taken in"
            time.sleep(0.5)
    with ExitStack() as stack:
        project, _ = Seeds(stack.enter_context(open_workspace(app.home)), stack).planned(connection(HERE), "tiny-llama")
    page = open_page(f"{app.url}/estimate?project={project.id}")
    expect(page.get_by_text("measured on this processor").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("A trained model must beat that")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Which rows of a rare category")).to_be_visible(timeout=PATIENCE)
    settled(page)
    unfolded(page)
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert both_themes(page) == []
    wider = page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wider <= 1, "nothing runs out of the page of a phone"
