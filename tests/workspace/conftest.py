"""A workspace in a folder of its own, and a project with everything in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.io.workspace import Dataset, Plan, Project, Workspace, open_workspace

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home with a space, 100% #1"


@pytest.fixture
def ws(home: Path) -> Iterator[Workspace]:
    with open_workspace(home) as workspace:
        yield workspace


@dataclass(frozen=True)
class Made:
    """A project that has come as far as a plan."""

    project: Project
    dataset: Dataset
    plan: Plan


def make_project(ws: Workspace, *, name: str = "Bank", content: str = "question,answer", key: str = "a" * 64) -> Made:
    project = ws.create_project(name, now=NOW)
    source = ws.put_file(content.encode(), "data.csv", now=NOW)
    train = ws.put_file(f"{content} train".encode(), "train.jsonl", now=NOW)
    test = ws.put_file(f"{content} test".encode(), "test.jsonl", now=NOW)
    ws.update_project(project.id, NOW, source=source.sha256, source_name=source.name)
    dataset = ws.save_dataset(
        project.id,
        now=NOW,
        source_sha=source.sha256,
        source_name=source.name,
        settings={"mapping": {"question": ["q"]}},
        shape={"kind": "label"},
        counts={"train": 8, "validation": 0, "test": 2},
        train_sha=train.sha256,
        test_sha=test.sha256,
        split={"seed": 7, "indices": {"train": [0, 1]}},
        system_prompt="Classify.",
    )
    plan = ws.save_plan(
        project.id,
        now=NOW,
        dataset_id=dataset.id,
        connection_id="openai",
        origin="https://api.openai.com",
        base_model="gpt-4.1-nano",
        preset="balanced",
        hyperparameters={"n_epochs": 3},
        seed=7,
        suffix="bank",
        budget=5.0,
        estimate={"low": 1.0, "high": 2.0},
        key=key,
    )
    return Made(ws.update_project(project.id, NOW, dataset_id=dataset.id, plan_id=plan.id), dataset, plan)


@pytest.fixture
def made(ws: Workspace) -> Made:
    return make_project(ws)


@pytest.fixture
def make(ws: Workspace) -> Callable[..., Made]:
    return lambda **fields: make_project(ws, **fields)
