"""The work on one job, done in this process: what a second run finds done it does not do again."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.learners import Step, Training, TrainingRequest
from engine.learners.registry import Registry
from engine.lifecycle import PAUSE, change, death_in_words
from engine.results import results_file
from engine.store import Store, open_store
from engine.store.rows import NewJob
from engine.training import Workshop, _Pace, work
from engine.worker import EXIT_TAKEN, main, worker_lock
from tests.engine.fake_learner import REGISTRY, FakeLearner, FakeTraining
from tests.engine.helpers import orders

NOW = 1_800_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()


def make_job(store: Store, data: bytes, epochs: int = 3) -> str:
    source = store.temporary / "upload"
    source.write_bytes(data)
    file_id = store.files.keep(source, filename="train.jsonl", purpose="fine-tune", now=NOW).id
    asked = {"n_epochs": epochs, "batch_size": "auto", "learning_rate_multiplier": "auto"}
    wish = NewJob("fake", file_id, None, None, 1, asked, None)
    return store.jobs.create(store.jobs.prepare(store.files.path(file_id), None), wish, now=NOW).id


def shop(store: Store, job_id: str) -> Workshop:
    return Workshop(store, store.jobs.need(job_id), REGISTRY, clock=lambda: NOW)


def diary(store: Store, job_id: str) -> list[str]:
    return [event.message for event in store.events.page(job_id, after=None, limit=100).rows][::-1]


def test_validating_alone_leaves_the_job_in_the_queue(store: Store) -> None:
    job_id = make_job(store, orders(""))
    work(shop(store, job_id), only_validate=True)
    job = store.jobs.need(job_id)
    assert (job.status, job.validated) == ("queued", True)
    work(shop(store, job_id))
    assert store.jobs.status(job_id) == "succeeded"
    assert diary(store, job_id).count("Files validated, moving job to queued state") == 1


def test_a_run_that_broke_off_is_done_again_without_a_word_twice(store: Store, tmp_path: Path) -> None:
    job_id, straight = make_job(store, orders(f"raise 3 once {tmp_path / 'x'}"), 5), make_job(store, orders(""), 5)
    with pytest.raises(ArithmeticError):
        work(shop(store, job_id))
    assert store.jobs.status(job_id) == "running"
    broken_off = diary(store, job_id)
    work(shop(store, job_id))
    work(shop(store, straight))
    assert store.jobs.status(job_id) == "succeeded"
    assert diary(store, job_id)[: len(broken_off)] == broken_off
    assert [m.replace(job_id, "") for m in diary(store, job_id)[2:]] == [m.replace(straight, "") for m in diary(store, straight)[2:]]
    first, second = (store.jobs.need(each) for each in (job_id, straight))
    assert store.files.path(str(first.result_file)).read_bytes() == store.files.path(str(second.result_file)).read_bytes()


def test_a_job_that_was_cancelled_before_its_worker_came_is_not_trained(store: Store) -> None:
    job_id = make_job(store, orders(""))
    store.jobs.move(job_id, "cancelled", only_from=("validating_files",))
    work(shop(store, job_id))
    assert store.jobs.status(job_id) == "cancelled"
    assert store.models.offered() == []


def test_a_pause_in_the_very_last_moment_is_a_pause(store: Store) -> None:
    job_id = make_job(store, orders("free"))
    paused = []

    class PausedWhileSaving(FakeTraining):
        def save(self, folder: Path) -> None:
            super().save(folder)
            paused.append(change(store, job_id, PAUSE, now=NOW))

    class Learner(FakeLearner):
        def start(self, request: TrainingRequest) -> Training:
            return PausedWhileSaving(request)

    work(Workshop(store, store.jobs.need(job_id), Registry({"fake": Learner}), clock=lambda: NOW))
    assert paused == [True]
    assert store.jobs.status(job_id) == "paused"
    assert store.models.offered() == []
    assert "The job has successfully completed" not in diary(store, job_id)


def test_loading_a_model_does_not_count_as_the_pace_of_its_steps() -> None:
    moments = iter((130.0, 130.0, 132.0, 134.0, 136.0))
    pace = _Pace(lambda: next(moments))
    assert pace.finish(Step(1, 10, {}, origin="before")) is None
    assert pace.finish(Step(4, 10, {}, origin="again")) is None, "half a minute of loading says nothing of the steps to come"
    assert pace.finish(Step(4, 10, {}, checkpoint=True)) is None, "the same step once more, as a checkpoint"
    assert [pace.finish(Step(number, 10, {})) for number in (5, 6, 7)] == [142, 142, 142]


def test_a_second_worker_on_one_job_gives_way(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = make_job(store, orders(""))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with worker_lock(store.jobs.folder(job_id)):
            held.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(5)
    try:
        assert main(["--home", str(store.home), "--job", job_id], REGISTRY, patience=0.1) == EXIT_TAKEN
    finally:
        done.set()
        holder.join()
    assert store.jobs.status(job_id) == "validating_files"
    assert "Another worker holds" in capsys.readouterr().err


def test_a_result_file_has_empty_cells_where_nothing_was_measured() -> None:
    import base64

    steps = [
        {"step": 1, "total_steps": 2, "train_loss": 0.5, "train_mean_token_accuracy": 0.1},
        {"step": 2, "total_steps": 2, "train_loss": 0.25, "valid_loss": 0.3, "full_valid_loss": 0.4},
    ]
    text = base64.b64decode(results_file(steps)).decode()
    assert text.splitlines() == [
        "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss",
        "1,0.5,0.1,,,",
        "2,0.25,,0.3,,0.4",
    ]


@pytest.mark.parametrize(
    ("returncode", "line", "words"),
    [
        (-9, "", "It was killed by signal 9, which is often the system's answer to a lack of memory."),
        (-15, "noise", "It was killed by signal 15."),
        (1, "MemoryError", "It stopped with: MemoryError"),
        (3, "", "It stopped with exit status 3."),
        (None, "", "It ended without a word."),
    ],
)
def test_a_death_is_told_in_words(returncode: int | None, line: str, words: str) -> None:
    assert death_in_words(returncode, line) == words
