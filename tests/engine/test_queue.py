"""The line of jobs with workers that do as the test says: how long they are waited for, and what is cleared away behind them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.__main__ import making_room
from engine.learners import HYPERPARAMETERS
from engine.learners.registry import Registry
from engine.lifecycle import CANCEL, PAUSE, change, settle_pause
from engine.queue import Queue
from engine.store import Store, open_store
from engine.store.rows import NewJob, StoredJob

NOW = 1_800_000_000


class Busy:
    """A worker that works until it is told to end."""

    def __init__(self) -> None:
        self.ended, self.terminated = threading.Event(), False

    def wait(self) -> int:
        self.ended.wait(30)
        return 0

    def terminate(self) -> None:
        self.terminated = True
        self.ended.set()

    def kill(self) -> None:
        self.ended.set()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()


def add_job(store: Store) -> StoredJob:
    data = store.temporary / "data"
    data.write_bytes(b"{}\n")
    asked = dict.fromkeys(HYPERPARAMETERS, "auto")
    wish = NewJob(model="m", method="supervised", training_file="f", validation_file=None, suffix=None, seed=1, asked=asked, metadata=None)
    return store.jobs.create(store.jobs.prepare(data, None), wish, now=NOW)


def half_done(store: Store, job_id: str) -> tuple[Path, Path]:
    """What a training under way has in its folder: a checkpoint, and its log."""
    checkpoint, log = (store.jobs.folder(job_id) / "lora" / name for name in ("checkpoints/checkpoint-1/optimizer.pt", "train.log"))
    checkpoint.parent.mkdir(parents=True)
    for path in (checkpoint, log):
        path.write_bytes(b"x")
    return checkpoint, log


def at_work(store: Store, then: Callable[[Queue, Busy], None]) -> None:
    """Run a queue whose one worker trains, do something, and let all end."""

    async def run() -> None:
        worker, started = Busy(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def spawn(store: Store, job: StoredJob, only_validate: bool) -> Busy:
            store.jobs.move(job.id, "running", only_from=("validating_files", "queued"))
            loop.call_soon_threadsafe(started.set)
            return worker

        queue = Queue(store, spawn, grace=0.05, pause_grace=20)
        running = asyncio.create_task(queue.run())
        await asyncio.wait_for(started.wait(), 30)
        try:
            await asyncio.to_thread(then, queue, worker)
        finally:
            worker.ended.set()
            queue.close()
            await running

    asyncio.run(run())


def test_a_training_that_writes_itself_down_is_waited_for_though_its_job_is_paused_already(store: Store) -> None:
    job = add_job(store)

    def pause(queue: Queue, worker: Busy) -> None:
        assert change(store, job.id, PAUSE, now=NOW) and settle_pause(store, job.id, now=NOW)
        queue.wake()
        assert not worker.ended.wait(1) and not worker.terminated

    at_work(store, pause)
    assert store.jobs.status(job.id) == "paused"


def test_a_cancelled_training_is_not_waited_for_and_leaves_only_its_log(store: Store) -> None:
    job = add_job(store)
    checkpoint, log = half_done(store, job.id)

    def cancel(queue: Queue, worker: Busy) -> None:
        assert change(store, job.id, CANCEL, now=NOW)
        assert checkpoint.exists(), "it is still written to"
        queue.wake()
        assert worker.ended.wait(20) and worker.terminated

    at_work(store, cancel)
    assert log.exists() and not checkpoint.parent.parent.exists()


def test_a_paused_job_keeps_its_checkpoints_until_it_is_cancelled(store: Store) -> None:
    job = add_job(store)
    checkpoint, log = half_done(store, job.id)
    assert change(store, job.id, PAUSE, now=NOW) and store.jobs.status(job.id) == "paused"
    store.tidy()
    assert checkpoint.exists()
    assert change(store, job.id, CANCEL, now=NOW)
    assert log.exists() and not checkpoint.parent.parent.exists()


def test_before_a_training_the_memory_of_its_base_is_given_back_and_a_measurement_ends(store: Store) -> None:
    job, said = add_job(store), list[str]()

    class Paces:
        def stop(self) -> None:
            said.append("stop")

    class Models:
        def let_go(self, name: str) -> bool:
            said.append(f"let go {name}")
            return True

    begin = making_room(lambda store, job, only_validate: Busy(), Paces(), Registry({}, Models()))  # type: ignore[arg-type]
    begin(store, job, True)
    assert said == []
    begin(store, job, False)
    assert said == ["stop", "let go m"]
