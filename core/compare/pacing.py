"""How fast a run asks: as many questions at once as help, as many a second as the server allows, and pauses where it asks for them.

Pure: every method is told the time in seconds, whoever asks does the waiting.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from core.base.replies import Allowance, Quota

FIRST_AT_ONCE: Final = 8  # what a small server bears; a large one is known for that after a second
LOW: Final = (
    0.05  # of an allowance: from here on it is spread. Earlier would be wrong where it counts any one second: used is then its own rate
)
CUT: Final = 0.9  # of what seemed to be the rate, at the first refusal
NEAR: Final = 0.95  # of the rate at a refusal: it climbs back to here and stays about there, then tries for more, sooner and sooner
CLIMB: Final = 8.0  # seconds of climbing back for each second that a refusal costs, as pauses differ from 10 ms to minutes
CLIMB_S: Final = (1.0, 30.0)  # the least and the most
BORNE_S: Final = 4.0
ONE_CUT_S: Final = 1.0  # no shorter than the period that a server counts by, or one overrun would count for many
SLACK_S: Final = 0.05
SLOWEST: Final = 1 / 60  # questions a second; a server may still ask for longer pauses
HELPS: Final = 0.25  # more answers a second for twice as many questions at once, or the further ones only stand in line
SETTLED: Final = 3  # rounds until more at once is tried again


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a row is asked that meets a fault before it counts as failed, and the first wait, which doubles up to the longest.

    "Too many requests" is no fault: such a row is asked until it is answered.
    """

    tries: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0


class Pace:
    """When the next question may be asked.

    `at_once` questions may be under way; it begins at FIRST_AT_ONCE and doubles up to `most` for as long as that brings more answers a
    second. `rate` is without bound until the server refuses a question for being too many: then it is cut, once for all that was under
    way, to half-way between what was too much and what has been answered, pauses included; and it climbs again. What the server's
    headers say of a limit is kept to before it is met.
    """

    def __init__(self, most: int, patience: Patience | None = None) -> None:
        self.most = most
        self.at_once = min(FIRST_AT_ONCE, most)
        self._patience = patience or Patience()
        self._told = math.inf  # questions a second by the server's headers
        self._tokens = 0.0  # of a question with its answer, as they mostly are
        self._paused_at = self._pause_until = -math.inf
        self._next_at = -math.inf
        # since the last cut
        self._cut_at = -math.inf
        self._refused_at = math.inf  # the rate
        self._cut_to = math.inf  # of it
        self._climb = CLIMB_S[0]
        self._borne = 0  # at the first cut
        self._sent = self._refused = 0
        self._lately: deque[float] = deque()  # what was sent within the last second, until the first cut
        self._in_a_row = 0
        self._well = False
        # this round: answers to questions that filled `at_once`
        self._round_from = -math.inf
        self._times: list[float] = []
        self._before = 0  # at once, in the round before
        self._got = 0.0  # answers a second, in that round
        self._rest = 0

    def rate(self, now: float) -> float:
        """Questions a second that the server is taken to bear, as its refusals tell."""
        if self._refused_at == math.inf:
            return math.inf
        # the curve of TCP's CUBIC (RFC 9438): from the cut to NEAR in `climb` seconds, flat there, then ever steeper
        since = max(0.0, now - max(self._cut_at, self._pause_until)) / self._climb
        back = max(0.0, (NEAR - self._cut_to) / (NEAR - CUT)) ** (1 / 3)
        return max(SLOWEST, self._refused_at * (NEAR + (NEAR - CUT) * (since - back) ** 3))

    def wait(self, now: float, under_way: int) -> float | None:
        """Seconds until the next question may be asked, 0 for now; None while as many are under way as may be."""
        if under_way >= self.at_once:
            return None
        return max(0.0, self._pause_until - now, self._next_at - now)

    def paused_for(self, now: float) -> float:
        """Seconds for which the server has asked to be left alone, from now."""
        return max(0.0, self._pause_until - now)

    def sent(self, now: float) -> None:
        """A question leaves."""
        if self._sent == 0 and self._cut_at == -math.inf:
            self._cut_at = now
        self._sent += 1
        if self._refused_at == math.inf:
            self._lately.append(now)
            while self._lately[0] < now - 1:
                self._lately.popleft()
        # a place that was just missed is made up for (nobody wakes up to the millisecond), an older one is lost: no bursts
        self._next_at = max(now - SLACK_S, self._next_at) + 1 / min(self.rate(now), self._told)

    def answered(self, sent_at: float, now: float, under_way: int, allowance: Allowance | None = None, tokens: int = 0) -> None:
        """An answer came; `under_way` counts its own question."""
        self._in_a_row, self._well = 0, True
        self._tokens = tokens if not self._tokens else self._tokens + 0.1 * (tokens - self._tokens)
        self._told = self._by_headers(allowance)
        if sent_at >= self._round_from and under_way >= self.at_once:
            self._times.append(now - sent_at)
            if len(self._times) >= self.at_once:
                self._end_round(now)

    def refused(self, sent_at: float, now: float, asked_wait: float | None) -> None:
        """A question was refused for being too many; `asked_wait` are the seconds that the server names, None where it names none."""
        if sent_at >= self._paused_at:  # not those that were under way with another refused one
            self._paused_at = now
            self._in_a_row += 1
        wait = asked_wait
        if wait is None:
            wait = min(self._patience.longest_wait_s, self._patience.first_wait_s * 2.0 ** min(30, self._in_a_row - 1))
        if sent_at >= self._cut_at:
            self._refused += 1
            self._cut(now, wait, 1.0 if asked_wait is None else min(1.0, asked_wait))
        elif self._borne > 1:  # it had been taken to be borne
            self._refused_at *= 1 - 1 / self._borne
            self._borne -= 1
        self._pause_until = max(self._pause_until, now + wait)
        self._next_at = max(self._next_at, self._pause_until)

    def failed(self, now: float, wait: float) -> None:
        """The server had a fault, or did not answer: fewer at once, and no more for a while.

        Where nothing was answered since the last fault it is not one row's alone: then all wait the `wait` seconds of that row.
        """
        if not self._well:
            self._pause_until = max(self._pause_until, now + wait)
            self._next_at = max(self._next_at, self._pause_until)
        self._well = False
        self._settle(max(1, self.at_once // 2), now)

    def _cut(self, now: float, wait: float, period: float) -> None:
        borne, passed, rate = self._sent - self._refused, now - self._cut_at, self.rate(now)
        if borne <= 0:  # not even one: that tells of a pause, and nothing of a rate
            return
        if rate == math.inf:
            # of the last second alone, as it began with few; and what has been borne within less than a second is no rate yet
            borne = max(1, len(self._lately) - self._refused)
            self._refused_at, self._cut_to, self._borne = borne / max(min(passed, 1.0), period, 0.1), CUT, borne
            self._lately.clear()
        elif passed < ONE_CUT_S:
            return
        else:
            # too much was `rate`, certainly borne is what was answered with all the pauses: half-way between them. But what was borne
            # for some seconds is about right, some questions have only arrived closer together than they left: a little less is enough
            half_way = (borne / max(2.0, passed) + rate) / 2 / rate
            self._cut_to = NEAR if passed >= BORNE_S and rate < self._refused_at else min(NEAR, half_way)
            self._refused_at, self._borne = rate, 0
        self._climb = min(CLIMB_S[1], max(CLIMB_S[0], CLIMB * wait))
        self._cut_at, self._sent, self._refused = now, 0, 0

    def _by_headers(self, allowance: Allowance | None) -> float:
        if allowance is None:
            return math.inf
        by_tokens = _refill(allowance.tokens) / self._tokens if self._tokens else math.inf
        return max(SLOWEST, min(_refill(allowance.requests), by_tokens))

    def _end_round(self, now: float) -> None:
        """Compare the answers a second with those of the round before, and ask more at once if that has helped."""
        # not the mean: a line makes all answers late, a hiccup of this machine or a long answer only some
        usual = sorted(self._times)[len(self._times) // 2]
        got = self.at_once / usual if usual > 0 else math.inf
        wanted = 1 + HELPS * (self.at_once / self._before - 1) if self._before else 0.0
        if self._rest:
            self._rest -= 1
            self._before, self._got = 0, 0.0
            self._begin_round(now)
        elif got < wanted * self._got:
            self._settle(self._before, now)
        else:
            self._before, self._got = self.at_once, got
            self.at_once = min(self.most, 2 * self.at_once)
            self._begin_round(now)

    def _settle(self, at_once: int, now: float) -> None:
        self.at_once, self._rest = at_once, SETTLED
        self._before, self._got = 0, 0.0
        self._begin_round(now)

    def _begin_round(self, now: float) -> None:
        self._round_from = now
        self._times.clear()


def _refill(quota: Quota | None) -> float:
    """How much of a quota comes back in a second, where it is low; without bound while there is plenty."""
    if quota is None or quota.reset_s <= 0 or quota.left > LOW * quota.limit:
        return math.inf
    return (quota.limit - quota.left) / quota.reset_s
