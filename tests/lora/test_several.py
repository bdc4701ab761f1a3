"""Several processes under torchrun: the loss of one, nothing to hear beyond loopback, and nobody left behind."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from engine.lora.launching import DONE, FAILED
from tests.conftest import ROOT
from tests.lora.launched import LESSON, SAME, bank_plan, is_gone, lesson_plan, losses, records, start, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="torchrun needs a system that forks")]


def pid_of(folder: Path, rank: int) -> int:
    return int((folder / f"pid-{rank}").read_text())


def test_two_processes_have_the_losses_of_one(alone: list[float], tiny_llama: Path, tmp_path: Path) -> None:
    plan = bank_plan(tmp_path, tiny_llama, processes=2)
    running = start(plan, tmp_path)
    assert running.wait(200) == DONE, running.log.read_text(encoding="utf-8")[-3000:]
    assert records(Path(plan.folder))[0]["world_size"] == 2
    assert losses(Path(plan.folder)) == pytest.approx(alone, rel=SAME) and len(alone) == 48


def test_a_killed_process_ends_the_other_and_a_new_start_goes_on(alone: list[float], tiny_llama: Path, tmp_path: Path) -> None:
    plan = bank_plan(tmp_path, tiny_llama, processes=2)
    folder = Path(plan.folder)
    running = start(plan, tmp_path)
    wait_for(lambda: len(losses(folder)) >= 11, running)
    first, second = sorted(psutil.Process(running.pid).children(recursive=True), key=lambda process: process.environ()["RANK"])
    second.kill()
    assert running.wait(60) == -signal.SIGKILL, "as if it had been alone"
    assert "ended with exit code -9; its own words are above" in running.last_words()
    assert is_gone(first.pid)
    again = start(plan, tmp_path)
    assert again.wait(200) == DONE, again.log.read_text(encoding="utf-8")[-3000:]
    assert [record["resumed_from"] for record in records(folder) if record["event"] == "started"][1] >= 8
    assert losses(folder) == pytest.approx(alone, rel=SAME)


def test_nothing_is_to_be_heard_beyond_loopback(tmp_path: Path) -> None:
    running = start(lesson_plan(tmp_path, processes=2, pause=0.2), tmp_path, LESSON)
    wait_for(lambda: (tmp_path / "pid-1").exists(), running)
    everybody = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
    heard = [connection.laddr for one in everybody for connection in one.net_connections() if connection.status == psutil.CONN_LISTEN]
    assert len(everybody) == 3 and heard and {address.ip for address in heard} <= {"127.0.0.1", "::ffff:127.0.0.1"}
    running.kill()


def test_a_refusal_and_a_stop_come_through(tmp_path: Path) -> None:
    refused = start(lesson_plan(tmp_path / "a", processes=2, refuses=True), tmp_path / "a", LESSON)
    assert refused.wait(120) == FAILED, "no new start would help"
    stopped = start(lesson_plan(tmp_path / "b", processes=2, pause=0.2), tmp_path / "b", LESSON)
    wait_for(lambda: bool(losses(tmp_path / "b")), stopped)
    stopped.stop()
    assert stopped.wait(60) == DONE
    assert records(tmp_path / "b")[-1]["event"] == "stopped"


def test_all_of_them_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from engine.lora.launching import launch; from engine.lora.plan import TrainPlan\n"
        f"launch(TrainPlan.from_json(sys.argv[1]), Path(sys.argv[2]), script={LESSON!r}); time.sleep(60)"
    )
    plan = lesson_plan(tmp_path, processes=2, pause=0.9)
    starter = subprocess.Popen([sys.executable, "-c", code, plan.to_json(), str(tmp_path)], cwd=ROOT)
    wait_for(lambda: bool(losses(tmp_path)) and (tmp_path / "pid-1").exists())
    pids = [process.pid for process in psutil.Process(starter.pid).children(recursive=True)]
    assert {pid_of(tmp_path, 0), pid_of(tmp_path, 1)} < set(pids)
    starter.kill()
    starter.wait()
    wait_for(lambda: all(map(is_gone, pids)))
