"""Data sets, plans and uploads: versions, sameness, and nothing that points nowhere."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.base.errors import NotInWorkspace
from core.base.types import Estimate, Finding
from core.io.workspace import Dataset, Workspace, plain, revive
from tests.workspace.conftest import NOW, Made

LATER = NOW + timedelta(days=1)


def content(dataset: Dataset) -> dict[str, Any]:
    leave = ("id", "project_id", "version", "created_at")
    return {name: getattr(dataset, name) for name in dataset.__dataclass_fields__ if name not in leave}


def test_the_same_content_is_the_same_data_set(ws: Workspace, made: Made) -> None:
    assert ws.save_dataset(made.project.id, now=LATER, **content(made.dataset)) == made.dataset
    assert ws.datasets(made.project.id) == [made.dataset]


@pytest.mark.parametrize(
    "change",
    [{"settings": {"mapping": {}}}, {"split": {"seed": 8}}, {"test_sha": None}, {"system_prompt": "Other."}, {"shape": {"kind": "text"}}],
)
def test_any_other_content_is_the_next_version(ws: Workspace, made: Made, change: dict[str, Any]) -> None:
    second = ws.save_dataset(made.project.id, now=LATER, **{**content(made.dataset), **change})
    assert (second.version, second.created_at) == (2, LATER)
    assert ws.datasets(made.project.id) == [second, made.dataset]
    assert ws.dataset(second.id) == second


def test_versions_are_counted_per_project(ws: Workspace, make: Callable[..., Made]) -> None:
    first, second = make(), make(key="b" * 64)
    assert (first.dataset.version, second.dataset.version) == (1, 1)
    assert first.dataset.id != second.dataset.id


def test_findings_may_be_findings(ws: Workspace, made: Made) -> None:
    finding = Finding("duplicate", "warning", (3, 9), {"first": 3}, repair="drop_duplicates")
    saved = ws.save_dataset(made.project.id, now=NOW, **{**content(made.dataset), "system_prompt": "x", "findings": [finding]})
    assert saved.findings == [plain(finding)]
    assert revive(Finding, saved.findings[0]) == finding


def test_a_data_set_needs_its_files_and_its_project(ws: Workspace, made: Made) -> None:
    with pytest.raises(NotInWorkspace, match="file"):
        ws.save_dataset(made.project.id, now=NOW, **{**content(made.dataset), "train_sha": "0" * 64})
    with pytest.raises(NotInWorkspace, match="file"):
        ws.save_dataset(made.project.id, now=NOW, **{**content(made.dataset), "train_sha": "../../etc/passwd"})
    with pytest.raises(NotInWorkspace, match="project"):
        ws.save_dataset("nothere", now=NOW, **content(made.dataset))
    with pytest.raises(NotInWorkspace, match="data set"):
        ws.dataset("nothere")


def plan_fields(made: Made) -> dict[str, Any]:
    leave = ("id", "project_id", "created_at")
    return {name: getattr(made.plan, name) for name in made.plan.__dataclass_fields__ if name not in leave}


def test_the_same_key_is_the_same_plan_and_its_budget_may_change_until_the_job_is_claimed(ws: Workspace, made: Made) -> None:
    changed = ws.save_plan(made.project.id, now=LATER, **{**plan_fields(made), "budget": 9.0, "preset": "careful"})
    assert changed == replace(made.plan, budget=9.0, preset="careful") == ws.plan(made.plan.id)
    ws.claim_job(made.plan.id, 1, NOW)
    assert ws.save_plan(made.project.id, now=LATER, **{**plan_fields(made), "budget": 99.0}) == changed
    assert ws.plans(made.project.id) == [changed]


def test_another_key_is_another_plan(ws: Workspace, made: Made) -> None:
    estimate = Estimate(1.0, 2.5, 1, 3, 1000, False, NOW.date(), "openai.com")
    second = ws.save_plan(
        made.project.id, now=LATER, **{**plan_fields(made), "key": "c" * 64, "seed": None, "budget": None, "estimate": estimate}
    )
    assert revive(Estimate, second.estimate) == estimate
    assert ws.plans(made.project.id) == [second, made.plan]


def test_a_plan_needs_a_data_set_of_its_project(ws: Workspace, make: Callable[..., Made]) -> None:
    mine, theirs = make(), make(content="other", key="b" * 64)
    with pytest.raises(NotInWorkspace, match="data set"):
        ws.save_plan(mine.project.id, now=NOW, **{**plan_fields(mine), "key": "c" * 64, "dataset_id": theirs.dataset.id})
    with pytest.raises(NotInWorkspace, match="project"):
        ws.save_plan("nothere", now=NOW, **plan_fields(mine))
    with pytest.raises(NotInWorkspace, match="plan"):
        ws.plan("nothere")


def test_a_file_is_sent_once_to_each_server(ws: Workspace, made: Made) -> None:
    sha = made.dataset.train_sha
    assert ws.uploaded("https://a", sha) is None
    ws.remember_upload("https://a", sha, "file-1", NOW)
    ws.remember_upload("https://b", sha, "file-2", LATER)
    ws.remember_upload("https://a", sha, "file-3", NOW)
    assert (ws.uploaded("https://a", sha), ws.uploaded("https://b", sha)) == ("file-3", "file-2")
    assert [(upload.origin, upload.remote_id) for upload in ws.uploads_of(made.project.id)] == [
        ("https://b", "file-2"),
        ("https://a", "file-3"),
    ]
    ws.forget_upload("https://a", sha)
    assert ws.uploaded("https://a", sha) is None
    assert ws.uploads_of("nothere") == []
