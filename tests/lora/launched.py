"""Trainings started as the learner starts them, and what became of them."""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from engine.lora.launching import SCRIPT, Running, launch
from engine.lora.plan import TrainPlan
from tests.lora.plans import bank_rows, make_plan

LESSON = "tests.lora.lesson"
SAME = 1e-4  # two processes add up in another order


def lesson_plan(folder: Path | str, *, processes: int = 1, pause: float = 0.0, refuses: bool = False) -> TrainPlan:
    """A plan for the lesson, which reads two of its values in its own way."""
    return TrainPlan(
        base="none",
        training="none",
        validation=None,
        folder=str(folder),
        method="supervised",
        tuning="lora",
        n_epochs=1,
        batch_size=8,
        learning_rate=0.05,
        seed=3,
        context_length=16,
        processes=processes,
        warmup_ratio=pause,
        beta=0.66 if refuses else 0.1,
    )


def start(plan: TrainPlan, scratch: Path, script: str = SCRIPT, **environ: str) -> Running:
    """Start it as the learner does, on no cluster unless one is named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return launch(plan, scratch, script=script, environ=kept | {"OMP_NUM_THREADS": "1"} | environ)


def records(folder: Path) -> list[Mapping[str, Any]]:
    """All that it has told so far."""
    path = folder / "progress.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def bank_plan(folder: Path, base: Path, **more: Any) -> TrainPlan:
    """A real training of 48 steps, with a checkpoint after every eighth."""
    return make_plan(folder, base, bank_rows(32), bank_rows(8, 40), n_epochs=6, **more)


def losses(folder: Path) -> list[float]:
    """The loss of every step, the last word on each."""
    told = {record["step"]: record["metrics"]["train_loss"] for record in records(folder) if record["event"] == "step"}
    return [told[step] for step in sorted(told)]


def wait_for(holds: Callable[[], bool], running: Running | None = None, seconds: float = 90) -> None:
    """Wait until something holds; the log is shown where it never does."""
    limit = time.monotonic() + seconds
    while not holds():
        alive = running is None or running.returncode is None
        assert time.monotonic() < limit and alive, running and running.log.read_text(encoding="utf-8")[-3000:]
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
