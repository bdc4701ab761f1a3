"""Questions that are made of `name: value` fields: learning the names from the questions, taking them apart, writing them anew."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SAMPLE = 400  # questions; a name that the data set uses stands in nearly all of them
COMMON = 0.15  # share of the sample that a name must stand in, so that a rare key is known and a colon in prose is not
STRUCTURED = 0.6  # share of the questions that must have fields
LINES = 0.98  # share of the fields at the start of a line, from which on a comma is never taken for the end of a field
FEWEST_FIELDS = 2  # of a question: "Translate to German: ..." is none
MOST_NAMES = 300

_NAME = r"[^\W\d][^:,;?!\n]{0,59}?"
_AFTER = r"(?=[ \t\n,;]|\Z|[-+\d])"
_PIECES = re.compile(r"[\n,;]")
_LEARN = re.compile(rf"(?:^|(?<=[\n,;]))[ \t]*(?P<name>{_NAME})[ \t]*:(?=[ \t\n,;]|$|[-+\d])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a question: its name, and where its value and the whole of it stand in the text."""

    name: str
    start: int
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The names of the fields in their usual order, as far as a sample shows them, and the pattern that finds where each begins."""

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
    sample = asked[:: max(1, len(asked) // SAMPLE)]
    seen = _Seen(sample)
    if seen.pure and seen.lines_only:
        pattern = re.compile(rf"(?:\A|\n)[ \t]*(?P<name>{_NAME})[ \t]*:{_AFTER}[ \t]*")
        names = list(seen.counts)
    else:
        names = [name for name, n in seen.counts.items() if n >= max(2, (0 if seen.pure else COMMON) * len(sample))]
        if not names:
            return None
        alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        before = r"(?:\A|\n)" if seen.lines_only else r"(?:\A|[\n,;])"
        pattern = re.compile(rf"{before}[ \t]*(?P<name>{alternatives})[ \t]*:{_AFTER}[ \t]*")
    layout = Layout(tuple(sorted(names, key=lambda name: (seen.places[name] / seen.counts[name], name))), pattern)
    fields = sum(len(layout.values(text)) >= FEWEST_FIELDS for text in sample)
    return layout if len(names) <= MOST_NAMES and fields >= STRUCTURED * len(sample) else None


class _Seen:
    """What a sample of questions shows: the names, where they stand, and whether there is anything but fields."""

    def __init__(self, sample: Sequence[str]) -> None:
        self.counts: Counter[str] = Counter()
        self.places: Counter[str] = Counter()
        lines = at_lines = marks = whole = twice = 0
        for text in sample:
            found = list(_LEARN.finditer(text))
            names = {one["name"].strip() for one in found}
            self.counts.update(names)
            for place, one in enumerate(found):
                self.places[one["name"].strip()] += place
                at_lines += one.start() == 0 or text[one.start() - 1] == "\n"
            marks += len(found)
            twice += len(names) < len(found)
            lines += sum(1 for line in text.split("\n") if line.strip())
            whole += bool(found) and not text[: found[0].start()].strip()
        self.lines_only = at_lines >= LINES * marks
        pieces = lines if self.lines_only else sum(len(_PIECES.split(text.strip())) for text in sample)
        covered = (at_lines if self.lines_only else marks) >= LINES * pieces
        self.pure = covered and whole >= LINES * len(sample) and twice <= 0.02 * len(sample)
