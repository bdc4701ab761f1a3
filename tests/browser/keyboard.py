"""A visitor without a mouse: Tab, Shift+Tab, Enter, Space and arrows, with an eye on whether one sees where one is."""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

WAIT = 60_000
# What a ring is made of, on the element with the focus and on what is drawn around or instead of it: a box is often marked on its frame,
# a checkbox on the picture beside its hidden input.
_LOOK = """element => {
    const parts = [element, ...element.children];
    for (let up = element, steps = 0; up && steps < 5; up = up.parentElement, steps++)
        parts.push(...[up, up.previousElementSibling, up.nextElementSibling].filter(part => part));
    const look = part => {
        const style = getComputedStyle(part);
        const outline = style.outlineStyle === 'none' || style.outlineWidth === '0px' ? '' : `${style.outlineWidth} ${style.outlineColor}`;
        return [outline, style.boxShadow, style.borderTopColor, style.borderTopWidth].join('|');
    };
    return JSON.stringify(parts.map(look));
}"""
_WHERE = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return '';
    const near = element.closest('[data-testid]');
    const words = element.getAttribute('aria-label') || element.innerText || element.tagName;
    return `${near ? near.dataset.testid : element.tagName}: ${words.replace(/\\s+/g, ' ').slice(0, 60)}`;
}"""


@dataclass
class Keys:
    """One visitor at the keyboard: `presses` counts every Tab, `unseen` names the stops at which nothing showed the focus."""

    page: Page
    presses: int = 0
    unseen: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """What has the focus, in words; empty where nothing has."""
        return str(self.page.evaluate(_WHERE))

    def tab(self, *, back: bool = False) -> str:
        """Move on by one stop and tell where that is; whether the stop that is left had looked any different is noted."""
        left, before = self.where, None
        if left:
            self.page.evaluate("() => { window.leftBehind = document.activeElement }")
            before = self._look()
        self.page.keyboard.press("Shift+Tab" if back else "Tab")
        self.presses += 1
        if left and self.page.evaluate("() => document.activeElement !== window.leftBehind") and self._same(before):
            self.unseen.append(left)
        return self.where

    def to(self, target: Locator, *, most: int, back: bool = False) -> int:
        """Press Tab until the target has the focus, at the most so many times; gives back how many presses it took."""
        expect(target).to_be_visible(timeout=WAIT)
        expect(target).to_be_enabled(timeout=WAIT)
        passed = []
        for presses in range(1, most + 1):
            passed.append(self.tab(back=back))
            if target.evaluate("element => element.contains(document.activeElement)"):
                return presses
        raise AssertionError(f"not reached by {most} presses of Tab; passed:\n" + "\n".join(passed))

    def press(self, key: str) -> None:
        """Press any other key."""
        self.page.keyboard.press(key)

    def round(self, *, most: int) -> list[str]:
        """Press Tab from the top of the page until its end and name the stops; more than `most` of them are a trap, or as bad as one."""
        stops: list[str] = []
        # blur() alone would leave the browser's own mark where the focus was, and Tab would go on from there
        self.page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex') }")
        while where := self.tab():
            stops.append(where)
            assert len(stops) <= most, "no way out:\n" + "\n".join(stops[-30:])
        return stops

    def _look(self) -> str | bytes | None:
        table = self.page.evaluate_handle("() => window.leftBehind.closest('[data-testid=stDataFrame]')").as_element()
        if table is not None and self.page.evaluate("() => window.leftBehind.closest('canvas') !== null"):
            self.page.wait_for_timeout(100)
            return table.screenshot()  # a table is painted, its marked cell too: there is no style to ask for
        return self.page.evaluate(f"() => window.leftBehind.isConnected ? ({_LOOK})(window.leftBehind) : null")

    def _same(self, before: str | bytes | None) -> bool:
        """Whether what was left looks as it did with the focus: looked at again after the ring has had the time to fade."""
        if self._look() != before:
            return False
        self.page.wait_for_timeout(200)
        return self._look() == before
