"""Job records: at most one job for one key and attempt, whoever asks, however often, and whatever is killed."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.base.errors import NotInWorkspace, RequestRefused, TunesmithError, WorkspaceError
from core.base.remote import Checkpoint, Job, JobEvent, JobStatus, ServerError
from core.io.workspace import Workspace, open_workspace
from tests.workspace.conftest import NOW, Made
from tests.workspace.processes import at_once


def test_the_first_claim_wins_and_the_record_says_all(ws: Workspace, made: Made) -> None:
    record, is_mine = ws.claim_job(made.plan.id, 1, NOW)
    assert is_mine
    assert (record.project_id, record.plan_id, record.key, record.attempt) == (made.project.id, made.plan.id, made.plan.key, 1)
    assert (record.state, record.remote_id, record.job, record.snapshot, record.failure) == ("creating", None, None, None, None)
    assert (record.connection_id, record.origin) == ("openai", "https://api.openai.com")
    assert ws.claim_job(made.plan.id, 1, NOW + timedelta(hours=1)) == (record, False)
    assert ws.job(record.id) == record == ws.latest_attempt(made.plan.key)


def test_train_again_is_another_attempt(ws: Workspace, made: Made) -> None:
    first, _ = ws.claim_job(made.plan.id, 1, NOW)
    second, is_mine = ws.claim_job(made.plan.id, 2, NOW)
    assert is_mine and second.id != first.id
    assert ws.jobs(made.project.id) == [second, first]
    assert ws.latest_attempt(made.plan.key) == second
    assert ws.latest_attempt("f" * 64) is None


def test_the_jobs_of_a_server_are_those_of_every_project(ws: Workspace, make: Callable[..., Made]) -> None:
    records = [ws.claim_job(make(key=key * 64).plan.id, 1, NOW)[0] for key in "ab"]
    assert [one.id for one in ws.jobs_at("https://api.openai.com")] == [one.id for one in records]
    assert len({one.project_id for one in records}) == 2 and ws.jobs_at("https://elsewhere.example") == []


def test_the_jobs_that_go_on_or_ended_lately_are_those_of_every_project(ws: Workspace, make: Callable[..., Made]) -> None:
    day = timedelta(days=1)
    never, runs, odd, now_over, long_over, _ = (ws.claim_job(make(key=key * 64).plan.id, 1, NOW)[0] for key in "abcdef")
    for record, status, looked_at in (
        (runs, JobStatus.RUNNING, NOW - 9 * day),
        (odd, JobStatus.UNKNOWN, NOW - 9 * day),
        (now_over, JobStatus.SUCCEEDED, NOW),
        (long_over, JobStatus.FAILED, NOW - 9 * day),
    ):
        job = Job(record.id, status, status.value, "m")
        ws.update_job(record.id, state="created", remote_id=record.id, job=job, looked_at=looked_at)
    ws.update_job(never.id, state="created", remote_id="adopted")
    found = ws.jobs_lately(NOW - day)
    assert [one.id for one in found] == [never.id, runs.id, odd.id, now_over.id] and len({one.project_id for one in found}) == 4


def test_two_processes_claim_at_once_and_exactly_one_wins(home: Path, tmp_path: Path, made: Made) -> None:
    code = f"""
ws = open_workspace(home)
wait()
print(*(int(ws.claim_job({made.plan.id!r}, attempt, NOW)[1]) for attempt in range(20)))
ws.close()
"""
    printed = [list(map(int, line.split())) for line in at_once(home, tmp_path, code, 2)]
    assert [sum(wins) for wins in zip(*printed, strict=True)] == [1] * 20


def test_many_threads_claim_at_once_and_exactly_one_wins(ws: Workspace, made: Made) -> None:
    barrier, wins = threading.Barrier(12), []

    def click() -> None:
        barrier.wait()
        wins.append(ws.claim_job(made.plan.id, 1, NOW)[1])

    threads = [threading.Thread(target=click) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == [False] * 11 + [True]


@pytest.mark.parametrize("state", ["absent", "refused"])
def test_an_attempt_that_made_no_job_may_be_claimed_again(ws: Workspace, made: Made, state: str) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    ws.update_job(record.id, state=state, error=RequestRefused(host="h"), looked_at=NOW)  # type: ignore[arg-type]
    again, is_mine = ws.claim_job(made.plan.id, 1, NOW + timedelta(hours=1))
    assert is_mine and again.id == record.id
    assert (again.state, again.error, again.looked_at, again.created_at) == ("creating", None, None, NOW + timedelta(hours=1))
    assert ws.claim_job(made.plan.id, 1, NOW)[1] is False


@pytest.mark.parametrize("state", ["creating", "created", "uncertain"])
def test_an_attempt_that_may_have_made_a_job_is_never_claimed_again(ws: Workspace, made: Made, state: str) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    ws.update_job(record.id, state=state)  # type: ignore[arg-type]
    assert ws.claim_job(made.plan.id, 1, NOW + timedelta(days=30))[1] is False


def test_what_the_server_said_comes_back_as_it_was(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    job = Job(
        "ftjob-1",
        JobStatus.FAILED,
        "failed",
        "gpt-4.1-nano",
        created_at=NOW,
        result_files=("file-1", "file-2"),
        hyperparameters={"n_epochs": "auto"},
        metadata={"tunesmith_key": "k"},
        error=ServerError("invalid_training_file", "naïve 🙂"),
    )
    after = ws.update_job(record.id, state="created", remote_id="ftjob-1", job=job, looked_at=NOW)
    assert after == ws.job(record.id)
    assert after.snapshot == job
    assert (after.state, after.remote_id, after.looked_at) == ("created", "ftjob-1", NOW)


def test_a_typed_error_comes_back_as_it_was(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    after = ws.update_job(record.id, state="refused", error=RequestRefused(host="api.openai.com", details="{no such} model", code="x"))
    failure = after.failure
    assert isinstance(failure, RequestRefused)
    assert (str(failure), failure.code, failure.details) == ("api.openai.com refused the request.", "x", "{no such} model")


@pytest.mark.parametrize(
    "stored", [{}, {"type": "Odd", "message": "{what} is new"}, {"type": "os", "params": {"x": 1}}, {"params": {"message": 1}}]
)
def test_an_error_of_another_version_is_still_an_error(ws: Workspace, made: Made, stored: dict[str, object]) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    assert type(ws.update_job(record.id, error=stored).failure) is TunesmithError


def test_a_snapshot_of_a_newer_version_is_read_as_far_as_it_is_understood(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    job = {"id": "ftjob-1", "status": "hibernating", "raw_status": "hibernating", "base_model": "m", "mood": {"good": True}}
    snapshot = ws.update_job(record.id, job=job).snapshot
    assert snapshot == Job("ftjob-1", JobStatus.UNKNOWN, "hibernating", "m")


def test_a_created_job_is_never_forgotten(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    ws.update_job(record.id, state="created", remote_id="ftjob-1")
    with pytest.raises(WorkspaceError, match="was started"):
        ws.update_job(record.id, state="absent")
    assert ws.update_job(record.id, expect="uncertain", state="absent").state == "created"
    assert ws.job(record.id).remote_id == "ftjob-1"


def test_a_record_takes_only_what_it_knows(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    with pytest.raises(TypeError, match="api_key"):
        ws.update_job(record.id, api_key="x")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="done"):
        ws.update_job(record.id, state="done")  # type: ignore[arg-type]
    assert ws.job(record.id) == record


def test_jobs_made_elsewhere_are_taken_in_once(ws: Workspace, made: Made) -> None:
    job = Job("ftjob-9", JobStatus.RUNNING, "running", "m")
    where = {"connection_id": "openai", "origin": "https://api.openai.com", "remote_id": "ftjob-9", "now": NOW}
    record = ws.adopt_job(made.project.id, **where, job=job)
    assert (record.state, record.plan_id, record.snapshot) == ("created", None, job)
    assert ws.adopt_job(made.project.id, **where) == record
    assert ws.jobs(made.project.id) == [record]
    mine, _ = ws.claim_job(made.plan.id, 1, NOW)
    ws.update_job(mine.id, state="created", remote_id="ftjob-10")
    assert ws.adopt_job(made.project.id, **{**where, "remote_id": "ftjob-10"}).id == mine.id


def test_a_job_adopted_before_its_own_answer_came_is_one_job(ws: Workspace, made: Made) -> None:
    mine, _ = ws.claim_job(made.plan.id, 1, NOW)
    stranger = ws.adopt_job(made.project.id, connection_id="openai", origin=mine.origin, remote_id="ftjob-1", now=NOW)
    ws.add_events(stranger.id, [JobEvent("e1", NOW, "info", "message", "Created")])
    ws.set_checkpoints(stranger.id, [Checkpoint("c1", "m", 1, NOW)])
    after = ws.update_job(mine.id, state="created", remote_id="ftjob-1")
    assert ws.jobs(made.project.id) == [after]
    assert [event.id for event in ws.events(mine.id)] == ["e1"]
    assert [checkpoint.id for checkpoint in ws.checkpoints(mine.id)] == ["c1"]


def test_two_plans_cannot_own_one_remote_job(ws: Workspace, make: Callable[..., Made]) -> None:
    first, second = make(), make(key="b" * 64)
    one, _ = ws.claim_job(first.plan.id, 1, NOW)
    two, _ = ws.claim_job(second.plan.id, 1, NOW)
    ws.update_job(one.id, state="created", remote_id="ftjob-1")
    with pytest.raises(WorkspaceError, match="recorded already"):
        ws.update_job(two.id, state="created", remote_id="ftjob-1")


def test_a_claim_outlives_a_killed_program(home: Path, tmp_path: Path, made: Made, ws: Workspace) -> None:
    code = (
        f"import os; ws = open_workspace(home); wait(); ws.claim_job({made.plan.id!r}, 1, NOW); print('claimed', flush=True); os._exit(0)"
    )
    assert at_once(home, tmp_path, code, 1) == ["claimed\n"]
    ws.close()
    with open_workspace(home) as again:
        record = again.latest_attempt(made.plan.key)
        assert record is not None and record.state == "creating"
        assert again.claim_job(made.plan.id, 1, NOW)[1] is False


def test_nothing_is_claimed_for_a_plan_that_is_gone(ws: Workspace, made: Made) -> None:
    ws.delete_project(made.project.id)
    with pytest.raises(NotInWorkspace, match="plan"):
        ws.claim_job(made.plan.id, 1, NOW)


# the diary --------------------------------------------------------------------------------------------------------------------------------


def event(number: int, seconds: int = 0, **data: float) -> JobEvent:
    return JobEvent(f"e{number}", NOW + timedelta(seconds=seconds), "info", "metrics" if data else "message", f"event {number}", data)


def test_events_are_kept_once_and_come_oldest_first(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    events = [event(1), event(2, 1, step=1, train_loss=0.5), event(3, 2, step=2, train_loss=float("inf"))]
    assert ws.add_events(record.id, events[::-1]) == 3
    assert ws.add_events(record.id, [*events, event(4, 3)]) == 1
    assert ws.events(record.id) == [*events, event(4, 3)]
    assert ws.add_events(record.id, []) == 0


def test_within_one_second_the_servers_order_is_kept(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    told = [event(1), *(event(step, 1, step=step) for step in range(2, 30)), event(30, 1)]
    ws.add_events(record.id, told[14::-1])  # as servers list them: newest first
    ws.add_events(record.id, told[::-1])
    assert ws.events(record.id) == told


def test_steps_tell_the_order_where_all_happened_in_one_second(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    told = [event(step, step=step) for step in range(1, 6)]
    ws.add_events(record.id, told[::-1])
    assert ws.events(record.id) == told


def test_only_what_is_new_since_an_event(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    told = [event(1), event(2, 1, step=1), event(3, 1, step=2), event(4, 2)]
    ws.add_events(record.id, told)
    assert ws.events(record.id, since="e2") == told[2:]
    assert ws.events(record.id, since="e4") == []
    assert ws.events(record.id, since="never seen") == told


def test_checkpoints_are_replaced_as_a_whole(ws: Workspace, made: Made) -> None:
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    late, early = Checkpoint("c2", "m:step-20", 20, NOW, {"valid_loss": 0.25}), Checkpoint("c1", "m:step-10", 10, None)
    ws.set_checkpoints(record.id, [late, early, early])
    assert ws.checkpoints(record.id) == [early, late]
    ws.set_checkpoints(record.id, [late])
    assert ws.checkpoints(record.id) == [late]


def test_a_diary_needs_its_job(ws: Workspace) -> None:
    with pytest.raises(NotInWorkspace, match="training"):
        ws.add_events("nothere", [event(1)])
    with pytest.raises(NotInWorkspace, match="training"):
        ws.set_checkpoints("nothere", [])
    assert ws.events("nothere") == [] and ws.checkpoints("nothere") == []
