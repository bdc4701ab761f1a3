"""Long work: in another process, one at a time, the same work once, cancelled, mourned, and never silently lost."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.base.errors import NotInWorkspace, TooLarge
from core.io import tasks
from core.io.tasks import cancel_task, look_at_task, start_task, task_result
from core.io.worker import find_work
from core.io.workspace import Task, Workspace, open_workspace
from core.io.workspace.worklist import KEPT

WORK = "core.made_for_tests"


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).with_name("task_work")))
    with open_workspace(tmp_path / "home") as workspace:
        yield workspace
        for task in workspace.tasks():
            cancel_task(workspace, task.id, now())


def now() -> datetime:
    return datetime.now(UTC)


def until(ws: Workspace, task: Task, reached: Callable[[Task], bool] = lambda task: task.is_over, seconds: float = 60) -> Task:
    """Look at a task, as a page does, until it is where it should be."""
    deadline = time.monotonic() + seconds
    while not reached(task):
        assert time.monotonic() < deadline, f"{seconds} s have passed: {task}"
        time.sleep(0.02)
        task = look_at_task(ws, task.id, now())
    return task


def notes_of(path: Path, n: int) -> list[str]:
    deadline = time.monotonic() + 30
    while not path.exists() or len(path.read_text().splitlines()) < n:
        assert time.monotonic() < deadline, "nothing was begun"
        time.sleep(0.02)
    return path.read_text().splitlines()


def test_work_is_done_in_another_process_and_its_progress_is_a_row(ws: Workspace) -> None:
    task = start_task(ws, f"{WORK}:count", {"n": 40}, now())
    assert task.state == "waiting" and task.pid is not None
    halfway = until(ws, task, lambda task: task.done > 0)
    assert (halfway.state, halfway.total) == ("running", 40) and 0 < halfway.done < 40
    over = until(ws, task)
    assert (over.state, over.error, over.result["counted"]) == ("done", None, 40), over
    assert task_result(ws, over) == over.result
    assert over.result["pid"] not in (os.getpid(), 0) and over.finished_at is not None
    assert until_gone(over.result["pid"])


def until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)
    return True


def test_the_same_work_is_done_once(ws: Workspace, tmp_path: Path) -> None:
    first = start_task(ws, f"{WORK}:count", {"n": 5, "m": None}, now())
    assert start_task(ws, f"{WORK}:count", {"m": None, "n": 5}, now()).id == first.id
    over = until(ws, first)
    assert start_task(ws, f"{WORK}:count", {"n": 5, "m": None}, now()) == over
    assert start_task(ws, f"{WORK}:count", {"n": 5, "m": None}, now(), again=True) == over
    other = start_task(ws, f"{WORK}:count", {"n": 6}, now())
    assert other.id != first.id


def test_one_at_a_time(ws: Workspace) -> None:
    begun = [start_task(ws, f"{WORK}:overlap", {"number": number}, now()) for number in range(3)]
    spans = sorted((over.result["begun"], over.result["ended"]) for over in (until(ws, task) for task in begun))
    for (_, ended), (begins, _) in pairwise(spans):
        assert begins >= ended


def test_a_large_result_lies_in_a_file_and_goes_with_its_task(ws: Workspace) -> None:
    over = until(ws, start_task(ws, f"{WORK}:large", {"n": 100_000}, now()))
    assert (over.state, over.result) == ("done", None) and over.result_sha is not None, over
    assert task_result(ws, over) == {"text": "é" * 100_000}
    small = until(ws, start_task(ws, f"{WORK}:large", {"n": 10}, now()))
    assert (small.result, small.result_sha) == ({"text": "é" * 10}, None)


def test_a_typed_error_survives_with_all_its_words(ws: Workspace) -> None:
    over = until(ws, start_task(ws, f"{WORK}:too_large", {}, now()))
    assert over.state == "failed" and over.attempts == 1
    failure = over.failure
    assert isinstance(failure, TooLarge)
    assert (str(failure), failure.hint, failure.details, failure.params) == ("Row 7 is too long.", "Shorten it.", "column 3", {"row": 7})


def test_a_fault_of_the_program_fails_the_task_with_its_traceback(ws: Workspace) -> None:
    over = until(ws, start_task(ws, f"{WORK}:fault", {}, now()))
    assert over.state == "failed" and over.attempts == 1
    assert over.failure is not None and "fault in Tunesmith" in str(over.failure)
    assert "KeyError: 'nothing'" in over.failure.details and "made_for_tests.py" in over.failure.details


def test_want_of_memory_is_said_in_words(ws: Workspace) -> None:
    over = until(ws, start_task(ws, f"{WORK}:no_memory", {}, now()))
    assert over.failure is not None and "memory" in str(over.failure)


def test_a_result_that_is_no_json_fails_the_task(ws: Workspace) -> None:
    over = until(ws, start_task(ws, f"{WORK}:not_json", {}, now()))
    assert over.state == "failed" and over.failure is not None and "cannot be stored as JSON" in over.failure.details


def test_a_failed_task_is_not_begun_again_by_looking_but_by_asking(ws: Workspace) -> None:
    over = until(ws, start_task(ws, f"{WORK}:too_large", {}, now()))
    assert start_task(ws, f"{WORK}:too_large", {}, now()) == over
    again = start_task(ws, f"{WORK}:too_large", {}, now(), again=True)
    assert again.id != over.id and not again.is_over
    with pytest.raises(NotInWorkspace):
        look_at_task(ws, over.id, now())
    assert until(ws, again).state == "failed"


def test_cancelling_ends_the_process_and_its_children(ws: Workspace, tmp_path: Path) -> None:
    task = start_task(ws, f"{WORK}:wait", {"notes": str(tmp_path / "notes")}, now())
    pids = [int(word) for word in notes_of(tmp_path / "notes", 1)[0].split()]
    assert all(psutil.pid_exists(pid) for pid in pids)
    over = cancel_task(ws, task.id, now())
    assert over.state == "cancelled" and over.finished_at is not None
    for pid in pids:
        assert until_gone(pid)
    assert cancel_task(ws, task.id, now()) == over == look_at_task(ws, task.id, now())


def test_cancelling_what_waits_its_turn(ws: Workspace, tmp_path: Path) -> None:
    first = start_task(ws, f"{WORK}:wait", {"notes": str(tmp_path / "notes")}, now())
    notes_of(tmp_path / "notes", 1)
    second = start_task(ws, f"{WORK}:wait", {"notes": str(tmp_path / "others")}, now())
    assert cancel_task(ws, second.id, now()).state == "cancelled"
    assert second.pid is not None and until_gone(second.pid)
    assert not (tmp_path / "others").exists()
    assert look_at_task(ws, first.id, now()).state == "running"


def test_only_a_process_that_names_the_task_is_ever_ended(ws: Workspace) -> None:
    task, _ = ws.add_task(f"{WORK}:count", {"n": 1}, now())
    ws.begin_task(task.id, os.getpid(), now())  # as if this process had taken the number of a worker that died
    assert cancel_task(ws, task.id, now()).state == "cancelled"  # and we live to see it


def test_a_killed_worker_is_replaced_once(ws: Workspace, tmp_path: Path) -> None:
    task = start_task(ws, f"{WORK}:wait", {"notes": str(tmp_path / "notes")}, now())
    pids = []
    for attempt in (1, 2):
        line = notes_of(tmp_path / "notes", attempt)[-1]
        pid, child = map(int, line.split())
        for each in (child, pid):
            psutil.Process(each).kill()
        pids.append(pid)
        until_gone(pid)
        task = until(ws, task, lambda task, pid=pid: task.pid != pid or task.is_over)  # type: ignore[misc]
        assert task.attempts == 2
    assert task.state == "failed" and task.failure is not None and "stopped unexpectedly" in str(task.failure)
    assert len(set(pids)) == 2


def test_a_worker_that_always_dies_fails_the_task_with_its_last_words(ws: Workspace, tmp_path: Path) -> None:
    over = until(ws, start_task(ws, f"{WORK}:crash", {"notes": str(tmp_path / "notes")}, now()))
    assert over.state == "failed" and over.failure is not None
    assert "Out of memory" in over.failure.details
    assert notes_of(tmp_path / "notes", 2) == ["died", "died"]


def test_a_task_whose_starter_was_killed_before_it_had_a_process(ws: Workspace) -> None:
    task, is_new = ws.add_task(f"{WORK}:count", {"n": 1}, now())
    assert is_new
    assert look_at_task(ws, task.id, now()) == task
    assert look_at_task(ws, task.id, now() + timedelta(seconds=30)).attempts == 2
    assert until(ws, task).state == "done"


def test_work_outlives_the_program_that_started_it(ws: Workspace) -> None:
    task = start_task(ws, f"{WORK}:count", {"n": 30}, now())
    ws.close()
    with open_workspace(ws.home) as another:
        assert until(another, task).result["counted"] == 30


def test_deleting_a_project_ends_the_work_on_its_data(ws: Workspace, tmp_path: Path) -> None:
    project = ws.create_project("x", now=now())
    source = ws.put_file(b"a,b", "a.csv", now=now())
    ws.update_project(project.id, now(), source=source.sha256)
    task = start_task(ws, f"{WORK}:wait", {"source": source.sha256, "notes": str(tmp_path / "notes")}, now())
    pid, child = map(int, notes_of(tmp_path / "notes", 1)[0].split())
    ws.delete_project(project.id)
    with pytest.raises(NotInWorkspace):
        look_at_task(ws, task.id, now())
    assert until_gone(pid) and until_gone(child)


def test_a_worker_is_told_no_secret_and_writes_none_down(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = "sk-canary-0123456789abcdef"
    names = ("OPENAI_API_KEY", "TUNESMITH_ENGINE_TOKEN", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "db_password")
    for name in names:
        monkeypatch.setenv(name, canary)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "not a secret")
    over = until(ws, start_task(ws, f"{WORK}:secrets", {}, now()))
    seen = dict(task_result(ws, over))
    assert not set(names) & set(seen) and seen["TIKTOKEN_CACHE_DIR"] == "not a secret"
    for path in ws.home.rglob("*"):
        assert path.is_dir() or canary.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    "kind", ["os:system", "core:x", "core.io.tasks", "core.io.tasks:_end", "core.io..x:y", "engine.queue:run", "core.x:y.z", ""]
)
def test_only_functions_of_the_core_are_work(ws: Workspace, kind: str) -> None:
    with pytest.raises(ValueError, match="core"):
        start_task(ws, kind, {}, now())
    with pytest.raises(ValueError, match="core"):
        find_work(kind)
    assert ws.tasks() == []


@pytest.mark.parametrize("kind", ["core.io.tasks:subprocess", "core.io.tasks:suppress", "core.io.tasks:nothing"])
def test_what_a_module_of_the_core_only_borrows_is_not_work(kind: str) -> None:
    with pytest.raises(ValueError, match="defines no function"):
        find_work(kind)
    assert find_work("core.io.tasks:look_at_task") is tasks.look_at_task  # type: ignore[comparison-overlap]


def test_a_start_that_the_system_refuses(ws: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no python here"))
    over = start_task(ws, f"{WORK}:count", {"n": 1}, now())
    assert over.state == "failed" and over.failure is not None and "could not start the work" in str(over.failure)


def test_old_work_is_forgotten(ws: Workspace) -> None:
    for number in range(KEPT + 5):
        task, _ = ws.add_task("core.x:y", {"number": number}, now())
        result = ws.put_file(f"result {number}".encode(), "result.json", now=now())
        ws.end_task(task.id, "done", now(), result_sha=result.sha256)
    waiting, _ = ws.add_task("core.x:y", {"number": -1}, now())
    kept: list[Any] = [task.args["number"] for task in ws.tasks()]
    assert kept == [-1, *range(KEPT + 4, 4, -1)]
    assert len([path for path in (ws.home / "files").rglob("*") if path.is_file()]) == KEPT
    assert ws.task(waiting.id) == waiting
