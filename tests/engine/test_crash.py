"""Killed workers, killed engines, second engines: no job hangs, nothing is reported twice, and the address file tells the truth."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openai
import psutil
import pytest
from openai import OpenAI

from tests.engine.conftest import FAKE
from tests.engine.helpers import call, client_of, messages, orders, text_below, until, upload, wait_for
from tests.engine_process import EngineProcess, command, environment, first_line, start_engine, stop

posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
SLOW = "sleep 0.05"


def start(client: OpenAI, system: str, epochs: int) -> str:
    file_id = upload(client, orders(system)).id
    return client.fine_tuning.jobs.create(model="fake", training_file=file_id, hyperparameters={"n_epochs": epochs}).id


def steps_of(client: OpenAI, job_id: str) -> list[int]:
    events = list(client.fine_tuning.jobs.list_events(job_id, limit=100))
    return [event.data["step"] for event in reversed(events) if event.type == "metrics"]  # type: ignore[index]


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs; an orphan that nobody has reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def workers_of(home: Path, job_id: str = "") -> list[psutil.Process]:
    """The living worker processes of this home (and this job), whoever started them."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            if str(home) in line and job_id in ("", *line) and any(word.endswith("worker") for word in line) and is_alive(process):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose workers, if a test leaves any, are ended."""
    folder = tmp_path / "home"
    yield folder
    for process in workers_of(folder):
        process.kill()


@posix
def test_a_killed_worker_is_started_again_once(client: OpenAI, fake: EngineProcess) -> None:
    job_id = start(client, SLOW, 15)
    until(lambda: len(steps_of(client, job_id)) >= 3, what="three steps")
    (worker,) = workers_of(fake.home, job_id)
    worker.kill()
    job = wait_for(client, job_id)
    assert job.status == "succeeded"
    assert steps_of(client, job_id) == list(range(1, 16)), "every step once, in order"
    said = messages(client, job_id)
    assert [message for message in said if "ended unexpectedly" in message] == [
        "The training process ended unexpectedly. It was killed by signal 9, which is often the system's answer to a lack of memory. "
        "Starting it again."
    ]
    assert said.count("Fine-tuning job started") == said.count("New fine-tuned model created") == 1
    assert [checkpoint.step_number for checkpoint in client.fine_tuning.jobs.checkpoints.list(job_id)] == [15, 14, 13]


@posix
def test_a_worker_that_dies_twice_fails_its_job_with_the_reason(client: OpenAI) -> None:
    job = wait_for(client, start(client, "kill 2", 3))
    assert job.status == "failed"
    assert job.error is not None and job.error.code == "server_error"
    assert "ended unexpectedly twice. It was killed by signal 9" in job.error.message
    assert steps_of(client, job.id) == [1]
    assert wait_for(client, start(client, "", 1)).status == "succeeded", "the next in line is not held up"


def test_an_error_in_the_learner_is_told_in_its_own_words(client: OpenAI) -> None:
    job = wait_for(client, start(client, "raise 2", 3))
    assert job.error is not None and job.error.code == "server_error"
    assert "It stopped with: ArithmeticError: the fake learner was told to raise" in job.error.message


def test_the_end_of_a_process_that_the_worker_had_is_told_in_the_learners_words(client: OpenAI) -> None:
    job = wait_for(client, start(client, "lose 2", 3))
    assert job.error is not None
    assert job.error.message == "The training process ended unexpectedly twice. What computed for it is gone."


def test_an_error_that_does_not_come_back_costs_nothing(client: OpenAI, tmp_path: Path) -> None:
    job = wait_for(client, start(client, f"raise 2 once {tmp_path / 'raised'}", 3))
    assert job.status == "succeeded"
    assert steps_of(client, job.id) == [1, 2, 3]


@posix
def test_a_killed_engine_finds_its_living_worker_again(home: Path) -> None:
    with start_engine(home, module=FAKE) as first, client_of(first) as client:
        job_id, waiting = start(client, SLOW, 50), start(client, "", 1)
        until(lambda: len(steps_of(client, job_id)) >= 2, what="two steps")
        (worker,) = workers_of(home, job_id)
        first.process.kill()
        first.process.wait()
    assert is_alive(worker)
    assert json.loads((home / "engine.json").read_text(encoding="utf-8"))["pid"] == first.process.pid, "a killed engine cannot tidy up"
    with start_engine(home, module=FAKE) as second, client_of(second) as client:
        assert json.loads((home / "engine.json").read_text(encoding="utf-8"))["pid"] == second.process.pid
        assert client.fine_tuning.jobs.retrieve(job_id).status == "running"
        assert is_alive(worker), "the worker went on by itself"
        assert wait_for(client, job_id).status == "succeeded"
        assert steps_of(client, job_id) == list(range(1, 51))
        assert not any("again" in message for message in messages(client, job_id))
        assert wait_for(client, waiting).status == "succeeded"


@posix
def test_when_engine_and_worker_are_killed_the_training_starts_again(home: Path) -> None:
    with start_engine(home, module=FAKE) as first, client_of(first) as client:
        job_id = start(client, SLOW, 15)
        until(lambda: len(steps_of(client, job_id)) >= 3, what="three steps")
        first.process.kill()
        first.process.wait()
        for worker in workers_of(home):
            worker.kill()
            worker.wait()
    with start_engine(home, module=FAKE) as second, client_of(second) as client:
        assert wait_for(client, job_id).status == "succeeded"
        assert steps_of(client, job_id) == list(range(1, 16))
        assert "The engine was stopped while this job was under way. Starting the training again." in messages(client, job_id)


@posix
def test_an_adopted_worker_can_be_cancelled(home: Path) -> None:
    with start_engine(home, module=FAKE) as first, client_of(first) as client:
        job_id = start(client, "deaf 60", 3)
        until(lambda: steps_of(client, job_id) == [1], what="the first step")
        (worker,) = workers_of(home, job_id)
        first.process.kill()
        first.process.wait()
    with start_engine(home, module=FAKE) as second, client_of(second) as client:
        assert client.fine_tuning.jobs.cancel(job_id).status == "cancelled"
        assert wait_for(client, start(client, "", 1)).status == "succeeded"
        assert not is_alive(worker)


def test_an_engine_that_is_closed_takes_its_worker_with_it_and_goes_on_later(home: Path) -> None:
    with start_engine(home, module=FAKE) as first, client_of(first) as client:
        job_id = start(client, SLOW, 15)
        until(lambda: len(steps_of(client, job_id)) >= 2, what="two steps")
        stop(first.process)
    if os.name == "posix":
        assert first.process.returncode == 0
        assert not (home / "engine.json").exists()
    assert not workers_of(home)
    with start_engine(home, module=FAKE) as second, client_of(second) as client:
        assert wait_for(client, job_id).status == "succeeded"
        assert steps_of(client, job_id) == list(range(1, 16))


def test_a_second_engine_on_one_home_refuses(fake: EngineProcess) -> None:
    told = (fake.home / "engine.json").read_text(encoding="utf-8")
    second = subprocess.run(command(fake.home), env=environment(), capture_output=True, text=True, timeout=30)
    assert (second.returncode, second.stdout) == (3, "")
    assert second.stderr.strip() == f"An engine is already running on {fake.home.resolve()}; its address is in engine.json there."
    assert (fake.home / "engine.json").read_text(encoding="utf-8") == told
    assert call(fake, "GET", "/health")[0] == 200


def test_a_taken_port_is_said_in_words(fake: EngineProcess, tmp_path: Path) -> None:
    port = int(fake.root.rpartition(":")[2])
    second = subprocess.run(command(tmp_path / "other", port=port), env=environment(), capture_output=True, text=True, timeout=30)
    assert (second.returncode, second.stdout) == (4, "")
    assert f"Port {port} on 127.0.0.1 cannot be used" in second.stderr


@pytest.mark.parametrize("fault", ["newer", "damaged", "no folder"])
def test_a_home_that_cannot_be_used_is_said_in_one_line(tmp_path: Path, fault: str) -> None:
    home = tmp_path / "home"
    if fault == "no folder":
        home.write_text("a file")
    else:
        home.mkdir()
        (home / "engine.db").write_text("not a database" * 100)
        if fault == "newer":
            (home / "engine.db").unlink()
            with closing(sqlite3.connect(home / "engine.db")) as connection:
                connection.execute("PRAGMA user_version = 99")
    engine = subprocess.run(command(home), env=environment(), capture_output=True, text=True, timeout=30)
    assert (engine.returncode, engine.stdout) == (5, "")
    assert f"{home} cannot be used" in engine.stderr and engine.stderr.count("\n") == 1


def test_engine_json_tells_where_the_engine_is(fake: EngineProcess) -> None:
    told = json.loads((fake.home / "engine.json").read_text(encoding="utf-8"))
    assert (told["base_url"], told["token"], told["pid"]) == (fake.base_url, fake.token, fake.process.pid)
    assert told["base_url"] == f"http://127.0.0.1:{told['port']}/v1"
    assert told["started"] == psutil.Process(told["pid"]).create_time()
    if os.name == "posix":
        assert stat.S_IMODE((fake.home / "engine.json").stat().st_mode) == 0o600
        assert stat.S_IMODE(fake.home.stat().st_mode) == 0o700


def test_the_token_can_be_given_and_is_seen_by_no_worker(home: Path) -> None:
    with start_engine(home, module=FAKE, token="a-token-of-our-own") as engine, client_of(engine) as client:
        assert engine.token == "a-token-of-our-own"
        assert client.models.list().data
        job_id = start(client, SLOW, 50)
        until(lambda: len(steps_of(client, job_id)) > 0, what="a step")
        for worker in workers_of(home):
            assert engine.token not in "\n".join((*worker.cmdline(), *worker.environ().values()))
        kept = text_below(home)
        assert kept.count(engine.token) == 1, "in engine.json and nowhere else"
    assert engine.token not in engine.log.read_text(encoding="utf-8")


def test_the_ready_line_is_all_that_is_ever_printed(home: Path) -> None:
    with (home.parent / "stderr").open("w") as stderr:
        process = subprocess.Popen(command(home, idle_seconds=0.5), env=environment(), stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        ready = json.loads(first_line(process, 30))
        assert set(ready) == {"base_url", "token"} and ready["base_url"].endswith("/v1")
        with OpenAI(base_url=ready["base_url"], api_key="wrong", max_retries=0) as client, pytest.raises(openai.AuthenticationError):
            client.models.list()
        assert process.stdout is not None
        assert process.stdout.read() == ""
        assert process.wait(10) == 0, "idle: it ends by itself"
    finally:
        stop(process)
    assert not (home / "engine.json").exists()


def test_idle_means_no_job_and_no_caller(home: Path) -> None:
    with start_engine(home, module=FAKE, idle_seconds=1.5) as engine:
        with client_of(engine) as client:
            job_id = start(client, "sleep 0.1", 20)
        time.sleep(2.0)
        assert engine.process.poll() is None, "a job keeps it up"
        with client_of(engine) as client:
            assert wait_for(client, job_id).status == "succeeded"
            for _ in range(6):
                client.models.list()
                time.sleep(0.3)
        assert engine.process.poll() is None, "a caller keeps it up"
        ends = time.monotonic() + 10
        while engine.process.poll() is None and time.monotonic() < ends:
            assert call_health(engine) in (200, None), "asking for its health does not keep it up"
            time.sleep(0.1)
        assert engine.process.returncode == 0


def call_health(engine: EngineProcess) -> int | None:
    """The status of /health, None where nobody answers any more."""
    try:
        return call(engine, "GET", "/health", headers={"Authorization": ""})[0]
    except OSError:
        return None


def test_a_client_that_hangs_up_in_the_middle_harms_nobody(fake: EngineProcess) -> None:
    code = "import socket,sys; s=socket.create_connection(('127.0.0.1', int(sys.argv[1]))); s.sendall(sys.argv[2].encode()); s.close()"
    port = fake.root.rpartition(":")[2]
    head = f"POST /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {fake.token}\r\nContent-Length: 5000\r\n"
    for kind in ("multipart/form-data; boundary=x", "application/json"):
        request = f"{head}Content-Type: {kind}\r\n\r\n--x\r\nContent-Disposition: form-data; name="
        subprocess.run([sys.executable, "-c", code, port, request], check=True, timeout=30)
    assert call(fake, "GET", "/v1/models")[0] == 200
    until(lambda: not list((fake.home / "tmp").iterdir()), what="tidying up")
    assert "Traceback" not in fake.log.read_text(encoding="utf-8")
