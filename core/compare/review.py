"""A reviewer's judgement of free-text answers, row by row, and what it amounts to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal["before", "after", "both", "neither"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of `total` rows were judged, and how."""

    total: int
    before: int
    after: int
    both: int
    neither: int

    @property
    def judged(self) -> int:
        return self.before + self.after + self.both + self.neither


def tally(judgements: Mapping[int, str], rows: int) -> Tally:
    """Count judgements by row; a word of another version counts as not judged."""
    counts = Counter(judgements.values())
    return Tally(rows, *(counts[word] for word in VERDICTS))


def judged(stored: object) -> dict[int, str]:
    """The judgements as they were stored (JSON knows text keys alone); what makes no sense is left out."""
    if not isinstance(stored, Mapping):
        return {}
    return {int(row): word for row, word in stored.items() if str(row).isdigit() and word in VERDICTS}
