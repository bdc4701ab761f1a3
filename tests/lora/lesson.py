"""Stands in for the training script where only the launching is at stake: a tiny regression, resumed and stopped as the script is.

The gradient is the sum over all examples of a step, which the processes share, so that their number must not change the loss.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist

from engine.lora.launching import FAILED
from engine.lora.parent import OPTION, die_with_parent, end_with_stdin
from engine.lora.plan import TrainPlan

STEPS = 12


class Failed(Exception):
    """There is a failed event that says why."""


def train(plan: TrainPlan) -> None:
    """Twelve steps of gradient descent, each with a checkpoint."""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if world > 1 and not dist.is_initialized():
        dist.init_process_group("gloo")
    assert world == plan.processes
    folder = Path(plan.folder.removeprefix("file://"))
    saved = folder / "checkpoint.json"
    step, weights = json.loads(saved.read_text()) if saved.exists() else (0, [0.0, 0.0])
    if world > 1:
        dist.barrier()
    w = torch.tensor(weights, dtype=torch.float64)
    tell = (lambda record: _append(folder, record)) if rank == 0 else (lambda record: None)
    tell({"event": "started", "total_steps": STEPS, "resumed_from": step, "world_size": world, "pids": os.getpid()})
    (folder / f"pid-{rank}").write_text(str(os.getpid()))
    if plan.beta == 0.66:  # the wish of a test
        tell({"event": "failed", "code": "bad_data", "message": "No."})
        raise Failed
    generator = torch.Generator().manual_seed(plan.seed)
    x = torch.rand((plan.batch_size, 2), generator=generator, dtype=torch.float64)
    y = x @ torch.tensor([2.0, -1.0], dtype=torch.float64)
    while step < STEPS:
        if (folder / "stop").exists():
            tell({"event": "stopped", "step": step})
            return
        time.sleep(plan.warmup_ratio)
        mine = slice(rank, None, world)
        error = x[mine] @ w - y[mine]
        sums = torch.cat([error @ x[mine], (error**2).sum().reshape(1)])
        if world > 1:
            dist.all_reduce(sums)
        w -= plan.learning_rate * sums[:2]
        step += 1
        tell({"event": "step", "step": step, "total_steps": STEPS, "metrics": {"train_loss": float(sums[2])}})
        if rank == 0:
            part = saved.with_suffix(".part")
            part.write_text(json.dumps([step, w.tolist()]))
            part.replace(saved)
        if world > 1:
            dist.barrier()
    tell({"event": "done", "path": "final", "early": False})


def _append(folder: Path, record: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "progress.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--plan", type=Path)
    parser.add_argument(OPTION, action="store_true")
    wish = parser.parse_args()
    die_with_parent()
    if wish.watch_stdin:
        end_with_stdin()
    try:
        train(TrainPlan.from_json(wish.plan.read_text(encoding="utf-8")))
    except Failed:
        sys.exit(FAILED)
