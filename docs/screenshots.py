"""Pictures of every screen in each of its states.

    python -m docs.screenshots [FOLDER]                  all of them, in English
    python -m docs.screenshots [FOLDER] --language id    the same in Indonesian
    python -m docs.screenshots --selection               only those that README.md shows, into docs/images

All of them: six screens, nothing yet, ready, working and failed, the start screen of somebody who has projects, and what only the examples
show; light and dark, 1280 and 400 pixels wide: SCREEN-STATE-THEME-WIDTH.png. The states come from `tests/browser/states.py`, which fills a
home in seconds: two servers of the app serve all the pictures, and three small servers of the tests play the provider that is slow, that
stalls and that fails. The selection shows one window of each page, no longer than a reader wants: steps of the main walk, walked as a
visitor would with the bank example on an empty home (STEP-THEME-WIDTH.png), and what the other examples show.
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
HEIGHT, TALLEST = 800, 8000
# the selection: of the walk the steps in this theme and width, of the other examples these shots, from this element on
WALKED: tuple[tuple[Theme, int, tuple[str, ...]], ...] = (("light", 1280, ("start", "monitor", "compare")), ("light", 400, ("prepare",)))
SHOWN: tuple[tuple[Theme, str, str], ...] = (
    ("dark", "playground-room", "[data-testid=stMainBlockContainer]"),
    ("light", "compare-review", "[class*=st-key-row_]"),
)
WINDOW = 1120


def take(page: Page, path: Path, start: str = "") -> None:
    """Picture the whole page, not only what fits in the window; with `start` one window of it, from that element on."""
    size = page.viewport_size or {"width": WIDTHS[0], "height": HEIGHT}
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').parentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": WINDOW if start else max(HEIGHT, min(height + 20, TALLEST))})
    if start:
        page.locator(start).evaluate("element => element.scrollIntoView()")
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
    """Picture steps of the main walk, each walk on an empty home."""
    for theme, width, only in WALKED:
        with tempfile.TemporaryDirectory() as home, running_app(Path(home)) as app, opened(browser, theme, width) as page:

            def done(step: str, page: Page = page, name: str = f"{theme}-{width}", only: tuple[str, ...] = only) -> None:
                if step in only:
                    take(page, folder / f"{step}-{name}.png", "[data-testid=stMainBlockContainer]")

            page.goto(app.url)
            walk = Walk(page, done)
            walk.example()
            if only == ("prepare",):
                walk.save()
            else:
                walk.rest()


def take_shown(browser: Browser, folder: Path) -> None:
    """Picture what the other examples show."""
    with tempfile.TemporaryDirectory() as homes, staged(Path(homes)) as shots:
        by_name = {shot.name: shot for shot in shots}
        for theme, name, start in SHOWN:
            with opened(browser, theme, WIDTHS[0]) as page:
                by_name[name].visit(page)
                take(page, folder / f"{name}-{theme}-{WIDTHS[0]}.png", start)


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description="Pictures of every screen in each of its states.")
    parser.add_argument("folder", nargs="?", type=Path, default=IMAGES, help="where the pictures go (docs/images)")
    parser.add_argument("--language", choices=LOCALES, default="en", help="the language of the screens")
    parser.add_argument("--selection", action="store_true", help="only the pictures of README.md")
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
            take_shown(browser, asked.folder)
        else:
            made = take_states(browser, asked.folder, language=asked.language)
            print(f"{len(made)} pictures in {asked.folder}")
        browser.close()


if __name__ == "__main__":
    main()
