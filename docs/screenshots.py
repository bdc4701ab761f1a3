"""Pictures of every screen in each of its states.

    python -m docs.screenshots [FOLDER]                  all of them, in English
    python -m docs.screenshots [FOLDER] --language id    the same in Indonesian
    python -m docs.screenshots --selection               only those of the main walk that README.md and docs/ show, into docs/images

All of them: six screens, nothing yet, ready, working and failed, the start screen of somebody who has projects, and what only the examples
show; light and dark, 1280 and 400 pixels wide: SCREEN-STATE-THEME-WIDTH.png. The states come from `tests/browser/states.py`, which fills a
home in seconds: two servers of the app serve all the pictures, and three small servers of the tests play the provider that is slow, that
stalls and that fails. The selection is walked as a visitor would, with the bank example on an empty home: STEP-THEME-WIDTH.png.
"""

import argparse
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.app_process import running_app
from tests.browser.conftest import chromium_path
from tests.browser.states import Shot, staged
from tests.browser.walk import Walk

IMAGES = Path(__file__).parent / "images"
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTHS = (1280, 400)
LOCALES = {"en": "en-US", "id": "id-ID"}
WALKED: tuple[tuple[Theme, int, str], ...] = (("light", 1280, ""), ("dark", 1280, ""), ("light", 400, "prepare"))  # and the step wanted
HEIGHT, TALLEST = 800, 4000


def take(page: Page, path: Path) -> None:
    """Picture the whole page, not only what fits in the window."""
    size = page.viewport_size or {"width": WIDTHS[0], "height": HEIGHT}
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').parentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(HEIGHT, min(height + 20, TALLEST))})
    page.wait_for_timeout(500)  # charts draw after the script has run
    page.screenshot(path=path)
    page.set_viewport_size(size)


@contextmanager
def opened(browser: Browser, theme: Theme, width: int, language: str = "en") -> Iterator[Page]:
    """A window of its own, closed at the end."""
    page = browser.new_page(
        color_scheme=theme, viewport={"width": width, "height": HEIGHT}, reduced_motion="reduce", locale=LOCALES[language]
    )
    try:
        yield page
    finally:
        page.close()


def take_states(
    browser: Browser,
    folder: Path,
    *,
    language: str = "en",
    themes: Collection[Theme] = THEMES,
    widths: Collection[int] = WIDTHS,
    only: Collection[str] = (),
) -> list[str]:
    """Picture the shots (all of them, or `only` those of these names) and give back the pictures' names."""
    made = []
    with tempfile.TemporaryDirectory() as homes, staged(Path(homes)) as shots:
        wanted: list[Shot] = [shot for shot in shots if not only or shot.name in only]
        for theme in themes:
            for width in widths:
                for shot in wanted:
                    name = f"{shot.name}-{theme}-{width}.png"
                    with opened(browser, theme, width, language) as page:
                        shot.visit(page, language)
                        take(page, folder / name)
                    made.append(name)
    return made


def take_walk(browser: Browser, folder: Path) -> None:
    """Picture the steps of the main walk, each walk on an empty home."""
    for theme, width, only in WALKED:
        with tempfile.TemporaryDirectory() as home, running_app(Path(home)) as app, opened(browser, theme, width) as page:

            def done(step: str, page: Page = page, name: str = f"{theme}-{width}", only: str = only) -> None:
                if only in ("", step):
                    take(page, folder / f"{step}-{name}.png")

            page.goto(app.url)
            walk = Walk(page, done)
            walk.example()
            if only:
                walk.save()
            else:
                walk.rest()


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description="Pictures of every screen in each of its states.")
    parser.add_argument("folder", nargs="?", type=Path, default=IMAGES, help="where the pictures go (docs/images)")
    parser.add_argument("--language", choices=LOCALES, default="en", help="the language of the screens")
    parser.add_argument("--selection", action="store_true", help="only the pictures of the main walk")
    asked = parser.parse_args()
    if asked.selection and asked.language != "en":
        parser.error("the main walk finds its buttons by their English names")
    if not asked.selection and asked.folder == IMAGES:
        parser.error("name a folder: a hundred pictures are not for the repository")
    asked.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        if asked.selection:
            take_walk(browser, asked.folder)
        else:
            made = take_states(browser, asked.folder, language=asked.language)
            print(f"{len(made)} pictures in {asked.folder}")
        browser.close()


if __name__ == "__main__":
    main()
