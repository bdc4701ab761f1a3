"""The sentences and clauses of a text: what stands together is said of the same thing."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

_SENTENCE = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)|[\n\r]+")
# "and" and a comma part two statements, except in "1.234,5" and "12, 13 and 14"; so does a dash between spaces
_CLAUSE = re.compile(
    r"[.,:;!?](?=\s|$)|[\n()—]|\s[–-]\s"
    r"|\b(?:and|(?<!anything\s)(?<!nothing\s)but|or|while|whereas|yet|though|although|because|since(?=\s+(?:it|the\s+\w+\s+(?:is|was)|this)\b)|which|so(?=\s+(?:that|the|it|ask)\b)"
    r"|dan|tetapi|tapi|namun|sedangkan|atau|karena|sehingga|meskipun|walaupun|padahal|yang)\b",
    re.IGNORECASE,
)
# A full stop behind one of these ends no sentence.
_SHORT = re.compile(
    r"(?:\b(?:e\.g|i\.e|approx|vs|no|nr|dr|mr|mrs|ms|prof|st|etc|fig|cf|ca|dll|dsb|dst|yth|jl|hlm|bpk)|\b[A-Za-z])\.$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text, from `start` to `end`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The part itself."""
        return text[self.start : self.end]


class Cuts:
    """Where a text is cut; found once, asked often."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._sentences = [found.span() for found in _SENTENCE.finditer(text) if not _is_short(text, found)]
        self._clauses = sorted({*self._sentences, *(found.span() for found in _CLAUSE.finditer(text) if not _is_short(text, found))})

    def sentence(self, start: int, end: int) -> Stretch:
        """The sentence around a place."""
        return _around(self._sentences, start, end, self._length)

    def clause(self, start: int, end: int) -> Stretch:
        """The clause around a place."""
        return _around(self._clauses, start, end, self._length)

    def clauses(self) -> list[Stretch]:
        """All clauses, in order."""
        starts = [0, *(end for _, end in self._clauses)]
        ends = [*(start for start, _ in self._clauses), self._length]
        return [Stretch(start, end) for start, end in zip(starts, ends, strict=True) if end > start]


def sentences(text: str) -> list[str]:
    """The sentences of a text: a line's end ends one, the point of an abbreviation, a number or a list mark does not."""
    out, start = [], 0
    for found in _SENTENCE.finditer(text):
        if _is_short(text, found) or _is_list_mark(text, start, found):
            continue
        out.append(text[start : found.end()])
        start = found.end()
    out.append(text[start:])
    return [piece.strip() for piece in out if re.search(r"\w", piece)]


def _around(cuts: list[tuple[int, int]], start: int, end: int, length: int) -> Stretch:
    before = bisect_right(cuts, start, key=lambda cut: cut[1]) - 1
    after = bisect_left(cuts, end, key=lambda cut: cut[0])
    return Stretch(cuts[before][1] if before >= 0 else 0, cuts[after][0] if after < len(cuts) else length)


def _is_short(text: str, found: re.Match[str]) -> bool:
    if found[0][:1] != "." or len(found[0]) > 1:
        return False
    return bool(_SHORT.search(text, max(0, found.start() - 8), found.end())) and not text[found.end() :].startswith("\n")


def _is_list_mark(text: str, start: int, found: re.Match[str]) -> bool:
    return found[0][:1] == "." and bool(re.fullmatch(r"\s*\(?\d{1,3}", text[start : found.start()]))
