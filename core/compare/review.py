"""A reviewer's judgement of free-text answers, row by row, what it amounts to, and what is worth a second look."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from core.base.grounding import COUNTED, may_come_from
from core.base.readings import parse_reading
from core.base.written_numbers import WrittenNumber, numbers_in

Verdict = Literal["before", "after", "both", "neither"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_TIMES = re.compile(r"(second|minute|hour|day|week|month|year)s?|detik|menit|jam|hari|minggu|bulan|tahun")


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


def unexplained(answer: str, question: str) -> tuple[str, ...]:
    """The numbers of an answer that do not stand in the reading that was asked, rounded or not; none where the question is no reading.

    Counts below ten and times ("within 24 hours") are how people speak of any reading, and are passed over.
    """
    reading = parse_reading(question)
    if reading is None:
        return ()
    odd = (one for one in numbers_in(answer) if not may_come_from(one, reading) and not _is_said_anyway(one))
    return tuple(dict.fromkeys(one.text for one in odd))


def _is_said_anyway(number: WrittenNumber) -> bool:
    return bool(_TIMES.fullmatch(number.unit)) or (not number.decimals and abs(number.value) < COUNTED and not number.is_percentage)
