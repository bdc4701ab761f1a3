"""Several processes under torchrun: the loss of one, nothing to hear beyond loopback, and nobody left behind."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from engine.lora.launching import DONE, FAILED
from tests.conftest import ROOT
from tests.lora.launched import LESSON, is_gone, lesson_plan, losses, records, start, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="torchrun needs a system that forks")]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """The losses of the lesson in one process."""
    folder = tmp_path_factory.mktemp("alone")
    running = start(lesson_plan(folder), folder)
    assert running.wait(120) == DONE, running.last_words()
    return losses(folder)


def pid_of(folder: Path, rank: int) -> int:
    return int((folder / f"pid-{rank}").read_text())


def test_two_processes_have_the_loss_of_one(alone: list[float], tmp_path: Path) -> None:
    running = start(lesson_plan(tmp_path, processes=2, pause=0.2), tmp_path)
    wait_for(lambda: (tmp_path / "pid-1").exists(), running)
    everybody = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
    heard = [connection.laddr for one in everybody for connection in one.net_connections() if connection.status == psutil.CONN_LISTEN]
    assert len(everybody) == 3 and heard and {address.ip for address in heard} <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert running.wait(120) == DONE, running.last_words()
    assert records(tmp_path)[0]["world_size"] == 2
    assert losses(tmp_path) == pytest.approx(alone, rel=1e-12) and len(alone) == 12


def test_a_killed_process_ends_the_others_and_a_new_start_goes_on(alone: list[float], tmp_path: Path) -> None:
    plan = lesson_plan(tmp_path, processes=2, pause=0.2)
    running = start(plan, tmp_path)
    wait_for(lambda: len(losses(tmp_path)) >= 3, running)
    psutil.Process(pid_of(tmp_path, 1)).kill()
    assert running.wait(60) not in (DONE, FAILED, None)
    assert is_gone(pid_of(tmp_path, 0))
    again = start(plan, tmp_path)
    assert again.wait(120) == DONE, again.last_words()
    assert [record["resumed_from"] for record in records(tmp_path) if record["event"] == "started"][1] >= 3
    assert losses(tmp_path) == pytest.approx(alone, rel=1e-12)


def test_a_refusal_and_a_stop_come_through(tmp_path: Path) -> None:
    refused = start(lesson_plan(tmp_path / "a", processes=2, refuses=True), tmp_path / "a")
    assert refused.wait(120) == FAILED, "no new start would help"
    stopped = start(lesson_plan(tmp_path / "b", processes=2, pause=0.2), tmp_path / "b")
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
    limit = time.monotonic() + 90
    while not (losses(tmp_path) and (tmp_path / "pid-1").exists()):
        assert time.monotonic() < limit
        time.sleep(0.05)
    pids = [process.pid for process in psutil.Process(starter.pid).children(recursive=True)]
    assert {pid_of(tmp_path, 0), pid_of(tmp_path, 1)} < set(pids)
    starter.kill()
    starter.wait()
    while not all(map(is_gone, pids)):
        assert time.monotonic() < limit
        time.sleep(0.05)
