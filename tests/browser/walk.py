"""The way through the app as a newcomer clicks it, shared by the browser tests and the screenshots."""

import random
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

WAIT = 60_000


def easy_labels(folder: Path, each: int = 100) -> Path:
    """Messages whose label is one of their words: naive Bayes does as well as any other, and it alone learns example by example."""
    rng = random.Random(0)
    made = ["".join(rng.choices(["ka", "lo", "mi", "ru", "te", "pa", "no", "si"], k=3)) for _ in range(500)]
    lines = [f"{' '.join(rng.sample(made, 9))} {label},{label.title()}" for label in ("refund", "card", "loan") for _ in range(each)]
    path = folder / "easy.csv"
    path.write_text("message,category\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


class Walk:
    """One visitor: every click is counted, nothing is ever typed."""

    def __init__(self, page: Page, after_step: Callable[[str], None] = lambda step: None, patience_ms: int = WAIT) -> None:
        self.page = page
        self.patience = patience_ms
        self.clicks = 0
        self._after_step = after_step

    def settled(self) -> None:
        """Wait until the script has run to its end and the page stands still."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=self.patience)
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=self.patience)
        assert self.page.get_by_test_id("stException").count() == 0, self.page.get_by_test_id("stException").all_inner_texts()

    def at(self, title: str) -> None:
        """Wait for a screen by its title."""
        expect(self.page.get_by_role("heading", name=title, level=1, exact=True)).to_be_visible(timeout=self.patience)
        self.settled()

    def click(self, name: str) -> None:
        """Click a button once it can be clicked."""
        button = self.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=False).first
        expect(button).to_be_enabled(timeout=self.patience)
        button.click()
        self.clicks += 1

    def press(self, key: str) -> None:
        """Click a button by its key, whatever language it speaks."""
        button = self.page.locator(f".st-key-{key} button").first
        expect(button).to_be_enabled(timeout=self.patience)
        button.click()
        self.clicks += 1

    def on(self, step: str) -> None:
        """Wait for a screen by its address."""
        self.page.wait_for_url(f"**/{step}?**", timeout=self.patience)
        self.settled()

    def refresh(self, title: str) -> None:
        """F5: the same screen comes back."""
        self.page.reload()
        self.at(title)

    def done(self, step: str) -> None:
        """Tell whoever listens that a screen is complete."""
        self.settled()
        self._after_step(step)

    def example(self) -> None:
        """Open the bank-support example."""
        self.at("Prepare")
        self.done("start")
        self.click("Use the bank example")
        self._prepared()

    def upload(self, path: Path) -> None:
        """Choose a file of one's own; choosing counts as two clicks: the button, and the file in the system's window."""
        self.at("Prepare")
        self.page.get_by_test_id("stFileUploader").first.locator("input[type=file]").set_input_files(path)
        self.clicks += 2
        self._prepared()

    def _prepared(self) -> None:
        expect(self.page.get_by_role("heading", name="Checks")).to_be_visible(timeout=self.patience)
        self.settled()

    def save(self) -> None:
        """Save the data set."""
        self.click("Save this data set")
        expect(self.page.get_by_text("Saved as version")).to_be_visible(timeout=self.patience)
        self.done("prepare")

    def estimate(self) -> None:
        """Go on to Estimate."""
        self.click("Next: Estimate")
        self.at("Estimate")
        self.done("estimate")

    def plan(self) -> None:
        """Go on to Train."""
        self.click("Plan the training")
        self.at("Train")
        self.done("train")

    def train(self) -> None:
        """Start the training and wait until it has finished."""
        self.click("Start training")
        self.at("Monitor")
        expect(self.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Try the model")).to_be_visible(
            timeout=self.patience
        )
        self.done("monitor")

    def play(self) -> None:
        """Ask both models one of the suggested questions."""
        self.click("Try the model")
        self.at("Playground")
        self.suggestion().click()
        self.clicks += 1
        expect(self.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Next: Compare")).to_be_visible(
            timeout=self.patience
        )
        self.done("playground")

    def suggestion(self, at: int = 0) -> Locator:
        """One of the questions that the Playground offers."""
        return self.page.locator("[class*=st-key-tries_] button").nth(at)

    def compare(self) -> None:
        """Run the comparison and wait for its verdict."""
        self.click("Next: Compare")
        self.at("Compare")
        self.click("Run the comparison")
        expect(self.page.get_by_role("heading", name="Every row")).to_be_visible(timeout=self.patience)
        expect(self.page.get_by_role("button", name="Download every row (CSV)")).to_be_visible(timeout=self.patience)
        self.done("compare")

    def take_long(self, epochs: int) -> None:
        """Set by hand, on Train, that the model reads one example at a time and so many times: long enough to be caught in the middle."""
        self.page.get_by_text("Advanced").click()
        for name, value in (("Epochs", str(epochs)), ("Batch size", "1")):
            field = self.page.get_by_role("spinbutton", name=name)
            field.fill(value)
            field.press("Enter")
            self.settled()
        expect(self.page.get_by_text("set by you")).to_have_count(1, timeout=self.patience)

    def rest(self) -> None:
        """All that follows once the data is good: save, estimate, plan, train, play, compare."""
        self.save()
        self.estimate()
        self.plan()
        self.train()
        self.play()
        self.compare()
