"""Whatever a model answers, it does nothing but appear as text: no markup, no picture, no link, no script, no formula, at any length."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.base.export import restore
from core.compare.rows import examples_of
from core.io.workspace import Project, open_workspace
from tests.app_process import App
from tests.browser.seeds import NO_KEY, Seeds
from tests.browser.states import ask, keyed, settled
from tests.browser.test_review import downloaded, no_cell_is_a_formula
from tests.servers import FakeOpenAI

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., Page]
WAIT = 60_000
OUT = "https://leak.example"
MEGABYTE = 1_000_000
SMALL = {
    "markup": "# Headline\n**bold** _slanted_ ~~gone~~ `code` :red[red] :material/home: :orange-badge[badge]\n| a | b |\n|---|---|\n| 1 |",
    "picture": f"![a picture]({OUT}/a.png) <img src={OUT}/b.png onerror=fetch('{OUT}/c')>",
    "link": f"[press here]({OUT}/d) {OUT}/e www.leak.example someone@leak.example <a href={OUT}/f>here</a>",
    "formula of mathematics": r"$$\frac{a}{b}$$ and $x^2$ and \(y\) and \[z\]",
    "script": f"<script>window.taken = 1; fetch('{OUT}/g')</script><iframe src={OUT}/h></iframe><b>loud</b>",
    "events": f"<svg onload=fetch('{OUT}/i')></svg><video src={OUT}/n autoplay></video><object data={OUT}/o></object>",
    "style": f"</p></div><style>@import url({OUT}/j.css); body {{ background: url({OUT}/k.png) }}</style>",
    "leaving": f"<meta http-equiv=refresh content='0;url={OUT}'><form action={OUT}/p><button>Press</button></form>",
    "formula of a spreadsheet": f'=HYPERLINK("{OUT}/l","press")\n+1+1\n-2+3\n@SUM(A1:A9)\n\t=1+1',
}
LONG = {
    "a megabyte of one word": "na " * (MEGABYTE // 3),
    "a megabyte of markup": f"![x]({OUT}/m.png) <b>loud</b> $x$ " * (MEGABYTE // 48),
}
ALL = [*SMALL.values(), *LONG.values()]
MARKUP = "img, a, script, iframe, svg, b, table, style, meta, video, object, form, h1, code, em, del, .katex, [class*=Badge]"


class Told:
    """What the server answers: by question in Compare, in the Playground what a test has laid there."""

    def __init__(self) -> None:
        self.by_question: dict[str, str] = {}
        self.next = ""

    def __call__(self, body: dict[str, Any]) -> str:
        known = self.by_question.get(body["messages"][-1]["content"], self.next)
        # so that both sides differ in a word, which is marked
        return f"{known} before" if "ft:" not in body["model"] else known


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def project(app: App, told: Told) -> Iterator[Project]:
    """The sensor example with a model on a server that answers as it likes."""
    with ExitStack() as stack:
        server = stack.enter_context(FakeOpenAI(key=NO_KEY))
        server.answer = told
        ws = stack.enter_context(open_workspace(app.home))
        made, _ = Seeds(ws, stack).trained_there(server, example="sensor_advice", name="Sensor advice")
        rows = examples_of(ws, ws.dataset(str(made.dataset_id)), "test")
        told.by_question = {row.question: ALL[at % len(SMALL)] for at, row in enumerate(rows)}
        told.by_question |= {row.question: text for row, text in zip(rows, ALL, strict=False)}
        yield made


def at(page: Page, app: App, screen: str, project: Project) -> None:
    page.goto(f"{app.url}/{screen}?project={project.id}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=WAIT)
    settled(page)


def nothing_but_text(page: Page, region: Locator) -> None:
    """Nothing of the text became an element, and nothing of it ran."""
    found = region.locator(MARKUP).evaluate_all("elements => elements.map(element => element.outerHTML.slice(0, 200))")
    # an address is shown in the markup of code, of which no link is made; the app's own icons and marks are no text of a model
    assert [html for html in found if not re.match(r"<code\b|<svg\b[^>]*(?:aria-hidden|viewBox)", html)] == []
    assert page.evaluate("window.taken") is None
    assert page.locator("a[href*='leak.example'], img[src*='leak.example'], iframe, [style*='leak.example']").count() == 0


def letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_in_the_playground(app: App, open_page: Open, project: Project, told: Told) -> None:
    page = open_page(app.url)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    at(page, app, "playground", project)
    told.by_question = {}
    told.next = "\n".join(SMALL.values())
    main = page.get_by_test_id("stMainBlockContainer")
    ask(page)
    expect(keyed(page, "anew")).to_be_visible(timeout=WAIT)
    settled(page)
    answer = main.get_by_test_id("stText").filter(has_text="Headline").first
    assert letters(told.next) in letters(answer.inner_text())
    nothing_but_text(page, answer)
    told.next = ("n" * 49_999 + " ") * (MEGABYTE // 50_000) + SMALL["script"]
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("And now?")
    box.press("Enter")
    toggle = page.get_by_text(re.compile(r"Show all 1,000,\d+ characters"))
    expect(toggle).to_have_count(2, timeout=WAIT)
    settled(page)
    assert len(main.inner_text()) < 60_000, "of a long answer the beginning is there"
    toggle.first.click()
    whole = main.get_by_test_id("stText").filter(has_text="window.taken").last
    expect(whole).to_be_attached(timeout=WAIT)
    settled(page)
    assert len(whole.inner_text()) > MEGABYTE
    nothing_but_text(page, whole)
    # and in large letters, which are drawn another way
    keyed(page, "present_").locator("label").first.click()
    large = main.locator("[data-testid=stHtml] p").filter(has_text="Headline")
    expect(large.first).to_be_visible(timeout=WAIT)
    settled(page)
    assert letters("\n".join(SMALL.values())) in letters(large.first.inner_text())
    for one in main.locator("[data-testid=stHtml]").all():
        nothing_but_text(page, one)


def test_in_compare_and_in_what_is_taken_away(app: App, open_page: Open, project: Project, told: Told) -> None:
    page = open_page(app.url)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    at(page, app, "compare", project)
    keyed(page, "consent_").locator("label").first.click()
    settled(page)
    page.get_by_role("button", name="Run the comparison").click()
    expect(page.get_by_role("heading", name="Read the answers, row by row")).to_be_visible(timeout=2 * WAIT)
    settled(page)
    expect(page.get_by_role("heading", name="What rules can tell")).to_be_visible()
    for number, text in enumerate(ALL):
        row = page.locator("[class*=st-key-row_]")
        shown = row.locator(".st-key-answer_1")
        expect(shown).to_contain_text(text.split()[0][:8], timeout=WAIT)
        for side in (".st-key-answer_0", ".st-key-answer_1"):
            nothing_but_text(page, row.locator(side))
        seen = letters(shown.inner_text())
        if len(text) < 3_000:
            assert letters(text) in seen
        else:
            assert letters(text[:2_000]) in seen and len(seen) < 4_000
            shown.get_by_text(re.compile(r"Show all [\d,]+ characters")).click()
            whole = shown.get_by_test_id("stText")
            expect(whole).to_be_visible(timeout=WAIT)
            settled(page)
            assert letters(text) in letters(whole.inner_text())
            nothing_but_text(page, shown)
        if number < len(ALL) - 1:
            page.get_by_role("button", name="Next row").click()
            expect(page.get_by_role("textbox", name=re.compile("Your note on row"))).to_be_visible(timeout=WAIT)
            settled(page)
    data = downloaded(page, "Download every row (CSV)")
    csv.field_size_limit(10 * MEGABYTE)
    assert no_cell_is_a_formula(data)
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert {letters(restore(line["tuned_answer"])) for line in lines} == {letters(text) for text in ALL}


def test_the_texts_would_do_harm_where_they_were_rendered(browser: Browser) -> None:
    page, asked = browser.new_page(), []
    page.route("**/*", lambda route: (asked.append(route.request.url), route.abort()))
    page.set_content("".join(text for name, text in SMALL.items() if name != "leaving"))
    page.wait_for_timeout(500)
    assert page.evaluate("window.taken") == 1 and any(url.startswith(OUT) for url in asked)
    page.close()
