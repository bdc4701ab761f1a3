"""Questions that are made of `name: value` fields: learning the names from the questions themselves, taking them apart, writing them anew."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SAMPLE = 400  # questions; a name that the data set uses stands in nearly all of them
COMMON = 0.15  # share of the sample that a name must stand in, so that a rare key is known and a colon in prose is not
STRUCTURED = 0.6  # share of the questions that must have fields
LINES = 0.98  # share of the fields at the start of a line, from which on a comma is never taken for the end of a field
MOST_NAMES = 300

_NAME = r"[^\W\d][^:,;?!\n]{0,59}?"
_LEARN = re.compile(rf"(?:^|(?<=[\n,;]))[ \t]*(?P<name>{_NAME})[ \t]*:(?=[ \t\n]|$|[-+\d])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a question: its name, and where its value and the whole of it stand in the text."""

    name: str
    start: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of the fields in their usual order, and the pattern that finds where each begins."""

    names: tuple[str, ...]
    pattern: re.Pattern[str]

    def parts(self, text: str) -> list[Part]:
        """The fields of a question in order, `end` without the separator; none where a name stands twice: it is not known which holds."""
        found = list(self.pattern.finditer(text))
        if len({one["name"] for one in found}) < len(found):
            return []
        ends = [one.start() for one in found[1:]] + [len(text)]
        return [Part(one["name"], one.start("name"), one.end(), end) for one, end in zip(found, ends, strict=True)]

    def values(self, text: str) -> dict[str, str]:
        """The fields of a question by name, their values as they are written but for outer blanks and a closing comma."""
        found = list(self.pattern.finditer(text))
        if not found:
            return {}
        values = {}
        end = len(text)
        for one in reversed(found):
            values[one["name"]] = text[one.end() : end].strip().rstrip(",;").rstrip()
            end = one.start()
        return dict(reversed(values.items())) if len(values) == len(found) else {}

    def rewritten(self, text: str, change: Callable[[str, str], str]) -> str:
        """The question with `change(name, value)` in the place of each value; everything else stays as it is."""
        made, at = [], 0
        for part in self.parts(text):
            raw = text[part.value : part.end]
            value = raw.strip().rstrip(",;").rstrip()
            new = change(part.name, value)
            if value and new != value:
                where = part.value + raw.index(value)
                made += [text[at:where], new]
                at = where + len(value)
        return "".join((*made, text[at:])) if made else text

    def without(self, text: str, names: Sequence[str]) -> str:
        """The question without these fields and the signs that part them from the others."""
        parts = self.parts(text)
        if not any(part.name in names for part in parts):
            return text
        made, empty = text[: parts[0].start], True
        for at, part in enumerate(parts):
            if part.name not in names:
                made += ("" if empty else text[parts[at - 1].end : part.start]) + text[part.start : part.end]
                empty = False
        return made.rstrip(" \t,;\n") if empty else made


def learn(questions: Sequence[str]) -> Layout | None:
    """The layout that most of these questions share; None where they are not made of fields."""
    asked = [text for text in questions if ":" in text]
    given = sum(1 for text in questions if text.strip())
    if not asked or len(asked) < STRUCTURED * given:
        return None
    stride = max(1, len(asked) // SAMPLE)
    sample = asked[::stride]
    counts: Counter[str] = Counter()
    at: dict[str, int] = {}
    lines = marks = 0
    for text in sample:
        seen = set()
        for place, one in enumerate(_LEARN.finditer(text)):
            name = one["name"].strip()
            seen.add(name)
            at[name] = at.get(name, 0) + place
            marks += 1
            lines += one.start() == 0 or text[one.start() - 1] == "\n"
        counts.update(seen)
    names = [name for name, n in counts.items() if n >= max(2, COMMON * len(sample))]
    if not names or len(names) > MOST_NAMES:
        return None
    places = {name: at[name] / counts[name] for name in names}
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    before = r"(?:\A|\n)" if lines >= LINES * marks else r"(?:\A|[\n,;])"
    pattern = re.compile(rf"{before}[ \t]*(?P<name>{alternatives})[ \t]*:(?=[ \t\n]|\Z|[-+\d])[ \t]*")
    layout = Layout(tuple(sorted(names, key=lambda name: (places[name], name))), pattern)
    fields = sum(bool(layout.values(text)) for text in sample)
    return layout if fields >= STRUCTURED * len(sample) else None


