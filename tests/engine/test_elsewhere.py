"""What a training keeps outside its job's folder is gone when the job is over, wherever it is, and nothing else is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.base.types import Example, Message
from engine import elsewhere
from engine.elsewhere import NOTE, forget, note_down
from engine.learners import TrainingRequest
from engine.learners.lora import LoraLearner
from engine.lora.desk import Desk
from engine.lora.importing import import_folder
from engine.lora.library import Library
from engine.lora.plan import TrainPlan
from engine.store import Store, open_store
from tests.engine.small_models import make_folder
from tests.engine.test_store import NOW, add_job
from tests.servers.fake_hub import eventually


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()


def keep(folder: Path) -> Path:
    (folder / "checkpoints" / "checkpoint-5").mkdir(parents=True)
    (folder / "checkpoints" / "checkpoint-5" / "optimizer.pt").write_bytes(b"x" * 1000)
    return folder


def test_a_job_that_is_over_leaves_nothing_elsewhere(store: Store, tmp_path: Path) -> None:
    job, shared = add_job(store).id, tmp_path / "shared"
    mine, other = keep(shared / job), keep(shared / "ftjob-other")
    learners = store.jobs.folder(job) / "lora"
    note_down(learners, str(mine))
    (learners / "train.log").write_text("small")
    store.jobs.clear_out(job)
    assert not mine.exists() and other.exists()
    assert [path.name for path in learners.iterdir()] == ["train.log"]
    store.jobs.clear_out(job)


def test_what_was_not_removed_then_is_when_the_engine_starts(store: Store, tmp_path: Path) -> None:
    over, open_one = add_job(store).id, add_job(store).id
    places = {job: keep(tmp_path / "shared" / job) for job in (over, open_one)}
    for job, place in places.items():
        note_down(store.jobs.folder(job) / "lora", str(place))
    store.jobs.move(over, "cancelled", only_from=("validating_files",), finished_at=NOW)
    store.tidy()
    assert not places[over].exists() and places[open_one].exists()


def test_only_a_place_that_bears_the_jobs_name_is_removed(tmp_path: Path) -> None:
    precious, job = keep(tmp_path / "precious"), tmp_path / "jobs" / "ftjob-1"
    note_down(job / "lora", str(precious))
    forget([job])
    (job / "lora" / NOTE).write_bytes(b"\xff\xfe")
    forget([job])
    assert precious.exists()


@pytest.mark.parametrize("again", [False, True])
def test_what_lies_at_an_address_is_removed_too(tmp_path: Path, again: bool) -> None:
    pytest.importorskip("fsspec", reason="needs the pack: python3 start.py test --with-lora")
    place, job = keep(tmp_path / "bucket" / "ftjob-1"), tmp_path / "jobs" / "ftjob-1"
    note_down(job / "lora", f"file://{place}")
    if again:
        place.rename(tmp_path / "gone")
    forget([job])
    eventually(lambda: not (job / "lora" / NOTE).exists())
    assert not place.exists()


def test_an_address_that_cannot_be_reached_keeps_nobody_and_is_tried_again(tmp_path: Path) -> None:
    job = tmp_path / "jobs" / "ftjob-1"
    note_down(job / "lora", "nosuchstore://bucket/ftjob-1")
    forget([job])
    log = job / "lora" / f"{NOTE}.log"
    eventually(lambda: log.exists() and b"Error" in log.read_bytes())
    assert (job / "lora" / NOTE).exists()


def test_an_address_is_handed_to_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fsspec.py").write_text(
        "class Files:\n    exists = staticmethod(lambda path: True)\n"
        f"    def rm(self, path, recursive): open({str(tmp_path / 'removed')!r}, 'w').write(path)\n"
        "url_to_fs = lambda address: (Files(), address)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    job = tmp_path / "jobs" / "ftjob-1"
    note_down(job / "lora", "s3://bucket/ftjob-1")
    forget([job])
    eventually(lambda: not (job / "lora" / NOTE).exists())
    assert (tmp_path / "removed").read_text() == "s3://bucket/ftjob-1"
    assert "fsspec" not in vars(elsewhere) and str(tmp_path) not in sys.path


@pytest.mark.parametrize("chosen", ["", "{}/shared"])
def test_a_training_notes_where_else_it_keeps_things_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str) -> None:
    class Launched(Exception):
        pass

    def launch(plan: TrainPlan, scratch: Path) -> None:
        assert (scratch / NOTE).exists() == bool(chosen)
        raise Launched

    monkeypatch.setenv("TUNESMITH_CHECKPOINTS", chosen.format(tmp_path))
    monkeypatch.setattr("engine.learners.lora_training.launch", launch)
    learner = LoraLearner(Library(tmp_path / "bases"), Desk())
    import_folder(learner.library, make_folder(tmp_path / "source"), "mine")
    job = tmp_path / "jobs" / "ftjob-1"
    job.mkdir(parents=True)
    (job / "training.jsonl").write_text("{}\n")
    examples = (Example((Message("user", "q"), Message("assistant", "a")), 1),)
    training = learner.start(TrainingRequest("mine", examples, (), 1, 1, 1.0, 7, folder=job))
    with pytest.raises(Launched):
        next(iter(training.steps()))
    if chosen:
        place = keep(tmp_path / "shared" / "ftjob-1")
        forget([job])
        assert not place.exists()
