"""A training runs in a process of its own that can be stopped and killed, and never outlives the one that started it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.lora.files import append, remove, write
from engine.lora.launching import DONE, FAILED, _environ, _program, launch
from engine.lora.parent import OPTION
from engine.lora.plan import TrainPlan
from tests.conftest import ROOT

STUB = "tests.engine.script_stub"


@pytest.fixture
def plan(tmp_path: Path) -> TrainPlan:
    return TrainPlan(
        base="ends",
        training="training.jsonl",
        validation=None,
        folder=str(tmp_path / "lora"),
        method="supervised",
        tuning="lora",
        n_epochs=1,
        batch_size=4,
        learning_rate=1e-3,
        seed=1,
        context_length=64,
    )


def told(plan: TrainPlan) -> dict[str, Any]:
    path = Path(plan.folder) / "told.json"
    wait_for(path.exists)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def wait_for(holds: Callable[[], bool], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_it_runs_to_its_end_without_the_engines_token(plan: TrainPlan, tmp_path: Path) -> None:
    running = launch(plan, tmp_path / "job", script=STUB, environ=os.environ | {"TUNESMITH_ENGINE_TOKEN": "secret", "HF_TOKEN": "secret"})
    assert running.wait(60) == running.returncode == DONE
    environ = told(plan)["environ"]
    assert environ["HF_HUB_OFFLINE"] == "1" and "secret" not in environ.values()
    assert TrainPlan.from_json((tmp_path / "job" / "plan.json").read_text(encoding="utf-8")) == plan


@pytest.mark.parametrize(("base", "code", "words"), [("refuses", FAILED, ""), ("fails", 1, "MemoryError: no room for the weights")])
def test_how_it_ended_and_its_last_words_are_told(plan: TrainPlan, tmp_path: Path, base: str, code: int, words: str) -> None:
    running = launch(replace(plan, base=base), tmp_path / "job", script=STUB)
    assert running.wait(60) == code
    assert running.last_words() == words


def test_a_stop_reaches_it_and_holds_no_later_start_back(plan: TrainPlan, tmp_path: Path) -> None:
    plan = replace(plan, base="waits")
    running = launch(plan, tmp_path / "job", script=STUB)
    told(plan)
    assert running.wait(0.05) is None and running.returncode is None
    running.stop()
    assert running.wait(20) == DONE
    (Path(plan.folder) / "told.json").unlink()
    again = launch(plan, tmp_path / "job", script=STUB)
    told(plan)
    assert again.wait(0.3) is None, "it goes on"
    again.kill()


def test_kill_ends_what_it_started_too(plan: TrainPlan, tmp_path: Path) -> None:
    plan = replace(plan, base="parent")
    running = launch(plan, tmp_path / "job", script=STUB)
    child = told(plan)["child"]
    assert not is_gone(child)
    running.kill()
    running.kill()
    wait_for(lambda: is_gone(running.pid) and is_gone(child))
    assert running.returncode not in (None, DONE, FAILED)


def test_it_ends_with_the_process_that_started_it(plan: TrainPlan, tmp_path: Path) -> None:
    plan = replace(plan, base="waits")
    code = (
        "import sys, time; from pathlib import Path; from engine.lora.launching import launch; from engine.lora.plan import TrainPlan\n"
        f"launch(TrainPlan.from_json(sys.argv[1]), Path(sys.argv[2]), script={STUB!r}); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code, plan.to_json(), str(tmp_path / "job")], cwd=ROOT)
    pid = told(plan)["pid"]
    time.sleep(0.3)
    assert not is_gone(pid), "it lives while the starter does"
    starter.kill()
    starter.wait()
    wait_for(lambda: is_gone(pid))


def test_the_plan_and_the_environment_choose_the_program(plan: TrainPlan) -> None:
    several = replace(plan, processes=2)
    assert _program(plan, "s", {}) == _program(plan, "s", {"RAY_ADDRESS": ""}) == ["s"]
    assert _program(several, "s", {}) == ["engine.lora.several", "--script", "s"]
    assert _program(plan, "s", {"RAY_ADDRESS": "10.0.0.1:6379"}) == ["engine.lora.cluster", "--script", "s"]
    assert OPTION == "--watch-stdin"


def test_launching_needs_nothing_of_the_pack() -> None:
    code = "import sys, engine.lora.launching; print(sorted({'torch', 'ray', 'transformers', 'fsspec'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_processes_of_one_machine_share_its_cores(plan: TrainPlan) -> None:
    several = replace(plan, processes=64)
    assert _environ(several, {})["OMP_NUM_THREADS"] == str(max(1, (os.cpu_count() or 1) // 64))
    assert _environ(several, {"OMP_NUM_THREADS": "5"})["OMP_NUM_THREADS"] == "5"
    assert "OMP_NUM_THREADS" not in _environ(plan, {})
    assert _environ(plan, {"RAY_ADDRESS": "127.0.0.1:1"})["RAY_USAGE_STATS_ENABLED"] == "0"


@pytest.mark.parametrize("kind", ["path", "address"])
def test_small_files_are_written_wherever_the_folder_is(kind: str, tmp_path: Path) -> None:
    folder = str(tmp_path / "a" / "b")
    if kind == "address":
        pytest.importorskip("fsspec", reason="needs the pack: python3 start.py test --with-lora")
        folder = f"file://{folder}"
    write(folder, "stop", b"1")
    append(folder, "stop", b"2")
    append(folder, "new", b"3")
    assert (tmp_path / "a" / "b" / "stop").read_bytes() == b"12" and (tmp_path / "a" / "b" / "new").read_bytes() == b"3"
    remove(folder, "stop")
    remove(folder, "stop")
    assert not (tmp_path / "a" / "b" / "stop").exists()
