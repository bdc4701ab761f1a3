"""In which words two texts differ: both cut into the same kind of pieces, those that only one of them has marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

# A word with what may stand inside it ("don't", "12.5", "day-over-day"), a run of spaces, or a single other sign. Signs are pieces of
# their own, so that a full stop in place of a comma does not mark the word before it.
_PIECE = re.compile(r"\w+(?:[.,:'’\-−]\w+)*|\s+|[^\w\s]")
_WORD = re.compile(r"\w")
# Texts with less in common than this have no words that stayed, only words that both happen to use: marks would be noise.
ALIKE = 0.2


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
    # autojunk would take the commonest words of a long text for noise and match nothing at them
    matcher = SequenceMatcher(None, [one[at] for at in left], [two[at] for at in right], autojunk=False)
    kept_one: set[int] = set()
    kept_two: set[int] = set()
    for block in matcher.get_matching_blocks():
        kept_one.update(left[block.a : block.a + block.size])
        kept_two.update(right[block.b : block.b + block.size])
    return Difference(_segments(one, kept_one), _segments(two, kept_two), matcher.ratio())


def _segments(pieces: Sequence[str], kept: set[int]) -> tuple[Segment, ...]:
    """Neighbours of the same kind joined; the signs and spaces between two marked words are marked with them, other spaces are not."""
    marks = [bool(piece.strip()) and at not in kept for at, piece in enumerate(pieces)]
    words = [at for at, piece in enumerate(pieces) if marks[at] or _WORD.match(piece)]
    for one, two in pairwise(words):
        marks[one + 1 : two] = [marks[one] and marks[two]] * (two - one - 1)
    segments: list[Segment] = []
    for piece, mark in zip(pieces, marks, strict=True):
        if segments and segments[-1].differs == mark:
            segments[-1] = Segment(segments[-1].text + piece, mark)
        else:
            segments.append(Segment(piece, mark))
    return tuple(segments)
