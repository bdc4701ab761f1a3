"""One engine for one workspace: found, started, kept alive and ended, whoever asks and however often."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from core.base.errors import EngineError
from core.io.connections import connection
from core.io.local_engine import Address, KeepAlive, engine_command, ensure_engine, find_engine, stop_engine
from core.io.openai_calls import list_models, make_client

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).with_name("stand_in_engine.py")
ENSURE = """
import sys
from pathlib import Path
from core.io.local_engine import ensure_engine
address = ensure_engine(Path(sys.argv[1]), command=sys.argv[2:])
print(address.base_url, address.token)
"""


def command(home: Path, mode: str = "") -> list[str]:
    return [sys.executable, str(STAND_IN), str(home / "engine"), "--mode", mode]


def starts(home: Path) -> list[int]:
    """The processes that were started as an engine of this home."""
    path = home / "engine" / "starts.txt"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def asked(home: Path) -> str:
    path = home / "engine" / "asked.txt"
    return path.read_text() if path.exists() else ""


def until(true: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def rewrite(home: Path, **fields: object) -> None:
    path = home / "engine" / "engine.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A workspace whose path has a space and an accent; whatever was started in it is ended."""
    folder = tmp_path / "my wörk"
    yield folder
    # those of other processes by what they wrote, our own as well where they had no time to write
    own = [child.pid for child in psutil.Process().children()]
    for pid in {*starts(folder), *own}:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if STAND_IN.name in " ".join(process.cmdline()):
                process.kill()


def test_it_is_started_once_and_found_again(home: Path):
    assert find_engine(home) is None
    first = ensure_engine(home, command=command(home))
    assert find_engine(home) == first == ensure_engine(home, command=command(home))
    assert len(starts(home)) == 1


def test_threads_that_ask_at_once_get_the_same_engine(home: Path):
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: ensure_engine(home, command=command(home)), range(6)))
    children = [child for child in psutil.Process().children() if STAND_IN.name in " ".join(child.cmdline())]
    assert len(children) == 1
    assert len(found) == 1 and len(starts(home)) == 1


def test_processes_that_ask_at_once_get_the_same_engine_and_it_outlives_them(home: Path):
    asking = [
        subprocess.Popen([sys.executable, "-c", ENSURE, str(home), *command(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = {process.communicate(timeout=30)[0].strip() for process in asking}
    assert [process.returncode for process in asking] == [0] * 4
    assert len(said) == 1 and len(starts(home)) == 1
    found = find_engine(home)
    assert found is not None and f"{found.base_url} {found.token}" in said


def test_it_belongs_to_no_terminal_and_holds_no_pipe(home: Path):
    # with a pipe held open, this would wait for the engine's end
    subprocess.run([sys.executable, "-c", ENSURE, str(home), *command(home)], cwd=ROOT, capture_output=True, timeout=30, check=True)
    engine = psutil.Process(starts(home)[0])
    assert engine.is_running()
    if hasattr(os, "getsid"):
        assert os.getsid(engine.pid) == engine.pid != os.getsid(0)


def test_one_that_was_killed_is_replaced(home: Path):
    first = ensure_engine(home, command=command(home))
    psutil.Process(starts(home)[0]).kill()
    until(lambda: find_engine(home) is None)
    second = ensure_engine(home, command=command(home))
    assert second != first and len(starts(home)) == 2


def test_an_engine_that_ends_does_not_stay_behind_as_a_zombie(home: Path):
    ensure_engine(home, command=command(home))
    pid = starts(home)[0]
    psutil.Process(pid).kill()
    until(lambda: not psutil.pid_exists(pid))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"pid": 1}',
        '{"pid": "1", "base_url": "http://127.0.0.1:1/v1", "token": "t"}',
        '{"pid": -1, "base_url": "http://127.0.0.1:1/v1", "token": "t"}',
        '{"pid": 1, "base_url": "http://127.0.0.1:1/v1", "token": null}',
        '{"pid": 1, "base_url": 5, "token": "t"}',
        '{"pid": 1, "base_url": "http://[::1/v1", "token": "t"}',
        '{"pid": 1, "base_url": "http://127.0.0.1:99999/v1", "token": "t"}',
        '{"pid": 1, "base_url": "http://127.0.0.1/v1", "token": "t"}',
        '{"pid": 1, "base_url": "http://127.0.0.1:1/v1", "token": "t", "started": "yesterday"}',
    ],
)
def test_a_broken_record_is_none(home: Path, text: str):
    (home / "engine").mkdir(parents=True)
    (home / "engine" / "engine.json").write_text(text)
    assert find_engine(home) is None and stop_engine(home) is False
    assert ensure_engine(home, command=command(home))


def test_the_token_is_sent_to_this_machine_alone(home: Path):
    (home / "engine").mkdir(parents=True)
    for base_url in ("http://192.0.2.1:80/v1", "https://127.0.0.1:443/v1", "http://localhost.example:80/v1"):
        record = {"pid": os.getpid(), "base_url": base_url, "token": "secret", "started": time.time()}
        (home / "engine" / "engine.json").write_text(json.dumps(record))
        assert find_engine(home) is None  # the tests' guard fails any attempt to leave this machine


def test_a_record_whose_process_is_another_one_now_is_not_asked(home: Path):
    address = ensure_engine(home, command=command(home))
    before = asked(home)
    rewrite(home, started=psutil.Process(starts(home)[0]).create_time() - 3600)
    assert find_engine(home) is None and asked(home) == before
    rewrite(home, started="2020-01-01T00:00:00+00:00")
    assert find_engine(home) is None and asked(home) == before
    # but the second engine that is then tried finds the first one in charge, and that settles it
    assert ensure_engine(home, command=command(home)) == address
    assert len(starts(home)) == 2


def test_an_engine_that_does_not_take_the_token_is_not_ours(home: Path):
    ensure_engine(home, command=command(home))
    rewrite(home, token="another")
    assert find_engine(home) is None


def test_one_that_fails_says_why(home: Path):
    with pytest.raises(EngineError) as failed:
        ensure_engine(home, command=command(home, "fails"))
    assert "libexample.so" in failed.value.details and "exit code 1" in failed.value.details
    with pytest.raises(EngineError) as again:
        ensure_engine(home, command=command(home, "fails"))
    assert again.value.details.count("libexample.so") == 1, "only what this start said"


def test_one_that_hangs_is_ended_and_said_so(home: Path):
    with pytest.raises(EngineError, match="did not start") as failed:
        ensure_engine(home, command=command(home, "hangs"), timeout_s=1.0)
    assert "in time" in failed.value.details
    until(lambda: not psutil.pid_exists(starts(home)[0]))


def test_a_start_that_takes_for_ever_elsewhere_is_not_waited_for(home: Path):
    (home / "engine").mkdir(parents=True)
    with FileLock(home / "engine" / "start.lock"), pytest.raises(EngineError) as failed:
        ensure_engine(home, command=command(home), timeout_s=0.3)
    assert "start.lock" in failed.value.details and starts(home) == []


def test_its_log_is_the_owners_alone_and_holds_no_token(home: Path):
    address = ensure_engine(home, command=command(home))
    folder = home / "engine"
    log = folder / "engine.log"
    until(lambda: "asked for /v1/models" in log.read_text())
    assert address.token not in log.read_text() and address.token not in repr(address)
    if os.name == "posix":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_log_does_not_grow_for_ever(home: Path):
    (home / "engine").mkdir(parents=True)
    log = home / "engine" / "engine.log"
    log.write_bytes(b"x" * (2**20 + 1))
    ensure_engine(home, command=command(home))
    assert log.stat().st_size < 1000


def test_it_inherits_no_keys(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-0123456789")
    monkeypatch.setenv("TUNESMITH_SOMETHING", "kept")
    ensure_engine(home, command=command(home))
    environment = json.loads((home / "engine" / "environment.json").read_text())
    assert "OPENAI_API_KEY" not in environment and environment["TUNESMITH_SOMETHING"] == "kept"
    assert str(ROOT) in environment["PYTHONPATH"].split(os.pathsep)


def test_it_is_ended_once(home: Path):
    ensure_engine(home, command=command(home))
    assert stop_engine(home) is True
    assert not psutil.pid_exists(starts(home)[0])
    assert stop_engine(home) is False and find_engine(home) is None


def test_no_process_is_ended_that_is_not_provably_the_engine(home: Path):
    engine = ensure_engine(home, command=command(home))
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        for address, token in ((engine.base_url, engine.token), (engine.base_url, "guessed"), ("http://127.0.0.1:9/v1", "guessed")):
            rewrite(home, pid=stranger.pid, base_url=address, token=token, started=time.time())
            assert stop_engine(home) is False and stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_asking_now_and_then_keeps_it_alive(home: Path):
    ensure_engine(home, command=command(home))
    alive = KeepAlive(home, every_s=0.05).start()
    before = len(asked(home))
    until(lambda: len(asked(home)) >= before + 3)
    alive.stop()
    quiet = asked(home)
    time.sleep(0.2)
    assert asked(home) == quiet and "x" not in quiet
    assert not [thread for thread in threading.enumerate() if thread.name == "engine-keep-alive"]


def test_keeping_alive_starts_nothing(home: Path):
    alive = KeepAlive(home, every_s=0.02).start()
    time.sleep(0.1)
    alive.stop()
    assert not home.exists()


def test_the_real_engine_is_started_found_asked_and_ended(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(home.parent)
    relative = Path(home.name)
    address = ensure_engine(relative)
    try:
        assert isinstance(address, Address) and find_engine(home) == address == ensure_engine(home)
        with make_client(connection("this-machine", base_url=address.base_url), address.token) as client:
            assert "recall" in [model.id for model in list_models(client)]
        assert engine_command(relative) == engine_command(home)
    finally:
        assert stop_engine(home) is True
    assert find_engine(home) is None
    assert address.token not in (home / "engine" / "engine.log").read_text()
