"""axe-core over a page: what keeps people with a screen reader, a keyboard or weak sight from using it.

The rules come with the PyPI wheel axe-playwright-python, which does little but carry axe.min.js (4.12.1, MPL-2.0): a pinned line in
requirements-dev.txt is updated like every other tool, and half a megabyte of somebody else's minified code stays out of the repository. It
is run as a string inside the page, so nothing is fetched.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from playwright.sync_api import Page

# "minor" is left to the eye; "moderate" has the order of the headings and the landmarks
IMPACTS = ("moderate", "serious", "critical")
_RUN = """impacts => axe.run(document, {resultTypes: ['violations'], elementRef: true}).then(told => told.violations
    .filter(rule => impacts.includes(rule.impact))
    .flatMap(rule => rule.nodes.map(node => ({
        rule: rule.id,
        impact: rule.impact,
        within: (node.element.closest('[data-testid]') || document.body).getAttribute('data-testid') || '',
        html: node.html,
        why: node.failureSummary.replace(/\\s+/g, ' '),
    }))))"""


@dataclass(frozen=True)
class Found:
    """One element that breaks one rule; `within` is the test id of the part of Streamlit that it stands in."""

    rule: str
    impact: str
    within: str
    html: str
    why: str

    def __str__(self) -> str:
        return f"{self.rule} ({self.impact}) in {self.within}: {self.why}\n    {self.html[:300]}"


@cache
def _script() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def look_over(page: Page) -> list[Found]:
    """What axe finds on the page as it stands."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_script())
    return [Found(**found) for found in page.evaluate(_RUN, IMPACTS)]
