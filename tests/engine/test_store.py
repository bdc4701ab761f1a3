"""What the engine remembers: pages, guarded changes of status, and folders that appear whole or not at all."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.learners import HYPERPARAMETERS
from engine.store import Store, open_store
from engine.store.database import SCHEMA, VERSION, NewerStore
from engine.store.rows import NewJob, StoredJob

NOW = 1_800_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()


def add_file(store: Store, data: bytes = b"{}\n", name: str = "train.jsonl") -> str:
    source = store.temporary / "upload"
    source.write_bytes(data)
    return store.files.keep(source, filename=name, purpose="fine-tune", now=NOW).id


def add_job(store: Store, **more: object) -> StoredJob:
    wish = {
        "suffix": None,
        "seed": 1,
        "asked": dict.fromkeys(HYPERPARAMETERS, "auto"),
        "metadata": None,
        "validation_file": None,
        **more,
    }
    file_id = add_file(store)
    job = NewJob(model="fake", training_file=file_id, **wish)  # type: ignore[arg-type]
    return store.jobs.create(store.jobs.prepare(store.files.path(file_id), None), job, now=NOW)


def test_what_was_written_is_there_after_reopening(store: Store) -> None:
    job = add_job(store, metadata={"a": "\u00e9 \U0001f600"}, suffix="mine")
    store.events.add(job.id, "hello", now=NOW, data={"step": 1})
    again = open_store(store.home)
    try:
        assert again.jobs.need(job.id) == job
        assert again.events.page(job.id, after=None, limit=5).rows[0].data == {"step": 1}
        assert again.files.get(job.training_file) == store.files.get(job.training_file)
    finally:
        again.close()


def test_a_model_is_named_like_openais(store: Store) -> None:
    with_suffix, without = add_job(store, suffix="mine"), add_job(store)
    assert with_suffix.model_name() == f"ft:fake:local:mine:{with_suffix.id[6:18]}"
    assert without.model_name(3) == f"ft:fake:local::{without.id[6:18]}:ckpt-step-3"


def test_a_status_changes_only_from_where_it_may(store: Store) -> None:
    job = add_job(store)
    assert not store.jobs.move(job.id, "succeeded", only_from=("running",))
    assert store.jobs.status(job.id) == "validating_files"
    assert store.jobs.move(job.id, "failed", only_from=("validating_files",), error={"code": "x", "message": "y"}, finished_at=NOW)
    failed = store.jobs.need(job.id)
    assert (failed.is_final, failed.error, failed.finished_at) == (True, {"code": "x", "message": "y"}, NOW)
    assert [open_job.id for open_job in store.jobs.open()] == []


def test_of_two_who_change_a_status_at_once_one_wins(store: Store) -> None:
    job = add_job(store)
    other = open_store(store.home)
    won: list[bool] = []
    begin = threading.Barrier(2)

    def change(mine: Store, status: str) -> None:
        begin.wait()
        won.append(mine.jobs.move(job.id, status, only_from=("validating_files",)))

    threads = [threading.Thread(target=change, args=args) for args in ((store, "queued"), (other, "cancelled"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(won) == [False, True]


def test_a_line_with_a_key_is_written_once(store: Store) -> None:
    job = add_job(store)
    assert store.events.add(job.id, "Step 1", key="step:1", now=NOW)
    assert not store.events.add(job.id, "Step 1 again", key="step:1", now=NOW)
    assert store.events.add(job.id, "paused", now=NOW) and store.events.add(job.id, "paused", now=NOW)
    assert [event.message for event in store.events.page(job.id, after=None, limit=9).rows] == ["paused", "paused", "Step 1"]


def test_events_are_paged_by_cursor_while_new_ones_arrive(store: Store) -> None:
    job = add_job(store)
    for number in range(5):
        store.events.add(job.id, str(number), now=NOW)
    first = store.events.page(job.id, after=None, limit=2)
    store.events.add(job.id, "late", now=NOW)
    second = store.events.page(job.id, after=first.rows[-1].id, limit=2)
    third = store.events.page(job.id, after=second.rows[-1].id, limit=2)
    assert [[event.message for event in page.rows] for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert [page.has_more for page in (first, second, third)] == [True, True, False]
    with pytest.raises(KeyError):
        store.events.page(add_job(store).id, after=first.rows[0].id, limit=2)


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    job = add_job(store)
    with pytest.raises(RuntimeError), store.database.transaction():
        store.events.add(job.id, "never", now=NOW)
        store.jobs.move(job.id, "queued", only_from=("validating_files",))
        raise RuntimeError
    assert store.jobs.status(job.id) == "validating_files"
    assert store.events.page(job.id, after=None, limit=5).rows == []


def test_a_model_that_was_half_written_is_not_there(store: Store) -> None:
    job = add_job(store)

    def breaks(folder: Path) -> None:
        (folder / "weights").write_bytes(b"half")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        store.models.save(job, "final", None, breaks, now=NOW)
    assert store.models.get(job.model_name()) is None
    written: list[Path] = []
    model = store.models.save(job, "final", None, written.append, now=NOW)
    store.models.add(model)
    assert not (store.models.path(model) / "weights").exists()
    assert (store.models.path(model) / "manifest.json").exists()
    store.models.save(job, "final", None, written.append, now=NOW)
    assert len(written) == 1, "a model that is there is not written again"


def test_only_the_last_three_checkpoints_are_kept(store: Store) -> None:
    job = add_job(store)
    for step in (2, 4, 6, 8, 4):  # a restarted training comes by step 4 again
        model = store.models.save(job, "checkpoint", step, lambda folder: None, now=NOW)
        store.models.add(model)
        store.checkpoints.add(model, step, {"step": step})
        for superfluous in store.checkpoints.superfluous(job.id):
            store.models.delete(superfluous)
    assert [checkpoint.step for checkpoint in store.checkpoints.page(job.id, after=None, limit=9).rows] == [8, 6, 4]
    assert sorted(path.name for path in (store.home / "models" / job.id).iterdir()) == ["ckpt-step-4", "ckpt-step-6", "ckpt-step-8"]


def test_the_untaught_state_goes_with_the_last_taught_one(store: Store) -> None:
    job = add_job(store)
    for kind, step in (("before", 0), ("checkpoint", 1)):
        store.models.add(store.models.save(job, kind, step, lambda folder: None, now=NOW))
    assert store.models.drop_lone_before(job.id) == []
    assert store.models.delete(job.model_name(1)) == [job.model_name(1), job.model_name(0)]
    assert store.models.get(job.model_name(0)) is None


def test_what_a_crash_left_is_tidied_and_nothing_else(store: Store) -> None:
    open_job, done = add_job(store), add_job(store)
    store.jobs.move(done.id, "failed", only_from=("validating_files",))
    kept = store.models.save(done, "final", None, lambda folder: None, now=NOW)
    store.models.add(kept)
    leftovers = [
        store.temporary / "half.upload",
        store.home / "files" / "file-nobody",
        store.home / "models" / done.id / ".ckpt-step-3.half",
        store.home / "jobs" / "ftjob-nobody",
        store.temporary / "pace-abc",  # a measurement's, whose engine was killed
        store.jobs.folder(done.id) / "lora" / "checkpoints",
    ]
    for path in leftovers[:2]:
        path.write_bytes(b"x")
    for path in leftovers[2:]:
        path.mkdir(parents=True)
        (path / "something").write_bytes(b"x")
    stays = [store.jobs.folder(done.id) / "lora" / "train.log", store.jobs.folder(open_job.id) / "lora" / "checkpoints" / "checkpoint-1"]
    for path in stays:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    store.tidy()
    assert [path for path in leftovers if path.exists()] == []
    assert all(path.exists() for path in stays)
    assert store.models.path(kept).exists() and store.files.path(done.training_file).exists()
    assert (store.jobs.folder(open_job.id) / "training.jsonl").exists()
    assert not (store.jobs.folder(done.id) / "training.jsonl").exists()


def test_a_store_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "engine.db")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(NewerStore, match=f"format {VERSION + 1}; this one reads {VERSION}"):
        open_store(tmp_path)


def test_a_store_of_the_first_version_keeps_its_jobs(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "engine.db")
    for statement in SCHEMA:
        connection.execute(statement)
    columns = "id, status, model, training_file, seed, asked, created_at"
    connection.execute(f"INSERT INTO jobs ({columns}) VALUES ('ftjob-old', 'succeeded', 'recall', 'file-1', 7, '{{}}', 1)")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    for _ in range(2):  # the second time there is nothing left to change
        store = open_store(tmp_path)
        assert store.jobs.need("ftjob-old").method == "supervised"
        store.close()
