"""A real Chromium on a real app; every request that would leave the machine is recorded."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.app_process import App, running_app

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium_path() -> str | None:
    """Where Chromium is, if it is anywhere."""
    return os.environ.get("TUNESMITH_CHROMIUM") or next((found for name in _NAMES if (found := shutil.which(name))), None)


# for this package only: while it is alive Playwright holds an event loop, and other tests could not start one of their own
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests; without one the browser tests are skipped, or fail where they are required."""
    path = chromium_path()
    if path is None:
        if os.environ.get("TUNESMITH_REQUIRE_BROWSER"):
            pytest.fail("the browser tests are required and no Chromium was found")
        pytest.skip("no Chromium was found")
    with sync_playwright() as playwright:
        # Chromium's own background traffic would hide what the page asks for
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"]
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", *quiet]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app on an empty home."""
    with running_app(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture
def outside() -> list[str]:
    """The requests of this test that would have left the machine."""
    return []


@pytest.fixture
def open_page(browser: Browser, outside: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a new browser window: a fresh profile of its own each time."""
    contexts: list[BrowserContext] = []

    def opened(url: str, *, dark: bool = False, width: int = 1280, height: int = 900, locale: str = "en-US") -> Page:
        context = browser.new_context(
            color_scheme="dark" if dark else "light", viewport={"width": width, "height": height}, reduced_motion="reduce", locale=locale
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()

        def note(asked: str) -> None:
            if urlsplit(asked).scheme in ("http", "https", "ws", "wss") and urlsplit(asked).hostname not in ("127.0.0.1", "localhost"):
                outside.append(asked)

        page.on("request", lambda request: note(request.url))
        page.on("websocket", lambda websocket: note(websocket.url))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert outside == [], "requests left this machine"


@pytest.fixture
def sample() -> Path:
    """The bank-support example that ships."""
    return Path(__file__).resolve().parents[2] / "sample_data" / "bank_support.csv"
