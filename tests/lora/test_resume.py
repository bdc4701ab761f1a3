"""Killed at any moment, stopped, or spread over processes: a training ends where the undisturbed one ends."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest
import torch

from core.base.types import Example, Message
from engine.lora.place import STOP, Place, is_whole
from engine.lora.plan import TrainPlan
from engine.lora.recorder import Recorder
from engine.lora.train import EXIT_FAILED, train
from engine.lora.trainers import Supervised
from tests.lora.plans import bank_rows, command, losses, make_plan, overfit, pairs, run, told
from tests.lora.tiny import ROOT, make_base


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Sums come out in one order, so that losses can be compared to the last bit."""
    torch.set_num_threads(1)


def plan_in(folder: Path, base: Path, **more: object) -> TrainPlan:
    """A training with dropout (so that its random numbers matter) and an uneven last batch."""
    settings = {"lora_dropout": 0.1, "n_epochs": 3, "checkpoint_seconds": 0.0} | more
    return make_plan(folder, base, bank_rows(18), bank_rows(6, 30), **settings)


@pytest.fixture(scope="module")
def undisturbed(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainPlan:
    plan = plan_in(tmp_path_factory.mktemp("undisturbed"), tiny_llama)
    train(plan)
    return plan


def interrupt(plan: TrainPlan, at_step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the training off in this process, in the middle of the given step."""

    class BrokenOff(BaseException):
        pass

    step = Supervised.training_step

    def training_step(self: Supervised, *args: object, **more: object) -> object:
        if self.state.global_step == at_step - 1:
            raise BrokenOff
        return step(self, *args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Supervised, "training_step", training_step)
        with pytest.raises(BrokenOff):
            train(plan)


def test_a_training_that_breaks_off_twice_ends_with_the_same_losses_to_the_last_bit(
    undisturbed: TrainPlan, tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_in(tmp_path, tiny_llama)
    interrupt(plan, 4, monkeypatch)
    interrupt(plan, 12, monkeypatch)
    train(plan)
    assert losses(plan) == losses(undisturbed)
    assert [record["resumed_from"] for record in told(plan) if record["event"] == "started"] == [0, 3, 11]
    final = [record["metrics"] for record in told(plan) if record["event"] == "step"][-1]
    assert final == [record["metrics"] for record in told(undisturbed) if record["event"] == "step"][-1]
    assert told(plan)[-1] == told(undisturbed)[-1]


def test_steps_since_the_last_checkpoint_are_computed_again(
    undisturbed: TrainPlan, tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_in(tmp_path, tiny_llama, checkpoint_seconds=1000.0)
    interrupt(plan, 9, monkeypatch)
    train(plan)
    assert [record["step"] for record in told(plan) if record["event"] == "step"] == [*range(1, 9), *range(6, 16)]
    assert losses(plan) == losses(undisturbed)


def test_a_half_written_or_damaged_checkpoint_is_never_taken(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_in(tmp_path, tiny_llama)
    interrupt(plan, 6, monkeypatch)
    newest = Path(plan.folder) / "checkpoints" / "checkpoint-5"
    (newest / "optimizer.pt").write_bytes((newest / "optimizer.pt").read_bytes()[:-10])
    no_marker = shutil.copytree(newest, newest.with_name("checkpoint-9"))
    (no_marker / "whole.json").unlink()
    train(plan)
    assert [record["resumed_from"] for record in told(plan) if record["event"] == "started"] == [0, 4]


@pytest.mark.parametrize("change", [{"lora_r": 4}, {"base_sha256": "another base model of the same name"}])
def test_a_checkpoint_of_another_training_is_not_gone_on_from(
    change: dict[str, Any], tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_in(tmp_path, tiny_llama, n_epochs=1)
    interrupt(plan, 3, monkeypatch)
    train(replace(plan, **change))
    assert [record["resumed_from"] for record in told(plan) if record["event"] == "started"] == [0, 0]


def test_memory_that_has_come_free_changes_nothing_in_a_training_under_way(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_in(tmp_path, tiny_llama, n_epochs=1)
    with monkeypatch.context() as scarce:
        scarce.setattr("engine.lora.machine.free_memory", lambda: 0)
        interrupt(plan, 3, monkeypatch)
    train(plan)
    assert [record["micro_batch"] for record in told(plan) if record["event"] == "started"] == [1, 1]
    other = plan_in(tmp_path / "other", tiny_llama, n_epochs=1)
    train(other)
    assert told(other)[0]["micro_batch"] == 4


def test_a_stop_is_obeyed_after_the_step_and_gone_on_from(undisturbed: TrainPlan, tiny_llama: Path, tmp_path: Path) -> None:
    plan = plan_in(tmp_path, tiny_llama, checkpoint_seconds=1000.0)
    Path(plan.folder).mkdir()
    (Path(plan.folder) / STOP).touch()
    train(plan)
    assert [record["event"] for record in told(plan)][-1] == "stopped"
    stopped_at = told(plan)[-1]["step"]
    (Path(plan.folder) / STOP).unlink()
    train(plan)
    assert [record["resumed_from"] for record in told(plan) if record["event"] == "started"] == [0, stopped_at]
    assert losses(plan) == losses(undisturbed)


def test_a_training_that_was_over_says_so_again(undisturbed: TrainPlan) -> None:
    before = losses(undisturbed)
    train(undisturbed)
    assert losses(undisturbed) == before
    assert told(undisturbed)[-1]["event"] == "done"
    assert told(undisturbed)[-2]["event"] == "started"


@pytest.mark.slow
def test_killed_after_its_last_checkpoint_a_training_that_ended_early_does_not_go_on(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(self: Recorder, folder: Path) -> None:
        if self.early:
            raise Killed
        remember(self, folder)

    def after_it(self: Place, keep: int) -> None:
        raise Killed

    settings = {"learning_rate": 1e-9, "early_stopping": 2, "lora_dropout": 0.0, "n_epochs": 30}
    whole, plan = plan_in(tmp_path / "whole", tiny_llama, **settings), plan_in(tmp_path / "killed", tiny_llama, **settings)
    train(whole)
    assert told(whole)[-1]["early"] is True
    remember = Recorder.remember
    with monkeypatch.context() as patched, pytest.raises(Killed):  # before that checkpoint is whole
        patched.setattr(Recorder, "remember", kill)
        train(plan)
    at = max(losses(whole))
    with monkeypatch.context() as patched, pytest.raises(Killed):  # once it is, before the result is written
        patched.setattr("engine.lora.place.Place.thin_out", after_it)
        plan_steps = max(losses(plan))
        train(plan)
    assert plan_steps == at
    train(plan)
    records = told(plan)
    begun = [number for number, record in enumerate(records) if record["event"] == "started"]
    assert records[begun[-1]]["resumed_from"] == at
    assert [record["event"] for record in records[begun[-1] :]] == ["started", "done"]
    assert records[-1] == told(whole)[-1]
    finals = [Path(each.folder) / records[-1]["path"] / "adapter_model.safetensors" for each in (whole, plan)]
    assert finals[0].read_bytes() == finals[1].read_bytes()


@pytest.mark.slow
def test_killed_before_and_after_its_best_state_was_noted_a_training_ends_with_the_same_one(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    whole, plan = overfit(tmp_path / "whole", tiny_llama), overfit(tmp_path / "killed", tiny_llama)
    train(whole)
    best = told(whole)[-1]["best"]
    remember = Recorder.remember

    def kill(self: Recorder, folder: Path) -> None:
        if self.best_step == best:
            raise Killed
        remember(self, folder)

    with monkeypatch.context() as patched, pytest.raises(Killed):  # the state is written, and the checkpoint that knows of it is not
        patched.setattr(Recorder, "remember", kill)
        train(plan)
    kept = {path.name for path in (Path(plan.folder) / "best").iterdir()}
    assert f"step-{best}" in kept and len(kept) > 1, "the former one is what a run would need that goes on from an earlier checkpoint"
    interrupt(plan, best + 3, monkeypatch)  # long after
    newest = Path(plan.folder) / "checkpoints" / f"checkpoint-{best + 2}"
    (newest / "optimizer.pt").write_bytes(b"")  # damaged: the one before is gone on from
    train(plan)
    assert told(plan)[-1] == told(whole)[-1]
    assert losses(plan) == losses(whole)
    files = [Path(each.folder) / f"best/step-{best}" / "adapter_model.safetensors" for each in (whole, plan)]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert [path.name for path in (Path(plan.folder) / "best").iterdir()] == [f"step-{best}"]


def test_a_best_state_that_is_lost_is_not_offered(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_in(tmp_path, tiny_llama, n_epochs=2, early_stopping=5)
    interrupt(plan, 6, monkeypatch)
    for state in (Path(plan.folder) / "best").iterdir():
        (state / "whole.json").unlink()
    train(plan)
    assert is_whole(Path(plan.folder) / told(plan)[-1]["path"]) and told(plan)[-1]["best"] >= 6


def test_the_best_state_goes_to_any_address(tiny_llama: Path, tmp_path: Path) -> None:
    plan = replace(overfit(tmp_path, tiny_llama), folder="memory://jobs/best")
    memory = fsspec.filesystem("memory")
    memory.pipe("/jobs/best/stop", b"")
    train(plan)
    memory.rm("/jobs/best/stop")
    train(plan)
    done = json.loads(memory.cat("/jobs/best/progress.jsonl").decode().splitlines()[-1])
    assert memory.exists(f"/jobs/best/{done['path']}/adapter_model.safetensors")
    assert [path.rpartition("/")[2] for path in memory.ls("/jobs/best/best", detail=False)] == [f"step-{done['best']}"]


def test_progress_and_checkpoints_go_to_any_address(undisturbed: TrainPlan, tiny_llama: Path, tmp_path: Path) -> None:
    plan = replace(plan_in(tmp_path, tiny_llama), folder="memory://jobs/one")
    memory = fsspec.filesystem("memory")
    memory.pipe("/jobs/one/stop", b"")
    train(plan)
    assert memory.exists("/jobs/one/checkpoints")
    memory.rm("/jobs/one/stop")
    train(plan)
    lines = memory.cat("/jobs/one/progress.jsonl").decode().splitlines()
    (tmp_path / "lora").mkdir()
    (tmp_path / "lora" / "progress.jsonl").write_text("\n".join(lines), encoding="utf-8")
    copy = replace(plan, folder=str(tmp_path / "lora"))
    assert losses(copy) == losses(undisturbed)
    assert told(copy)[-1]["event"] == "done"
    assert next(record for record in told(copy)[1:] if record["event"] == "started")["resumed_from"] > 0
    assert memory.exists("/jobs/one/final/adapter_model.safetensors")
    assert len([path for path in memory.ls("/jobs/one/checkpoints", detail=False) if "checkpoint-" in path]) == 2


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    place = Place(f"file://{tmp_path}")

    class Killed(Exception):
        pass

    with contextlib.suppress(Killed), place.writing("final") as folder:
        (folder / "model").write_bytes(b"half")
        raise Killed
    assert not (tmp_path / "final").exists()
    with place.writing("final") as folder:
        (folder / "model").write_bytes(b"whole")
    assert is_whole(tmp_path / "final")


def test_a_line_that_was_left_half_takes_no_other_with_it(tmp_path: Path) -> None:
    (tmp_path / "progress.jsonl").write_bytes(b'{"event":"note","text":"a"}\n{"event":"st')
    place = Place(str(tmp_path))
    place.prepare()
    place.append({"event": "note", "text": "b"})
    assert (tmp_path / "progress.jsonl").read_text().splitlines()[2] == '{"event": "note", "text": "b"}'


@pytest.mark.slow
def test_the_training_ends_with_whoever_started_it(tiny_llama: Path, tmp_path: Path) -> None:
    plan = plan_in(tmp_path, tiny_llama, n_epochs=2000, checkpoint_seconds=1000.0)
    process = subprocess.Popen([*command(plan), "--watch-stdin"], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        _wait_for_steps(plan, 2)
        process.stdin.close()
        assert process.wait(timeout=20) == 1
        assert process.stderr.read() == b"", "nothing is said that nobody asked for"
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_with_the_same_losses(undisturbed: TrainPlan, tiny_llama: Path, tmp_path: Path) -> None:
    plan, rng = plan_in(tmp_path, tiny_llama), random.Random(3)
    for target in sorted(rng.sample(range(1, 14), 4)):
        process = subprocess.Popen(command(plan), cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"})
        _wait_for_steps(plan, target)
        time.sleep(rng.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = run(plan)
    assert done.returncode == 0, done.stderr
    assert losses(plan) == losses(undisturbed)


@pytest.mark.slow
def test_two_processes_compute_what_one_computes(tiny_llama: Path, tmp_path: Path) -> None:
    plans = {
        processes: plan_in(tmp_path / str(processes), tiny_llama, lora_dropout=0.0, processes=processes, n_epochs=2) for processes in (1, 2)
    }
    train(plans[1])
    done = run(plans[2], processes=2)
    assert done.returncode == 0, done.stderr
    records = told(plans[2])
    assert records[0]["world_size"] == 2
    assert [record["event"] for record in records] == [record["event"] for record in told(plans[1])]
    assert losses(plans[2]) == pytest.approx(losses(plans[1]), rel=1e-5)
    for one, two in zip(told(plans[1]), records, strict=True):
        if one["event"] == "step":
            assert two["metrics"] == pytest.approx(one["metrics"], rel=1e-4)


@pytest.mark.slow
def test_two_processes_learn_from_pairs_what_one_learns(tiny_llama: Path, tmp_path: Path) -> None:
    plans = {}
    for processes in (1, 2):
        plan = make_plan(tmp_path / str(processes), tiny_llama, [], method="dpo", n_epochs=2, learning_rate=2e-3, processes=processes)
        Path(plan.training).write_text(pairs(5), encoding="utf-8")  # the last batch has one pair and three empty places
        plans[processes] = plan
    train(plans[1])
    done = run(plans[2], processes=2)
    assert done.returncode == 0, done.stderr
    one, two = ([record["metrics"] for record in told(plans[number]) if record["event"] == "step"] for number in (1, 2))
    assert len(one) == 4
    for mine, theirs in zip(one, two, strict=True):
        assert theirs == pytest.approx(mine, rel=1e-3, abs=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be told to refuse memory")
def test_memory_that_really_runs_out_ends_with_a_smaller_setting_to_try(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base", "llama", layers=12)
    rows = [Example((Message("user", "x"), Message("assistant", "word " * 500)), number) for number in range(64)]
    plan = make_plan(tmp_path, base, rows, batch_size=64, micro_batch=64, n_epochs=1, context_length=512)
    done = subprocess.run(
        ["bash", "-c", 'ulimit -d 2500000 && exec "$@"', "bash", *command(plan)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == EXIT_FAILED, done.stderr
    assert told(plan)[-1]["code"] == "out_of_memory"
    assert told(plan)[-1]["message"].endswith("Try a batch_size of 32.")


@pytest.mark.slow
def test_two_processes_that_were_planned_as_one_say_so(tiny_llama: Path, tmp_path: Path) -> None:
    plan = plan_in(tmp_path, tiny_llama)
    assert run(plan, processes=2).returncode != 0
    assert any(record.get("code") == "wrong_processes" for record in told(plan))


def _wait_for_steps(plan: TrainPlan, step: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(FileNotFoundError, ValueError):
            if max(losses(plan), default=0) >= step:
                return
        time.sleep(0.02)
    raise AssertionError(f"step {step} never came; python is {sys.version}")
