"""In which words two texts differ: both cut into the same kind of pieces, those that only one of them has marked."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from operator import itemgetter

from rapidfuzz.distance import LCSseq

# A word with what may stand inside it ("don't", "12.5", "day-over-day"), a run of spaces, or a single other sign. Signs are pieces of
# their own, so that a full stop in place of a comma does not mark the word before it.
_PIECE = re.compile(r"\w+(?:[.,:'’\-−]\w+)*|\s+|[^\w\s]")
_WORD = re.compile(r"\w")
# Texts with less in common than this have no words that stayed, only words that both happen to use: marks would be noise.
ALIKE = 0.2
# Texts of so many pieces are matched by their longest stretches in common, which reads best and takes, at worst, the cube of the length;
# longer ones by the most pieces in common, window by window, so that a text of a megabyte that repeats itself takes seconds, not years.
SHORT = 400
WINDOW = 4_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text, and whether the other text lacks it."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """Two texts cut into segments, which joined give them back exactly; `alike` is the share of pieces in common, 0 to 1."""

    first: tuple[Segment, ...]
    second: tuple[Segment, ...]
    alike: float

    @property
    def same(self) -> bool:
        """Whether the texts differ in nothing but spacing."""
        return not any(one.differs for one in (*self.first, *self.second))


def difference(first: str, second: str) -> Difference:
    """Compare two texts word by word; case and signs count, spacing does not."""
    one, two = _PIECE.findall(first), _PIECE.findall(second)
    left, right = [at for at, piece in enumerate(one) if piece.strip()], [at for at, piece in enumerate(two) if piece.strip()]
    blocks = _in_common([one[at] for at in left], [two[at] for at in right])
    kept_one: set[int] = set()
    kept_two: set[int] = set()
    for a, b, size in blocks:
        kept_one.update(left[a : a + size])
        kept_two.update(right[b : b + size])
    kept, total = sum(size for _, _, size in blocks), len(left) + len(right)
    return Difference(_segments(one, kept_one), _segments(two, kept_two), 2 * kept / total if total else 1.0)


def _in_common(one: Sequence[str], two: Sequence[str]) -> list[tuple[int, int, int]]:
    """Stretches in common, in order: where they begin in each, and how long they are."""
    head = next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    rest = min(len(one), len(two)) - head
    tail = next((at for at in range(rest) if one[-1 - at] != two[-1 - at]), rest)
    first, second = one[head : len(one) - tail], two[head : len(two) - tail]
    blocks = [(0, 0, head)] if head else []
    if len(first) <= SHORT and len(second) <= SHORT:
        # autojunk would take the commonest words of a long text for noise and match nothing at them
        found = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
        blocks += [(head + block.a, head + block.b, block.size) for block in found if block.size]
    else:
        blocks += [(head + a, head + b, size) for a, b, size in _by_windows(first, second)]
    return [*blocks, (len(one) - tail, len(two) - tail, tail)] if tail else blocks


def _by_windows(first: Sequence[str], second: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """The most pieces in common, a window at a time; each window begins where the last one's common pieces ended, so that what was put in
    or left out moves the rest along."""
    a = b = 0
    while a < len(first) and b < len(second):
        steps = LCSseq.opcodes(first[a : a + WINDOW], second[b : b + WINDOW])
        equal = [(step.src_start, step.dest_start, step.src_end - step.src_start) for step in steps if step.tag == "equal"]
        yield from ((a + one, b + two, size) for one, two, size in equal)
        ends = (equal[-1][0] + equal[-1][2], equal[-1][1] + equal[-1][2]) if equal else (0, 0)
        # with next to nothing in common a window is left behind whole: each step goes on by half a window at least
        a, b = (a + ends[0], b + ends[1]) if max(ends) >= WINDOW // 2 else (a + WINDOW, b + WINDOW)


def _segments(pieces: Sequence[str], kept: set[int]) -> tuple[Segment, ...]:
    """Neighbours of the same kind joined; the signs and spaces between two marked words are marked with them, other spaces are not."""
    marks = [bool(piece.strip()) and at not in kept for at, piece in enumerate(pieces)]
    words = [at for at, piece in enumerate(pieces) if marks[at] or _WORD.match(piece)]
    for one, two in pairwise(words):
        marks[one + 1 : two] = [marks[one] and marks[two]] * (two - one - 1)
    runs = groupby(zip(pieces, marks, strict=True), key=itemgetter(1))
    return tuple(Segment("".join(piece for piece, _ in run), mark) for mark, run in runs)
