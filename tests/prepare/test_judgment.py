"""Saving takes over what preparing the same file by the same draft has judged, and trusts nothing that does not fit."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.base.errors import BadMapping, InputError, TooFewExamples
from core.io.workspace import Dataset, Workspace, open_workspace
from core.prepare import judgment, work
from core.prepare.work import prepare, save
from tests.prepare.builders import csv_bytes, labelled

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAIRS = labelled(60)
TABLE = csv_bytes([("id", "question", "label"), *((str(i), *pair) for i, pair in enumerate([*PAIRS, *PAIRS[:3]]))])
OWN = csv_bytes([("id", "question", "label"), *((str(i), f"{q} today", a) for i, (q, a) in enumerate(PAIRS[:5]))])


def chat(n: int = 30, **extra: Any) -> bytes:
    lines = [{"messages": [{"role": "user", "content": f"{q} {{"}, {"role": "assistant", "content": a, **extra}]} for q, a in labelled(n)]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def preferences(n: int = 30) -> bytes:
    lines = [
        {
            "input": {"messages": [{"role": "user", "content": q}]},
            "preferred_output": [{"role": "assistant", "content": f"Gladly: {a} is right for you."}],
            "non_preferred_output": [{"role": "assistant", "content": f"No idea, number {i}."}],
        }
        for i, (q, a) in enumerate(labelled(n))
    ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with open_workspace(tmp_path) as workspace:
        yield workspace


def args_of(ws: Workspace, data: bytes, name: str = "a.csv", draft: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"source": ws.put_file(data, name, now=NOW).sha256, "name": name, "draft": draft or {}, "min_examples": 10}


def judge(ws: Workspace, args: dict[str, Any]) -> dict[str, Any]:
    """As the worker process does it."""
    task, _ = ws.add_task(judgment.KIND, args, NOW)
    assert ws.begin_task(task.id, 1, NOW)
    told = prepare(ws, args, lambda done, total: None)
    assert ws.end_task(task.id, "done", NOW, result=json.loads(json.dumps(told)))
    return told


def saved(ws: Workspace, args: dict[str, Any]) -> Dataset:
    project = ws.create_project("Mine", now=NOW)
    made = ws.dataset(save(ws, {**args, "project": project.id}, lambda done, total: None, clock=lambda: NOW)["dataset_id"])
    return replace(made, id="", project_id="")


def never(*args: Any, **settings: Any) -> None:
    raise AssertionError("judged a second time")


@pytest.mark.parametrize(
    ("name", "data", "draft"),
    [
        ("a.csv", TABLE, {}),
        ("a.csv", TABLE, {"steps": [{"repair": "drop_duplicates"}, {"repair": "of_another_version"}], "split": {"seed": 5}}),
        ("a.csv", TABLE, {"split": {"shares": [0.6, 0.2, 0.2]}}),
        ("a.csv", TABLE, {"worksheet": {"on": True, "scope": "missing", "answers": {"3": {"text": "Loans", "approved": True}}}}),
        ("a.csv", TABLE + csv_bytes([("98", "And now?", "")]), {"worksheet": {"on": True, "scope": "missing", "answers": {}}}),
        ("a.csv", TABLE, {"own_test": True}),
        ("a.jsonl", chat(), {"system": {"mode": "set", "text": "Sort it."}}),
        ("a.jsonl", chat(weight=1) + b"{\n", {}),
        ("a.jsonl", preferences(), {}),
    ],
)
def test_the_data_set_is_the_one_that_would_be_made_anew(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, draft: dict[str, Any]
) -> None:
    if "own_test" in draft:
        draft = {"own_test": {"sha": ws.put_file(OWN, "own.csv", now=NOW).sha256, "name": "own.csv"}}
    args = args_of(ws, data, name, draft)
    anew = saved(ws, args)
    judge(ws, args)
    monkeypatch.setattr(work, "examine", never)
    assert saved(ws, args) == anew
    assert anew.counts["train"] >= 10


def test_only_the_very_same_file_and_choices_are_taken_over(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    args = args_of(ws, TABLE)
    judge(ws, args)
    monkeypatch.setattr(work, "examine", never)
    saved(ws, args)
    others = (
        {"draft": {"split": {"seed": 1}}},
        {"min_examples": 11},
        {"name": "b.csv"},
        {"source": args_of(ws, TABLE + b"9,New?,Fees\n")["source"]},
    )
    for other in others:
        with pytest.raises(AssertionError, match="second time"):
            saved(ws, {**args, **other})


def test_what_another_state_of_the_program_judged_is_judged_anew(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    args = args_of(ws, TABLE)
    judge(ws, args)
    monkeypatch.setattr(judgment, "_program", lambda: "another")
    monkeypatch.setattr(work, "examine", never)
    with pytest.raises(AssertionError, match="second time"):
        saved(ws, args)


@pytest.mark.parametrize("name", ["core/base/near_rule.py", "core/base/dates.toml", "core/prepare/checks/text.py"])
def test_the_state_of_the_program_changes_with_its_code_and_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    state = judgment._program.__wrapped__
    for part in ("core/base/near_rule.py", "core/base/dates.toml", "core/prepare/checks/text.py"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / part).write_text("1")
    monkeypatch.setattr(judgment, "_ROOT", tmp_path)
    before = state()
    assert state() == before
    (tmp_path / name).write_text("2")
    assert state() != before


@pytest.mark.parametrize("change", [(b"Cards", b"Loans"), (b'"weight": 1', b'"weight": 0')])
def test_a_file_that_changed_on_the_disk_is_judged_anew(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, change: tuple[bytes, bytes]
) -> None:
    args = args_of(ws, chat(weight=1), "a.jsonl")
    judge(ws, args)
    path = ws.file_path(args["source"])
    path.write_bytes(path.read_bytes().replace(*change, 1))
    monkeypatch.setattr(work, "examine", never)
    with pytest.raises(AssertionError, match="second time"):
        saved(ws, args)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (csv_bytes([("question", "label"), *PAIRS[:7]]), TooFewExamples),
        (csv_bytes([("question", "label"), *PAIRS, ("What?", "")]), BadMapping),
        (csv_bytes([("x", "y"), *((f"{i}.5", f"{i % 3}.5") for i in range(30))]), BadMapping),
    ],
)
def test_what_is_not_ready_is_refused_as_before(ws: Workspace, data: bytes, error: type[InputError]) -> None:
    args = args_of(ws, data)
    assert judge(ws, args)["kept"] is None
    with pytest.raises(error):
        saved(ws, args)


def test_a_result_of_an_earlier_version_holds_nothing_to_take_over(ws: Workspace) -> None:
    args = args_of(ws, TABLE)
    task, _ = ws.add_task(judgment.KIND, args, NOW)
    assert ws.begin_task(task.id, 1, NOW) and ws.end_task(task.id, "done", NOW, result={"n": 63})
    assert judgment.find(ws, args) is None and saved(ws, args).counts["train"]
