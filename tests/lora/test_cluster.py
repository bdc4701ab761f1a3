"""On a Ray cluster, here one of two processors on loopback: the loss of one process, a lost worker made up for, a stop that arrives."""

import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from engine.lora.launching import DONE, FAILED
from tests.lora.launched import LESSON, SAME, bank_plan, is_gone, lesson_plan, losses, records, start, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the pack for clusters: python3 start.py test --with-cluster"),
]
# the last one keeps Ray on loopback; it is named for the systems on which that is the default
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


@dataclass(frozen=True)
class Cluster:
    """A Ray cluster on this machine."""

    address: str
    head: psutil.Process

    def workers(self) -> list[psutil.Process]:
        """Those of a training, as Ray titles them."""
        return [process for process in self.head.children(recursive=True) if "RayTrainWorker" in " ".join(process.cmdline())]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster of two processors, which is ended with the tests that use it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    # a short name: Ray keeps sockets there, whose paths may have 107 characters
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        options = [f"--port={port}", "--node-ip-address=127.0.0.1", "--num-cpus=2", "--num-gpus=0", "--include-dashboard=false"]
        options += ["--object-store-memory=100000000", f"--temp-dir={folder}", "--disable-usage-stats", "--block"]
        log = Path(folder) / "said.log"
        with log.open("wb") as said:
            head = subprocess.Popen(
                [sys.executable, "-c", "from ray.scripts.scripts import main; main()", "start", "--head", *options],
                env=dict(os.environ) | QUIET,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        everybody = []
        try:
            for _ in range(900):
                if b"Ray runtime started" in log.read_bytes():
                    break
                assert head.poll() is None, log.read_text()
                with pytest.raises(subprocess.TimeoutExpired):
                    head.wait(0.1)
            everybody = psutil.Process(head.pid).children(recursive=True)
            yield Cluster(address, psutil.Process(head.pid))
        finally:
            everybody += psutil.Process(head.pid).children(recursive=True) if head.poll() is None else []
            head.terminate()
            psutil.wait_procs(everybody, timeout=20)
            for process in everybody:
                if not is_gone(process.pid):
                    process.kill()
            head.kill()
            head.wait()


def test_two_workers_have_the_losses_of_one_process_and_survive_the_loss_of_one(
    cluster: Cluster, alone: list[float], tiny_llama: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "lora"
    plan = replace(bank_plan(tmp_path, tiny_llama, processes=2), folder=f"file://{folder}")
    running = start(plan, tmp_path, RAY_ADDRESS=cluster.address)
    wait_for(lambda: len(losses(folder)) >= 11, running, 150)
    workers = cluster.workers()
    assert len(workers) == 2
    workers[1].kill()
    assert running.wait(200) == DONE, running.log.read_text(encoding="utf-8")[-3000:]
    starts = [record for record in records(folder) if record["event"] == "started"]
    assert [record["world_size"] for record in starts] == [2, 2] and starts[1]["resumed_from"] >= 8
    assert losses(folder) == pytest.approx(alone, rel=SAME) and len(alone) == 48


def test_a_stop_and_a_refusal_come_through(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    stopped = start(lesson_plan(tmp_path / "a", processes=2, pause=0.5), tmp_path, LESSON, RAY_ADDRESS=cluster.address)
    wait_for(lambda: bool(losses(tmp_path / "a")), stopped, 150)
    stopped.stop()
    assert stopped.wait(60) == DONE
    assert records(tmp_path / "a")[-1]["event"] == "stopped"

    (tmp_path / "b").mkdir()
    refused = start(lesson_plan(tmp_path / "b", processes=2, refuses=True), tmp_path, LESSON, RAY_ADDRESS=cluster.address)
    assert refused.wait(150) == FAILED, refused.log.read_text()[-3000:]
    assert len([record for record in records(tmp_path / "b") if record["event"] == "started"]) == 1, "no retry would help"


def test_a_killed_start_leaves_no_worker_on_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "lora").mkdir()
    running = start(lesson_plan(tmp_path / "lora", processes=2, pause=0.9), tmp_path, LESSON, RAY_ADDRESS=cluster.address)
    wait_for(lambda: bool(losses(tmp_path / "lora")), running, 150)
    workers = [int((tmp_path / "lora" / f"pid-{rank}").read_text()) for rank in (0, 1)]
    running.kill()
    wait_for(lambda: all(map(is_gone, workers)), None, 60)


def test_a_cluster_that_is_too_small_or_not_there_is_told_in_a_sentence(cluster: Cluster, tmp_path: Path) -> None:
    small = start(lesson_plan(tmp_path / "a", processes=9), tmp_path, LESSON, RAY_ADDRESS=cluster.address)
    assert small.wait(120) == FAILED, small.log.read_text()[-3000:]
    assert records(tmp_path / "a")[-1]["code"] == "cluster_too_small"
    assert "has 2 processors, and the training asks for 9 processes" in records(tmp_path / "a")[-1]["message"]
    with socket.socket() as held:  # bound, not listening
        held.bind(("127.0.0.1", 0))
        absent = start(lesson_plan(tmp_path / "b", processes=2), tmp_path, LESSON, RAY_ADDRESS=f"127.0.0.1:{held.getsockname()[1]}")
        assert absent.wait(120) == FAILED
    assert records(tmp_path / "b")[-1]["message"].startswith("No Ray cluster answers at 127.0.0.1:")
