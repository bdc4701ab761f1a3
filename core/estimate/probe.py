"""What a connection says when it is asked for its models and its trainings: two lists, nothing spent, nothing changed."""

import hashlib
import os
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Literal, TypeVar

from core.base.errors import (
    N_,
    AccessDenied,
    BadKey,
    MissingScopes,
    NeedsKey,
    NoCredit,
    NotOnServer,
    RateLimited,
    RequestRefused,
    ServerProblem,
    TrainingNotAvailable,
    TunesmithError,
    Unreachable,
)
from core.base.remote import Job, RemoteModel
from core.io.openai_calls import Client, list_jobs, list_models

T = TypeVar("T")
Key = Literal["accepted", "unneeded", "refused", "needed", "unknown"]
_Answer = tuple[tuple[T, ...] | None, ServerProblem | None]

TIMEOUT_S = 8.0  # for one answer; the client asks once more where none came
LIMIT_S = 20.0  # for both lists together: a server that drips its answer never runs into the time-out of a single read
SLOW_S = 4.0  # after this the reader is told that it takes long
FRESH_S = 60.0  # nobody is asked more often than this, unless the reader wants it
JUST_NOW_S = 1.0  # within which a click is the second of a double click
KEPT = 16  # connections and keys whose last answer is kept
LATEST = 20  # trainings, the newest first

_IN_VAIN = (Unreachable, BadKey, NeedsKey, RateLimited)  # whoever says one of these says it to the next question, too
_KNOWS_THE_KEY = (AccessDenied, NoCredit)


@dataclass(frozen=True, slots=True)
class Probe:
    """What came back: None for a list that did not come, whatever the reason.

    `reached` is whether any answer came; `scopes` what the server says the key lacks, in the server's own names; `refused` whether it said
    that this account may not train any more; `lists_jobs` False where it has no list of trainings at all, as a server that only chats.
    `seconds` is how long it took. `problems` hold the server's own words, without the key, in their details.
    """

    reached: bool
    key: Key
    scopes: tuple[str, ...] = ()
    refused: bool = False
    models: tuple[RemoteModel, ...] | None = None
    jobs: tuple[Job, ...] | None = None
    lists_jobs: bool = True
    seconds: float = 0.0
    problems: tuple[ServerProblem, ...] = ()

    @property
    def hindrance(self) -> ServerProblem | None:
        """The first problem that says nothing of what this account may do, only that it could not be learned."""
        return next((problem for problem in self.problems if not isinstance(problem, MissingScopes | TrainingNotAvailable)), None)


def probe(client: Client, *, clock: Callable[[], float] = time.monotonic) -> Probe:
    """Ask for the models and for the newest trainings; every ServerProblem becomes a part of what is found."""
    began = clock()
    models = _asked(lambda: tuple(list_models(client)))
    jobs: _Answer[Job] = (None, None)
    if not isinstance(models[1], _IN_VAIN):
        jobs = _asked(lambda: tuple(list_jobs(client, limit=LATEST)))
    absent = [_is_absent(problem) for _, problem in (models, jobs)]
    problems = tuple(problem for (_, problem), gone in zip((models, jobs), absent, strict=True) if problem is not None and not gone)
    key = _key(models[0] is not None or jobs[0] is not None, problems)
    return Probe(
        reached=not isinstance(models[1], Unreachable),
        key="unneeded" if key == "accepted" and not client.has_key else key,
        scopes=tuple(dict.fromkeys(scope for problem in problems if isinstance(problem, MissingScopes) for scope in problem.scopes)),
        refused=any(isinstance(problem, TrainingNotAvailable) for problem in problems),
        models=models[0],
        jobs=jobs[0],
        lists_jobs=not absent[1],
        seconds=clock() - began,
        problems=problems,
    )


class Asking:
    """One probe in a thread of its own, for a page that must not wait for it; `connect` makes the client that it closes afterwards.

    `before` is what the last one had found, to be shown meanwhile.
    """

    def __init__(
        self, connect: Callable[[], Client], host: str, *, before: Probe | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.before = before
        self._host = host
        self._clock = clock
        self._began = clock()
        self._found: Probe | None = None
        # a daemon: closing the app must not wait for a slow server. `connect` knows the key, and is forgotten with the thread
        self._thread = Thread(target=self._ask, args=(connect,), name="probe", daemon=True)
        self._thread.start()

    @property
    def age(self) -> float:
        """Seconds since it was begun."""
        return self._clock() - self._began

    @property
    def over(self) -> bool:
        """Whether nothing more is to be awaited."""
        return self.found is not None or not self._thread.is_alive()

    @property
    def found(self) -> Probe | None:
        """What came back, None for nothing. After LIMIT_S it is given up: then it is a probe that reached nobody."""
        if self._found is not None or self.age < LIMIT_S or not self._thread.is_alive():
            return self._found
        words = N_("{host} did not answer in time."), N_("Try again in a moment.")
        return Probe(False, "unknown", seconds=self.age, problems=(Unreachable(*words, host=self._host, timed_out=True),))

    def look(self, wait: float = 0.0) -> Probe | None:
        """What came back, for which it waits up to `wait` seconds; None while it is awaited; raises TunesmithError for our own slip."""
        if wait and self._found is None:
            self._thread.join(wait)
        ended = not self._thread.is_alive()  # before what it found, which a thread that ends between the two has left
        found = self.found
        if found is None and ended:
            raise TunesmithError()  # the thread has written its traceback
        return found

    def _ask(self, connect: Callable[[], Client]) -> None:
        try:
            client = connect()
        except ServerProblem as problem:  # no key, or one that cannot be sent
            self._found = Probe(False, _key(False, (problem,)), problems=(problem,))
            return
        with client:
            self._found = probe(client, clock=self._clock)


class Askings:
    """The last probe of each connection and key, shared by all who look: asked once a minute at most, or when the reader wants it.

    The key tells the askings apart, so that one session's answer can never be shown to a session with another key. It is a session's own
    and this outlives the session: only a hash of it is kept, with salt that nobody else has.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._salt = os.urandom(16)
        self._kept: dict[tuple[Hashable, bytes], Asking] = {}

    def begin(self, whom: Hashable, key: str, connect: Callable[[], Client], host: str, *, again: bool = False) -> Asking:
        """The probe of `whom` with this key that is under way or not a minute old, else a new one.

        With `again` a new one in any case, but for one that has only just been begun: a double click asks once. One that ended by a slip
        of our own is over.
        """
        name = self._name(whom, key)
        with self._lock:
            kept = self._kept.get(name)
            found = kept.found if kept is not None else None
            if kept is not None and kept.age < (FRESH_S if not again else JUST_NOW_S if kept.over else SLOW_S):
                return kept
            before = found if found is not None or kept is None else kept.before
            self._kept.pop(name, None)  # the newest stands last
            asking = self._kept[name] = Asking(connect, host, before=before, clock=self._clock)
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
            return asking

    def known(self, whom: Hashable, key: str) -> Probe | None:
        """What was last found of `whom` with this key; asks nobody."""
        with self._lock:
            kept = self._kept.get(self._name(whom, key))
        return None if kept is None else kept.found or kept.before

    def _name(self, whom: Hashable, key: str) -> tuple[Hashable, bytes]:
        return whom, hashlib.sha256(self._salt + key.encode()).digest()


def _asked(call: Callable[[], tuple[T, ...]]) -> _Answer[T]:
    try:
        return call(), None
    except ServerProblem as problem:
        return None, problem


def _is_absent(problem: ServerProblem | None) -> bool:
    """Whether the server says that it has no such list: 404, or 405 and 501, which some give instead."""
    return isinstance(problem, NotOnServer) or (isinstance(problem, RequestRefused) and problem.params.get("status") in (405, 501))


def _key(answered: bool, problems: tuple[ServerProblem, ...]) -> Key:
    if any(isinstance(problem, NeedsKey) for problem in problems):
        return "needed"
    if any(isinstance(problem, BadKey) for problem in problems):
        return "refused"
    return "accepted" if answered or any(isinstance(problem, _KNOWS_THE_KEY) for problem in problems) else "unknown"
