"""Take a picture of every screen, light and dark, wide and at phone width: python -m docs.screenshots [FOLDER]."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.app_process import running_app
from tests.browser.conftest import chromium_path
from tests.browser.walk import Walk

WIDTHS = (1280, 400)
TALLEST = 4000


def take(page: Page, path: Path, width: int) -> None:
    """Picture the whole page, not only what fits in the window."""
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').parentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(800, min(height + 20, TALLEST))})
    page.wait_for_timeout(500)  # charts draw after the script has run
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": 800})


def walk_through(page: Page, url: str, folder: Path, name: str, width: int) -> None:
    """Walk the bank example, a picture at every step."""
    page.goto(url)
    walk = Walk(page, lambda step: take(page, folder / f"{step}-{name}.png", width))
    walk.example()
    walk.rest()


def main(folder: Path) -> None:
    """Walk once for each theme and width, each on an empty home."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        for theme in ("light", "dark"):
            for width in WIDTHS:
                with tempfile.TemporaryDirectory() as home, running_app(Path(home)) as app:
                    page = browser.new_page(color_scheme=theme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
                    walk_through(page, app.url, folder, f"{theme}-{width}", width)
                    page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images")
