"""The line of jobs: one trains at a time in a worker process, the others are validated and wait; no lost process leaves a job hanging."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from engine.lifecycle import STOPPING, WAITING, clear_away, death_in_words, engine_closes, engine_died, settle_pause, worker_died
from engine.processes import Adopted, last_line
from engine.store import Store
from engine.store.rows import StoredJob
from engine.worker import EXIT_DIED, EXIT_TAKEN

_LAST_WORD = 2.0  # seconds between asking a process to end and ending it


class Worker(Protocol):
    """A process that works on one job."""

    def wait(self) -> int | None:
        """Block until it has ended; its exit status, where that can be known."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it."""
        ...


Spawn = Callable[[Store, StoredJob, bool], Worker]  # True: only validate the job's files


@dataclass(eq=False)
class _Hand:
    """A worker at work; `warned` once its job was cancelled or paused."""

    worker: Worker
    only_validates: bool
    warned: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def ends_within(self, seconds: float) -> bool:
        """Wait for its end, but not for ever."""
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except TimeoutError:
            return False
        return True


class Queue:
    """Starts workers, watches them and settles what they leave behind; `on_end` is called whenever one has ended."""

    def __init__(
        self,
        store: Store,
        spawn: Spawn,
        *,
        grace: float = 3.0,
        pause_grace: float | None = None,
        clock: Callable[[], float] = time.time,
        on_end: Callable[[StoredJob], None] = lambda job: None,
    ) -> None:
        self._store = store
        self._spawn = spawn
        self._grace = grace
        self._pause_grace = grace if pause_grace is None else pause_grace
        self._clock = clock
        self._on_end = on_end
        self._survivors: list[tuple[StoredJob, Adopted]] = []
        self._hands: dict[str, _Hand] = {}
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_idle(self) -> bool:
        """Nothing is being worked on (a paused job does not count)."""
        return not self._hands

    def recover(self) -> None:
        """After a start, before anybody calls: find the workers that outlived the last engine, settle the jobs whose workers did not."""
        for job in self._store.jobs.open():
            adopted = Adopted.find(self._store, job)
            if adopted is not None:
                self._survivors.append((job, adopted))
            elif job.status == "pausing":
                settle_pause(self._store, job.id, now=self._now())
            elif job.status == "running":
                engine_died(self._store, job.id, now=self._now())
        if not self._survivors:
            self._store.tidy()

    def wake(self) -> None:
        """Look again now; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._changed.set)

    def close(self) -> None:
        """Let `run` end: running workers are ended, and their jobs go back to the line."""
        self._closing.set()
        self._changed.set()

    async def run(self) -> None:
        """Work until `close`. Every turn looks at the store anew, so that nothing hangs on a message that was lost.

        An error in here ends it with that error: an engine that no longer watches its jobs must stop, and start afresh.
        """
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as tasks:
                for job, worker in self._survivors:
                    self._take(job, worker, False, tasks)
                while not self._closing.is_set():
                    self._changed.clear()
                    await self._turn(tasks)
                    await self._changed.wait()
                for hand in self._hands.values():
                    tasks.create_task(self._end(hand))
        finally:
            for hand in self._hands.values():  # none, unless this ends with an error: then their threads must not be waited for
                hand.worker.kill()

    async def _turn(self, tasks: asyncio.TaskGroup) -> None:
        line = [job for job in self._store.jobs.open() if job.status != "pausing"]
        line.sort(key=lambda job: job.status != "running")  # stable: what had begun goes first, then by age
        # the first in line trains, and is waited for where its files are still being validated: nobody overtakes
        if line and line[0].id not in self._hands and all(hand.only_validates for hand in self._hands.values()):
            await self._start(line[0], False, tasks)
        if not any(hand.only_validates for hand in self._hands.values()):
            unchecked = next((job for job in line if job.status == "validating_files" and job.id not in self._hands), None)
            if unchecked is not None:
                await self._start(unchecked, True, tasks)
        for job_id, hand in self._hands.items():
            if not hand.warned and self._store.jobs.status(job_id) in STOPPING:
                hand.warned = True
                tasks.create_task(self._insist(job_id, hand))

    async def _start(self, job: StoredJob, only_validate: bool, tasks: asyncio.TaskGroup) -> None:
        try:
            worker = await asyncio.to_thread(self._spawn, self._store, job, only_validate)
        except OSError as error:  # no memory, no more processes, no more files
            worker_died(self._store, job.id, f"It could not be started: {error.strerror}.", now=self._now())
            self._changed.set()
        else:
            self._take(job, worker, only_validate, tasks)

    def _take(self, job: StoredJob, worker: Worker, only_validates: bool, tasks: asyncio.TaskGroup) -> None:
        hand = self._hands[job.id] = _Hand(worker, only_validates)
        tasks.create_task(self._watch(job.id, hand))

    async def _watch(self, job_id: str, hand: _Hand) -> None:
        returncode = await asyncio.to_thread(hand.worker.wait)
        self._settle(job_id, hand, returncode)
        if self._store.jobs.need(job_id).is_final:
            await asyncio.to_thread(self._store.jobs.clear_out, job_id)  # only now: while it works it writes there
        del self._hands[job_id]
        hand.ended.set()
        self._on_end(self._store.jobs.need(job_id))
        self._changed.set()

    def _settle(self, job_id: str, hand: _Hand, returncode: int | None) -> None:
        store, job, now = self._store, self._store.jobs.need(job_id), self._now()
        if job.is_final:
            clear_away(store, job_id)
        elif job.status == "pausing":
            settle_pause(store, job_id, now=now)
        elif self._closing.is_set():
            engine_closes(store, job_id, now=now)
        elif job.status == "paused" or hand.warned or returncode == EXIT_TAKEN:
            pass  # stopped as asked, and perhaps resumed since; or somebody else is at it
        elif job.status in WAITING and not returncode:
            pass  # its files are in order; or it was paused and resumed in one breath
        else:
            last = last_line(store, job_id)
            worker_died(store, job_id, last if returncode == EXIT_DIED else death_in_words(returncode, last), now=now)

    async def _insist(self, job_id: str, hand: _Hand) -> None:
        """A worker notices a cancel or a pause at its next step; one that takes too long over it is ended.

        A pause may take longer: what was learned since the last checkpoint is being written down.
        """
        # "paused" already where the worker was quicker than this look: it still waits for the training to write itself down
        pausing = not hand.only_validates and self._store.jobs.status(job_id) in ("pausing", "paused")
        if await hand.ends_within(self._pause_grace if pausing else self._grace):
            return
        if self._store.jobs.status(job_id) in STOPPING:
            await self._end(hand)
        else:
            hand.warned = False  # the pause was taken back

    async def _end(self, hand: _Hand) -> None:
        hand.worker.terminate()
        if not await hand.ends_within(_LAST_WORD):
            hand.worker.kill()

    def _now(self) -> int:
        return int(self._clock())
