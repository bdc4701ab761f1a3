"""Two readings that stand side by side, "from 4.2 to 3.9 bar" or "812 kWh today against 640 last week": which way they say it went."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from core.base.written_numbers import WrittenNumber
from core.compare.clauses import Cuts
from core.compare.measured import ways
from core.compare.references import in_prose

_ABOUT = r"(?:(?:about|around|roughly|some|nearly|almost|just|only|sekitar|hampir)\s+)?"
_FROM = re.compile(rf"\b(?:from|dari)\s+{_ABOUT}$", re.IGNORECASE)
_TO = re.compile(rf"\b(?:to|into|menjadi|jadi|ke)\s+{_ABOUT}$", re.IGNORECASE)
_ARROW = re.compile(r"^[^.;]{0,30}(?:→|->|=>|➜)\s*$")
_BESIDE = re.compile(rf"\b(?:against|versus|vs\.?|compared\s+(?:with|to)|berbanding|dibanding\w*)\s+{_ABOUT}$", re.IGNORECASE)
_NOW = re.compile(r"[^.;\d]{0,16}\b(?:today|now|this\s+time|hari\s+ini|sekarang|kini)\b", re.IGNORECASE)
_NAMED_NOW = re.compile(r"\b(?:now|today|currently|at\s+present|sekarang|kini|hari\s+ini)\b[^.;\d]{0,16}$", re.IGNORECASE)
_WIDEST = 60  # characters between the two
_BEHIND = 32


@dataclass(frozen=True, slots=True)
class TwoReadings:
    """Two numbers from `start` to `end`, the former and the present one."""

    start: int
    end: int
    then: WrittenNumber
    now: WrittenNumber

    @property
    def way(self) -> int:
        """1 where they say that it rose, -1 that it fell, 0 neither; of the ways to read "32.441", that of like sizes counts."""
        then, now = min(product(_values(self.then), _values(self.now)), key=_apart)
        return (now > then) - (now < then)


def _values(number: WrittenNumber) -> list[float]:
    return [way.number.value for way in ways(number, number.text)]


def _apart(pair: tuple[float, float]) -> float:
    then, now = pair
    return abs(math.log(now / then)) if then > 0 < now else math.inf


def two_readings(text: str, cuts: Cuts, numbers: Sequence[WrittenNumber]) -> Iterator[TwoReadings]:
    """Neighbours among the numbers of a sentence, neither a percentage, of which the words say which one was first."""
    amounts = [one for one in numbers if not one.is_percentage]
    for first, second in pairwise(amounts):
        between = text[first.end : second.start]
        if len(between) > _WIDEST or cuts.sentence(first.start, first.end) != cuts.sentence(second.start, second.end):
            continue
        before, behind = text[max(0, first.start - _BEHIND) : first.start], text[second.end : second.end + _BEHIND]
        is_now = _NAMED_NOW.search(between) or (_NOW.match(behind) and ";" in between)
        if is_now and in_prose(before + re.split("[,;]", between)[0]) and not _NOW.search(before):
            yield TwoReadings(first.start, second.end, first, second)
            continue
        forward = (
            (_FROM.search(before) and _TO.search(between)) or _ARROW.search(between) or (_BESIDE.search(between) and _NOW.match(behind))
        )
        if forward:
            yield TwoReadings(first.start, second.end, first, second)
        elif (_TO.search(before) and _FROM.search(between)) or (_BESIDE.search(between) and in_prose(behind) and not _NOW.match(behind)):
            yield TwoReadings(first.start, second.end, second, first)
