"""Small trainings for tests: their data, their plans, and what they told."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.base.chat_format import parse_jsonl, write_jsonl
from core.base.types import Example, Message
from engine.lora.plan import TrainPlan
from tests.lora.tiny import ROOT

BANK = ROOT / "sample_data" / "bank_support.csv"
MARV = ROOT / "sample_data" / "marv_chat.jsonl"


def marv_rows(n: int) -> list[Example]:
    """The first conversations of the Marv sample that have one answer."""
    examples = parse_jsonl(MARV.read_bytes()).examples
    return [example for example in examples if len(example.messages) == 3][:n]


def bank_rows(n: int, start: int = 0) -> list[Example]:
    """Questions of the bank sample with their two categories as the answer."""
    with BANK.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[start : start + n]
    answers = [json.dumps({"top": row["Top Category"], "sub": row["Sub Category"]}) for row in rows]
    return [
        Example((Message("user", row["Support Query"]), Message("assistant", answer)), number)
        for number, (row, answer) in enumerate(zip(rows, answers, strict=True), start=1)
    ]


def make_plan(folder: Path, base: Path, training: Sequence[Example], validation: Sequence[Example] = (), **more: Any) -> TrainPlan:
    """A plan whose files lie beside its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "training.jsonl").write_bytes(write_jsonl(training))
    if validation:
        (folder / "validation.jsonl").write_bytes(write_jsonl(validation))
    plan = TrainPlan(
        base=str(base),
        training=str(folder / "training.jsonl"),
        validation=str(folder / "validation.jsonl") if validation else None,
        folder=str(folder / "lora"),
        method="supervised",
        tuning="lora",
        n_epochs=3,
        batch_size=4,
        learning_rate=5e-3,
        seed=7,
        context_length=256,
        precision="fp32",
    )
    return replace(plan, **more)


def pairs(n: int) -> str:
    """Preference pairs, a line each."""
    return "".join(
        json.dumps(
            {
                "input": {"messages": [{"role": "user", "content": row.question}]},
                "preferred_output": [{"role": "assistant", "content": row.answer}],
                "non_preferred_output": [{"role": "assistant", "content": "I cannot say."}],
            }
        )
        + "\n"
        for row in marv_rows(n)
    )


def overfit(folder: Path, base: Path, **more: Any) -> TrainPlan:
    """A training whose validation is best on the way: ten rows by heart, many times over, while other rows are asked."""
    settings = {"n_epochs": 24, "batch_size": 5, "learning_rate": 2e-2, "lora_r": 32, "lora_alpha": 64, "checkpoint_seconds": 0.0}
    return make_plan(folder, base, marv_rows(10), marv_rows(22)[10:], **{**settings, "early_stopping": 6, **more})


def told(plan: TrainPlan) -> list[dict[str, Any]]:
    """The records of the progress file."""
    return [json.loads(line) for line in (Path(plan.folder) / "progress.jsonl").read_text(encoding="utf-8").splitlines()]


def losses(plan: TrainPlan) -> dict[int, float]:
    """The training loss of each step, as it was told last."""
    return {record["step"]: record["metrics"]["train_loss"] for record in told(plan) if record["event"] == "step"}


def valid(plan: TrainPlan) -> dict[int, float]:
    """The validation losses, by step."""
    return {r["step"]: r["metrics"]["valid_loss"] for r in told(plan) if r["event"] == "step" and "valid_loss" in r["metrics"]}


def command(plan: TrainPlan, *, processes: int = 1) -> list[str]:
    """The command line that carries the plan out."""
    file = Path(plan.training).parent / "plan.json"
    file.write_text(plan.to_json(), encoding="utf-8")
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)] if processes > 1 else []
    return [sys.executable, *launcher, "-m", "engine.lora.train", "--plan", str(file)]


def run(plan: TrainPlan, *, processes: int = 1) -> subprocess.CompletedProcess[str]:
    """Carry the plan out in a process of its own."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command(plan, processes=processes), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
