"""The states that the pictures and the checks of access rest on: each can be reached and shows what it should."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from docs.screenshots import take_states
from pages.ui.steps import steps
from tests.browser.states import SCREENS, STATES, Shot, staged

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Shot]]:
    with staged(tmp_path_factory.mktemp("staged") / "homes") as all_shots:
        yield {shot.name: shot for shot in all_shots}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_state_shows_itself(shots: dict[str, Shot], open_page: Callable[..., Page], screen: str, state: str) -> None:
    page = open_page("about:blank")
    shot = shots[f"{screen}-{state}"]
    shot.visit(page)
    main = page.get_by_test_id("stMain")
    expect(main.get_by_role("heading", level=1)).to_have_text(next(step.title for step in steps() if step.key == screen))
    errors = main.get_by_test_id("stAlertContentError")
    if state == "failed":
        expect(errors.first).to_be_visible()
    else:
        expect(errors).to_have_count(0)


def test_a_state_is_there_again_at_the_next_visit(shots: dict[str, Shot], open_page: Callable[..., Page]) -> None:
    """Four pictures are taken of each: what the first visit had to do must not stand there twice at the second."""
    for name in ("playground-ready", "playground-working", "playground-failed", "compare-ready"):
        for _ in range(2):
            page = open_page("about:blank")
            shots[name].visit(page)
            assert page.get_by_test_id("stMain").get_by_text(shots[name].tell.partition("{")[0]).first.is_visible()
            page.close()
        if name.startswith("playground"):
            page = open_page("about:blank")
            shots[name].visit(page)
            assert page.get_by_test_id("stChatMessage").count() <= 1, "one question"


def test_a_picture_is_as_tall_as_its_page(browser: Browser, tmp_path: Path) -> None:
    made = take_states(browser, tmp_path, themes=("dark",), widths=(400,), only=("prepare-ready", "start"))
    assert made == ["prepare-ready-dark-400.png", "start-dark-400.png"]
    for name in made:
        header = (tmp_path / name).read_bytes()[:24]
        assert header.startswith(b"\x89PNG")
        width, height = int.from_bytes(header[16:20]), int.from_bytes(header[20:24])
        assert width == 400
        assert height > 900
