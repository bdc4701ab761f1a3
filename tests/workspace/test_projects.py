"""Projects: made, changed, found again, and deleted without a trace."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from core.base.errors import BadSetting, NotInWorkspace
from core.base.remote import Checkpoint, JobEvent
from core.io.workspace import Workspace, open_workspace
from tests.workspace.conftest import NOW, Made


def test_a_new_project(ws: Workspace) -> None:
    project = ws.create_project("  Bank \n support ", now=NOW, example="bank_support")
    assert re.fullmatch(r"[a-z0-9]{10}", project.id)
    assert (project.name, project.example, project.connection_id, project.draft) == ("Bank support", "bank_support", "this-machine", {})
    assert project == ws.project(project.id)
    assert project.created_at == project.updated_at == NOW


def test_the_newest_comes_first_even_within_one_moment(ws: Workspace) -> None:
    names = ["one", "two", "three"]
    for name in names:
        ws.create_project(name, now=NOW)
    ws.create_project("old", now=NOW - timedelta(days=1))
    assert [project.name for project in ws.projects()] == ["three", "two", "one", "old"]


def test_a_change_touches_only_what_it_names(ws: Workspace, made: Made) -> None:
    later = NOW + timedelta(minutes=1)
    after = ws.update_project(made.project.id, later, draft={"prompt": "née 🙂", "columns": ["a", "b"]})
    assert after.draft == {"prompt": "née 🙂", "columns": ["a", "b"]}
    assert (after.name, after.source, after.dataset_id, after.updated_at) == ("Bank", made.project.source, made.dataset.id, later)
    assert after == ws.project(made.project.id)


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(ws: Workspace) -> None:
    jakarta = datetime(2026, 3, 4, 12, 6, 7, tzinfo=timezone(timedelta(hours=7)))
    project = ws.project(ws.create_project("x", now=jakarta).id)
    assert project.created_at == jakarta and project.created_at.utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="time zone"):
        ws.create_project("x", now=datetime(2026, 3, 4))


def test_a_project_needs_a_name(ws: Workspace) -> None:
    with pytest.raises(BadSetting, match="name"):
        ws.create_project(" \n", now=NOW)
    project = ws.create_project("x" * 500, now=NOW)
    assert len(project.name) == 120
    with pytest.raises(BadSetting, match="name"):
        ws.update_project(project.id, NOW, name="")


@pytest.mark.parametrize("url", ["https://me:secret@host/v1", "https://host/v1?api_key=secret", "https://host/v1#secret"])
def test_an_address_with_a_secret_in_it_is_not_stored(ws: Workspace, made: Made, url: str) -> None:
    with pytest.raises(BadSetting, match="address") as caught:
        ws.update_project(made.project.id, NOW, base_url=url)
    assert "secret" not in str(caught.value) + caught.value.hint + caught.value.details
    assert ws.project(made.project.id).base_url is None
    assert ws.update_project(made.project.id, NOW, base_url="http://localhost:8000/v1").base_url == "http://localhost:8000/v1"


@pytest.mark.parametrize("project_id", ["nothere", "", "' OR 1=1 --", "../.."])
def test_no_such_project(ws: Workspace, made: Made, project_id: str) -> None:
    for call in (ws.project, ws.delete_project, lambda this: ws.update_project(this, NOW, name="x")):
        with pytest.raises(NotInWorkspace, match="project"):
            call(project_id)
    assert ws.projects() == [made.project]


def test_a_project_points_only_at_what_is_its_own(ws: Workspace, make: Callable[..., Made]) -> None:
    mine, theirs = make(), make(name="Other", content="other", key="b" * 64)
    with pytest.raises(NotInWorkspace, match="data set"):
        ws.update_project(mine.project.id, NOW, dataset_id=theirs.dataset.id)
    with pytest.raises(NotInWorkspace, match="plan"):
        ws.update_project(mine.project.id, NOW, plan_id=theirs.plan.id)
    with pytest.raises(NotInWorkspace):
        ws.update_project(mine.project.id, NOW, source="0" * 64)
    with pytest.raises(TypeError, match="api_key"):
        ws.update_project(mine.project.id, NOW, api_key="x")  # type: ignore[call-arg]
    assert ws.project(mine.project.id) == mine.project


def test_a_source_that_is_replaced_is_removed(ws: Workspace) -> None:
    project = ws.create_project("x", now=NOW)
    first = ws.put_file(b"first", "a.csv", now=NOW)
    second = ws.put_file(b"second", "b.csv", now=NOW)
    ws.update_project(project.id, NOW, source=first.sha256)
    ws.update_project(project.id, NOW, source=second.sha256)
    with pytest.raises(NotInWorkspace):
        ws.read_file(first.sha256)
    assert ws.read_file(second.sha256) == b"second"


def test_a_replaced_source_stays_while_a_data_set_was_made_from_it(ws: Workspace, made: Made) -> None:
    assert made.project.source is not None
    ws.update_project(made.project.id, NOW, source=None)
    assert ws.read_file(made.project.source) == b"question,answer"


def test_deleting_leaves_no_trace_on_the_disk(ws: Workspace, make: Callable[..., Made]) -> None:
    canary = "Zebra-Kanarienvogel-7421"
    made = make(name=canary, content=f"{canary} row")
    ws.update_project(made.project.id, NOW, draft={"prompt": canary})
    record, _ = ws.claim_job(made.plan.id, 1, NOW)
    ws.update_job(record.id, state="created", remote_id="ftjob-1", job={"id": canary})
    ws.add_events(record.id, [JobEvent("e1", NOW, "info", "message", canary)])
    ws.set_checkpoints(record.id, [Checkpoint("c1", canary, 1, NOW)])
    row = (2, f"{canary}?", canary, f'[{{"role": "user", "content": "{canary}"}}]')
    common = {"now": NOW, "dataset_id": made.dataset.id, "connection_id": "openai", "origin": "o"}
    run = ws.start_run(made.project.id, **common, model=canary, label=canary, settings={}, rows=[row] * 300)
    ws.claim_rows(run.id, "me", 1, NOW, 60)
    ws.finish_row(run.id, 0, owner="me", now=NOW, answer=canary)
    ws.remember_upload("o", made.dataset.train_sha, canary, NOW)
    task, _ = ws.add_task("core.prepare.work:prepare", {"source": made.project.source}, NOW)
    ws.end_task(task.id, "done", NOW, result={"findings": canary})
    assert any(canary.encode() in path.read_bytes() for path in ws.home.rglob("*") if path.is_file())

    ws.delete_project(made.project.id)

    assert ws.projects() == [] and ws.tasks() == []
    for call, known in (
        (ws.project, made.project.id),
        (ws.dataset, made.dataset.id),
        (ws.plan, made.plan.id),
        (ws.job, record.id),
        (ws.run, run.id),
    ):
        with pytest.raises(NotInWorkspace):
            call(known)
    assert [path for path in ws.home.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()] == []
    assert [path for path in (ws.home / "files").rglob("*") if path.is_file()] == []


def test_deleting_one_project_leaves_the_other_whole(ws: Workspace, make: Callable[..., Made]) -> None:
    first = make(name="first")
    second = make(name="second", key="b" * 64)  # the same files
    ws.remember_upload("o", second.dataset.train_sha, "file-1", NOW)
    task, _ = ws.add_task("core.prepare.work:prepare", {"source": second.project.source}, NOW)
    ws.delete_project(first.project.id)
    assert ws.projects() == [second.project]
    assert ws.read_file(second.dataset.train_sha) == b"question,answer train"
    assert ws.uploaded("o", second.dataset.train_sha) == "file-1"
    assert ws.task(task.id) == task


def test_a_job_shared_by_two_projects_outlives_the_one_that_started_it(ws: Workspace, make: Callable[..., Made]) -> None:
    first, second = make(name="first"), make(name="second")  # the same plan, hence the same key
    record, _ = ws.claim_job(first.plan.id, 1, NOW)
    assert [job.id for job in ws.jobs(second.project.id)] == [record.id]
    ws.delete_project(first.project.id)
    assert [job.id for job in ws.jobs(second.project.id)] == [record.id]
    assert ws.claim_job(second.plan.id, 1, NOW)[1] is False


def test_a_deleted_id_is_gone_for_a_second_window_too(ws: Workspace, made: Made, home: Path) -> None:
    with open_workspace(home) as other:
        other.delete_project(made.project.id)
    with pytest.raises(NotInWorkspace, match="project") as caught:
        ws.project(made.project.id)
    assert "sidebar" in caught.value.hint


def test_a_held_file_stays_as_long_as_its_project_holds_it(ws: Workspace, made: Made) -> None:
    first, second = (ws.put_file(data, "t.csv", now=NOW).sha256 for data in (b"first", b"second"))
    ws.hold_file(made.project.id, "own_test", first)
    later = NOW + timedelta(days=3)
    ws.put_file(b"something else", "x", now=later)  # whoever is abandoned for a day is forgotten here
    ws.sweep()
    assert ws.read_file(first) == b"first"
    with pytest.raises(NotInWorkspace):
        ws.read_file(second)
    ws.hold_file(made.project.id, "own_test", None)
    ws.sweep()
    with pytest.raises(NotInWorkspace):
        ws.read_file(first)


def test_a_held_file_goes_with_its_project(ws: Workspace, made: Made) -> None:
    sha = ws.put_file(b"held", "t.csv", now=NOW).sha256
    ws.hold_file(made.project.id, "own_test", sha)
    with pytest.raises(NotInWorkspace):
        ws.hold_file(made.project.id, "former", "0" * 64)
    ws.delete_project(made.project.id)
    with pytest.raises(NotInWorkspace):
        ws.read_file(sha)
