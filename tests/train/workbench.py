"""A workspace with a saved data set and a plan, for tests that train, watch or compare."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.base.chat_format import write_jsonl
from core.base.preference import is_pair, write_pairs
from core.base.types import Example, Message
from core.io.connections import Connection, connection
from core.io.workspace import Dataset, Plan, Workspace, open_workspace
from core.train.method import material
from core.train.plan import build
from tests.servers import FakeOpenAI
from tests.servers.fake_api import BASE

NOW = datetime.fromtimestamp(1_790_000_000, UTC)  # the fake server's clock starts here
DAY = timedelta(days=1)
ROOT = Path(__file__).resolve().parents[2]
LABELS = ("refund", "card", "loan")


def example(number: int, *, label: str | None = None, text: str = "Please help me with case") -> Example:
    """A labelled question; its row is its number."""
    answer = label or LABELS[number % len(LABELS)]
    return Example((Message("system", "Classify."), Message("user", f"{text} {number}"), Message("assistant", answer)), number)


def make_workspace(home: Path) -> Workspace:
    """An open workspace in a folder of its own."""
    return open_workspace(home)


def save_dataset(ws: Workspace, project_id: str, *, n_train: int = 12, n_test: int = 6, validation: bool = True, mark: str = "") -> Dataset:
    """A data set of labelled questions: rows 2.. train, then validation, then test; `mark` makes another one."""
    rows = [example(number, text=f"Please help me{mark} with case") for number in range(2, 2 + n_train + 3 + n_test)]
    sides = {"train": rows[:n_train], "validation": rows[n_train : n_train + 3], "test": rows[n_train + 3 :]}
    if not validation:
        sides["validation"] = []
    return save_sides(ws, project_id, sides, {"kind": "label", "fields": ["answer"], "bare": []})


def save_bank(ws: Workspace, project_id: str) -> Dataset:
    """The bank example that ships, every fourth row kept for the test."""
    with (ROOT / "sample_data" / "bank_support.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    fields = ["Top Category", "Sub Category"]
    rows = [
        Example((Message("user", line["Support Query"]), Message("assistant", json.dumps({name: line[name] for name in fields}))), number)
        for number, line in enumerate(lines, 2)
    ]
    sides = {"train": [r for r in rows if r.row % 4], "validation": [], "test": [r for r in rows if not r.row % 4]}
    return save_sides(ws, project_id, sides, {"kind": "json", "fields": fields, "bare": []})


def save_pairs(ws: Workspace, project_id: str, *, n_train: int = 12, n_alone: int = 0, validation: bool = True) -> Dataset:
    """Questions with a better and a worse answer; the first `n_alone` of the training rows have no worse one."""
    rows = [example(number) for number in range(2, 2 + n_alone + n_train + 3)]
    worse = (Message("assistant", "I do not know."),)
    paired = [one if at < n_alone else replace(one, rejected=worse) for at, one in enumerate(rows)]
    sides = {"train": paired[:-3], "validation": paired[-3:] if validation else [], "test": []}
    return save_sides(ws, project_id, sides, {"kind": "label", "fields": ["answer"], "bare": []})


def save_sides(ws: Workspace, project_id: str, sides: Mapping[str, Sequence[Example]], shape: Mapping[str, Any]) -> Dataset:
    """A data set of these examples, which keep the row numbers that they have; pairs have files of their own beside it."""
    pairs = {side: [one for one in part if is_pair(one)] for side, part in sides.items()}
    both = {side: ws.put_file(write_pairs(part), f"{side}.jsonl", now=NOW).sha256 if part else None for side, part in pairs.items()}
    shas = {side: ws.put_file(write_jsonl(part), f"{side}.jsonl", now=NOW).sha256 if part else None for side, part in sides.items()}
    return ws.save_dataset(
        project_id,
        now=NOW,
        source_sha=str(shas["train"]),
        source_name="cases.csv",
        settings={},
        shape=shape,
        counts={side: len(part) for side, part in sides.items()},
        train_sha=str(shas["train"]),
        validation_sha=shas["validation"],
        test_sha=shas["test"],
        split={"seed": 42}
        | {"rows": {side: [one.row for one in part] for side, part in sides.items()}}
        | {"pairs": {side: [one.row for one in part] for side, part in pairs.items() if part}},
        pairs_train_sha=both["train"],
        pairs_validation_sha=both["validation"],
        pairs_test_sha=both["test"],
        system_prompt="Classify.",
    )


def save_plan(ws: Workspace, dataset: Dataset, where: Connection, **changes: Any) -> Plan:
    """A plan for the data set on a connection."""
    stored = {name: changes.pop(name) for name in ("estimate",) if name in changes}
    files = material(dataset, changes.get("method", "supervised"))
    facts: dict[str, Any] = {
        "connection_id": where.id,
        "origin": where.origin,
        "host": where.host,
        "base_model": BASE,
        "train_sha": files.train_sha,
        "validation_sha": files.validation_sha,
        "n_train": files.n_train,
        "n_validation": files.n_validation,
        "seed": 42,
        "suffix": "cases",
    }
    made = build(**facts | changes)
    return ws.save_plan(
        dataset.project_id,
        now=NOW,
        dataset_id=dataset.id,
        connection_id=made.connection_id,
        origin=made.origin,
        base_model=made.base_model,
        preset=made.preset,
        hyperparameters=made.hyperparameters,
        seed=made.seed,
        suffix=made.suffix,
        budget=made.budget,
        estimate=stored.get("estimate", {}),
        key=made.key,
        method=made.method,
        metadata=made.metadata,
    )


def fake_connection(server: FakeOpenAI) -> Connection:
    """The connection to a fake server."""
    return connection("custom", base_url=server.base_url)
