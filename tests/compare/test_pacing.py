"""The pace of a run against servers of every kind, played through with a clock of its own: no thread and no waiting."""

import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from core.base.replies import Allowance, Quota
from core.compare.pacing import FIRST_AT_ONCE, Pace, Patience

# now -> (whether the question is taken, Retry-After, what the headers say)
Limit = Callable[[float], tuple[bool, float | None, Allowance | None]]


def free(now: float) -> tuple[bool, float | None, Allowance | None]:
    return True, None, None


@dataclass
class Sliding:
    """At most so many in any one second; asks for whole seconds, as Retry-After mostly does."""

    a_second: int
    asks: float | None = 1.0
    taken: deque[float] = field(default_factory=deque)

    def __call__(self, now: float) -> tuple[bool, float | None, Allowance | None]:
        while self.taken and self.taken[0] <= now - 1:
            self.taken.popleft()
        if len(self.taken) >= self.a_second:
            return False, self.asks, None
        self.taken.append(now)
        return True, None, None


@dataclass
class Calendar:
    """At most so many in each period of the clock."""

    most: int
    period: float = 1.0
    asks: float | None = 1.0
    count: int = 0
    current: float = -1.0

    def __call__(self, now: float) -> tuple[bool, float | None, Allowance | None]:
        if (now // self.period) != self.current:
            self.current, self.count = now // self.period, 0
        self.count += 1
        if self.count > self.most:
            return False, math.ceil(self.period - now % self.period) if self.asks else None, None
        return True, None, None


@dataclass
class Bucket:
    """A store that is refilled all the time, and says how full it is."""

    a_second: float
    holds: float
    tells: bool = True
    left: float = -1.0
    at: float = 0.0

    def __call__(self, now: float) -> tuple[bool, float | None, Allowance | None]:
        self.left = self.holds if self.left < 0 else min(self.holds, self.left + (now - self.at) * self.a_second)
        self.at = now
        taken = self.left >= 1
        self.left -= taken
        told = Allowance(Quota(self.holds, math.floor(self.left), (self.holds - self.left) / self.a_second)) if self.tells else None
        return taken, None if taken else (1 - self.left) / self.a_second, told


@dataclass
class Played:
    took: float
    refused: int
    most_under_way: int
    pace: Pace
    sent: list[float]


def a_fifth(under_way: int) -> float:
    return 0.2


def play(rows: int, limit: Limit, *, most: int = 48, answer_s: Callable[[int], float] = a_fifth, begin: float = 0.0) -> Played:
    """Ask so many rows as a run does: each refused one again, until all are answered."""
    pace, now, under_way, left, played = Pace(most), begin, 0, rows, Played(0, 0, 0, Pace(1), [])
    events: list[tuple[float, int, float, bool, float | None, Allowance | None]] = []
    while left or events:
        wait = pace.wait(now, under_way) if left else None
        if wait == 0:
            pace.sent(now)
            played.sent.append(now)
            taken, asks, told = limit(now)
            under_way, left = under_way + 1, left - 1
            played.most_under_way = max(played.most_under_way, under_way)
            ends = now + (answer_s(under_way) if taken else 0.01)
            heapq.heappush(events, (ends, len(played.sent), now, taken, asks, told))
            continue
        if events and (wait is None or events[0][0] <= now + wait):
            now, _, sent_at, taken, asks, told = heapq.heappop(events)
            if taken:
                pace.answered(sent_at, now, under_way, told, 30)
            else:
                pace.refused(sent_at, now, asks)
                played.refused, left = played.refused + 1, left + 1
            under_way -= 1
        else:
            assert wait is not None
            now += wait
    played.took, played.pace = now - begin, pace
    return played


def test_without_a_limit_a_thousand_answers_of_a_fifth_of_a_second_take_less_than_a_fortieth_of_the_time_one_after_the_other() -> None:
    played = play(1000, free)
    assert 200 / played.took > 38 and played.most_under_way == 48 and played.refused == 0


LIMITS: dict[str, Callable[[], Limit]] = {
    "any one second": lambda: Sliding(100),
    "any one second, no wish": lambda: Sliding(100, asks=None),
    "any one second, an exact wish": lambda: Sliding(100, asks=0.05),
    "the clock's seconds": lambda: Calendar(100),
    "the clock's seconds, no wish": lambda: Calendar(100, asks=None),
    "a store": lambda: Bucket(100, 100),
    "a silent store": lambda: Bucket(100, 100, tells=False),
    "a small store": lambda: Bucket(100, 10),
    "a small silent store": lambda: Bucket(100, 10, tells=False),
}


@pytest.mark.parametrize("begin", [0.0, 0.3, 0.85])
@pytest.mark.parametrize("limit", LIMITS)
def test_at_a_hundred_a_second_it_keeps_to_four_fifths_of_that_and_more(limit: str, begin: float) -> None:
    played = play(1000, LIMITS[limit](), begin=begin)
    assert 200 / played.took >= 14
    assert 1000 / played.took >= 80
    assert played.refused <= 100  # a tenth


@pytest.mark.parametrize("most", [3, 20, 500])
def test_a_limit_by_the_minute_is_used_without_knocking_at_the_door_all_the_time(most: int) -> None:
    played = play(6 * most, Calendar(most, period=60.0))
    assert played.took <= 60 * 8 and played.refused <= 48 * 8


def test_over_a_long_run_the_limit_stays_in_use() -> None:
    played = play(20_000, Sliding(100))
    assert 20_000 / played.took >= 85 and played.refused <= 2_000


def test_a_store_that_tells_how_full_it_is_hardly_has_to_refuse() -> None:
    played = play(2000, Bucket(100, 100))
    assert played.refused <= 40 and 2000 / played.took >= 95


def test_tokens_are_a_limit_as_requests_are() -> None:
    pace = Pace(48)
    for at in range(5):
        pace.sent(10 * at)
        # 950 of 1000 tokens are gone and come back within 95 seconds: ten a second, a question a hundred
        pace.answered(10 * at, 10 * at + 0.2, 1, Allowance(tokens=Quota(1000, 50, 95)), 100)
    pace.sent(50)
    assert pace.wait(50, 1) == pytest.approx(10, abs=0.1)


def test_a_server_that_answers_one_at_a_time_is_not_flooded() -> None:
    # each answer takes as long as the ones before it in the line: more at once bring nothing
    played = play(400, free, answer_s=lambda under_way: 0.2 * under_way)
    assert played.most_under_way <= 2 * FIRST_AT_ONCE


def test_it_begins_with_few_and_never_passes_the_most() -> None:
    pace = Pace(48)
    assert pace.wait(0, FIRST_AT_ONCE - 1) == 0 and pace.wait(0, FIRST_AT_ONCE) is None
    assert Pace(2).wait(0, 2) is None and play(100, free, most=2).most_under_way == 2


def test_a_fault_of_the_server_halves_what_is_asked_at_once() -> None:
    pace = play(1000, free).pace
    assert pace.at_once == 48
    pace.failed(10, 5)
    assert pace.at_once == 24 and pace.wait(10, 0) == 0  # the others go on
    pace.failed(10.1, 5)
    assert pace.at_once == 12 and pace.wait(10.1, 0) == pytest.approx(5)  # nothing was answered in between: it is not one row's fault


def test_the_wait_that_the_server_names_counts_for_every_question() -> None:
    pace = Pace(48)
    pace.sent(0)
    pace.refused(0, 0.1, 20)
    assert pace.wait(0.1, 0) == pytest.approx(20) and pace.paused_for(5.1) == pytest.approx(15)
    pace.refused(0, 0.2, 1)  # a shorter wish does not shorten a longer one
    assert pace.wait(0.2, 0) == pytest.approx(19.9)


def test_without_a_wish_the_waits_double_up_to_the_longest() -> None:
    pace, now, waits = Pace(1, Patience(first_wait_s=1, longest_wait_s=8)), 0.0, []
    for _ in range(6):
        pace.sent(now)
        pace.refused(now, now, None)
        waits.append(pace.paused_for(now))
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 8, 8]
