"""Every screen in its four states, on two apps that stay up: nothing yet, ready, working, failed; and a few more.

    with staged(folder) as shots:
        for shot in shots:
            shot.visit(page)

A shot goes to its address, does what is left to do there (which is nothing where it was done before) and waits for the words that only
this state shows. Elements are found by their keys, so that it works in every language.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Page, expect

from core.io.workspace import Project, open_workspace
from pages.ui.text import catalogue
from tests.app_process import App, running_app
from tests.browser.seeds import NO_KEY, Seeds, server_at
from tests.servers import FakeOpenAI, faults
from tests.servers.fake_api import BASE

SCREENS = ("prepare", "estimate", "train", "monitor", "playground", "compare")
STATES = ("nothing", "ready", "working", "failed")
MORE = ("start", "prepare-messy", "playground-room", "compare-review")  # the start with projects, and what only the examples show
WAIT = 60_000
QUESTION = "How do I change the PIN of my card?"
ANSWER = "You can change the PIN of your card at any of our cash machines: choose “Services”, then “Change PIN”."
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
Finish = Callable[[Page], None]
SLOW_S = 45.0  # below the client's 60 s, so that a row takes long and does not fail


def _done(page: Page) -> None:
    """Nothing is left to do."""


@dataclass(frozen=True)
class Shot:
    """One screen in one state: `tell` is the sentence that only this state shows, `still` whether its script runs to an end."""

    screen: str
    state: str
    url: str
    tell: str
    finish: Finish = _done
    still: bool = True

    @property
    def name(self) -> str:
        return f"{self.screen}-{self.state}".strip("-")

    def visit(self, page: Page, language: str = "en") -> None:
        """Bring the page there and wait until it is complete."""
        page.goto(self.url)
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=WAIT)
        if not self.still and self._goes_on(page, language):
            return
        settled(page)
        self.finish(page)
        expect(self.telling(page, language)).to_be_visible(timeout=WAIT)
        if self.still:
            settled(page)

    def _goes_on(self, page: Page, language: str) -> bool:
        """Whether what an earlier visit has begun is still under way: its script would not end before it does."""
        stands = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        expect(self.telling(page, language).or_(stands).first).to_be_visible(timeout=WAIT)
        if not self.telling(page, language).is_visible():
            return False
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
        page.wait_for_timeout(1_000)  # what stands below the reply is drawn after it
        return True

    def telling(self, page: Page, language: str = "en") -> Locator:
        """Where the state's own words stand."""
        parts = re.split(r"\{\w+\}", catalogue(language).gettext(self.tell))
        words = re.compile(".+".join(re.escape(part) for part in parts))
        return page.get_by_test_id("stMain").get_by_text(words).filter(visible=True).first


def settled(page: Page) -> None:
    """Wait until the script has run to its end and nothing is still to be drawn."""
    for _ in range(2):  # a run that ends by asking for another one stands still for a moment
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=WAIT)
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
        page.wait_for_timeout(150)
    expect(page.get_by_test_id("stException")).to_have_count(0)


@contextmanager
def staged(folder: Path) -> Iterator[tuple[Shot, ...]]:
    """Two apps with everything that the shots need: one with nothing in it, one with a project for each state."""
    (folder / "fresh").mkdir(parents=True)
    (folder / "used").mkdir()
    with ExitStack() as stack:
        busy, slow, broken = (stack.enter_context(FakeOpenAI(key=NO_KEY)) for _ in range(3))
        fresh, used = (stack.enter_context(running_app(folder / name)) for name in ("fresh", "used"))
        seeds = Seeds(stack.enter_context(open_workspace(used.home)), stack)
        states = (*_nothing(fresh), *_ready(used, seeds), *_working(used, seeds, busy, slow), *_failed(fresh, used, seeds, broken))
        yield (*states, Shot("start", "", f"{used.url}/prepare", "Go on where you left off"), *_examples(used, seeds))


def _nothing(app: App) -> list[Shot]:
    tells = {
        "prepare": "Your own file",
        "estimate": "No data set yet",
        "train": "No data set yet",
        "monitor": "No training yet",
        "playground": "No trained model yet",
        "compare": "No trained model yet",
    }
    return [Shot(screen, "nothing", f"{app.url}/{screen}", tell) for screen, tell in tells.items()]


def _ready(app: App, seeds: Seeds) -> list[Shot]:
    saved, trained = seeds.saved()[0], seeds.trained_here()
    return [
        _shot(app, "prepare", "ready", seeds.project(), "Save this data set"),
        _shot(app, "estimate", "ready", saved, "Plan the training"),
        _shot(app, "train", "ready", saved, "Start training"),
        _shot(app, "monitor", "ready", trained, "Try the model"),
        _shot(app, "playground", "ready", trained, "Start a new conversation", _asked),
        _shot(app, "compare", "ready", trained, "Every row", _compared),
    ]


def _working(app: App, seeds: Seeds, busy: FakeOpenAI, slow: FakeOpenAI) -> list[Shot]:
    talking, tuned = seeds.trained_there(busy)
    busy.answer = lambda body: ANSWER
    busy.stalls.add(tuned)
    compared, compared_model = seeds.trained_there(slow)
    seeds.compared_so_far(compared, base=BASE, tuned=compared_model, done=(31, 24))
    slow.fail("POST /chat/completions", faults.slow(SLOW_S), always=True)
    return [
        _shot(app, "prepare", "working", seeds.reading(), "Reading and checking the file…"),
        _shot(app, "estimate", "working", seeds.counting(), "Counting tokens…"),
        _shot(app, "train", "working", seeds.being_started(busy), "This plan is being started right now."),
        _shot(app, "monitor", "working", seeds.under_way(busy), "Step {step} of {total}."),
        _shot(app, "playground", "working", talking, " ".join(ANSWER.split()[:4]), _asked_anew, still=False),
        _shot(app, "compare", "working", compared, "{label}: {done} of {total} rows"),
    ]


def _failed(fresh: App, app: App, seeds: Seeds, broken: FakeOpenAI) -> list[Shot]:
    talking, _ = seeds.trained_there(broken)
    compared, compared_model = seeds.trained_there(broken)
    stopped = seeds.broken_off(broken)
    unasked, _ = seeds.planned(server_at(broken), BASE)
    seeds.compared_so_far(compared, base=BASE, tuned=compared_model, done=(12, 9))
    for route in ("GET /models", "GET /fine_tuning/jobs"):
        broken.fail(route, faults.html(502), always=True)
    broken.fail("POST /chat/completions", faults.no_credit(), always=True)
    no_credit = "The account at {host} has no credit left."
    return [
        Shot("prepare", "failed", f"{fresh.url}/prepare", "This is a picture.", _bad_upload),
        _shot(app, "estimate", "failed", unasked, "{host} had a fault of its own."),
        _shot(app, "train", "failed", seeds.refused(), "{host} no longer lets this account train models."),
        _shot(app, "monitor", "failed", stopped, "The server does not accept the training or validation file."),
        _shot(app, "playground", "failed", talking, no_credit, _asked),
        _shot(app, "compare", "failed", compared, no_credit),
    ]


def _examples(app: App, seeds: Seeds) -> list[Shot]:
    marv = seeds.trained_here(example="marv", name="Marv, the sarcastic chatbot")
    sensor = seeds.trained_here(example="sensor_advice", name="Sensor advice")
    messy = seeds.project(example="bank_support_messy", name="Bank support, as published")
    return [
        _shot(app, "prepare", "messy", messy, "Which rows train, which test"),
        _shot(app, "playground", "room", marv, "Start a new conversation", _suggested),
        _shot(app, "compare", "review", sensor, "Read the answers, row by row", _compared),
    ]


def _shot(app: App, screen: str, state: str, project: Project, tell: str, finish: Finish = _done, *, still: bool = True) -> Shot:
    return Shot(screen, state, f"{app.url}/{screen}?project={project.id}", tell, finish, still)


def keyed(page: Page, key: str) -> Locator:
    """The element with this key, or with one that begins with it."""
    return page.locator(f'[class*="st-key-{key}"]')


def ask(page: Page) -> None:
    """Agree to the sending where that is asked for, and ask."""
    agree = keyed(page, "consent_").locator("label")
    if agree.count():
        agree.first.click()
        settled(page)
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled(timeout=WAIT)
    box.fill(QUESTION)
    box.press("Enter")


def _asked(page: Page) -> None:
    if not keyed(page, "anew").count():
        ask(page)
        expect(keyed(page, "anew")).to_be_visible(timeout=WAIT)


def _suggested(page: Page) -> None:
    if not keyed(page, "anew").count():
        keyed(page, "tries_").locator("button").first.click()
        expect(keyed(page, "anew")).to_be_visible(timeout=WAIT)


def _asked_anew(page: Page) -> None:
    if keyed(page, "anew").count():
        keyed(page, "anew").get_by_role("button").click()
        expect(keyed(page, "anew")).to_have_count(0, timeout=WAIT)
        settled(page)
    ask(page)


def _compared(page: Page) -> None:
    if start := keyed(page, "run_comparison").all():
        start[0].get_by_role("button").click()
    # the whole table is offered for download once every row has its answer
    expect(page.get_by_test_id("stDownloadButton").first).to_be_visible(timeout=WAIT)


def _bad_upload(page: Page) -> None:
    chosen = FilePayload(name="customers.csv", mimeType="text/csv", buffer=PICTURE)
    page.get_by_test_id("stFileUploader").first.locator("input[type=file]").set_input_files(chosen)
