"""What a training tells about itself while it runs, when it saves, and when it ends before its time."""

import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from engine.lora.data import Encoded
from engine.lora.place import BEST, CHECKPOINTS, PUBLISHED, Place
from engine.lora.plan import TrainPlan

_CHECKS = 20  # validations on the sample over the whole training
_SAMPLE = 64  # examples of the sample: enough to see a trend, little beside the steps between two checks
_SHARE = 0.02  # of the time that saving may take
_MEMORY = "recorder.json"  # beside a checkpoint: what early stopping has seen and decided


class Diverged(Exception):
    """The loss is no number any more."""


class Over(Exception):
    """The checkpoint that is gone on from was the last one: its run had decided to end early, and was killed before it could say so."""


def belongs(checkpoint: Path, plan: TrainPlan) -> bool:
    """Whether a training by this plan can go on from the checkpoint."""
    return bool(_memory(checkpoint)["plan"] == _course_of(plan))


def micro_batch_of(checkpoint: Path | None) -> int | None:
    """How many examples the run that left this checkpoint computed at once."""
    return None if checkpoint is None else int(_memory(checkpoint)["micro_batch"])


def best_path(step: int) -> str:
    """Where the state of a step lies that validation found best."""
    return f"{BEST}/step-{step}"


def _memory(checkpoint: Path) -> dict[str, Any]:
    remembered: dict[str, Any] = json.loads((checkpoint / _MEMORY).read_text(encoding="utf-8"))
    return remembered


def _course_of(plan: TrainPlan) -> dict[str, Any]:
    """What of a plan settles how the training goes; where things lie and how the work is shared may change on the way."""
    elsewhere = {"base", "training", "validation", "folder", "processes", "micro_batch", "checkpoint_seconds"}
    values: dict[str, Any] = json.loads(plan.to_json())
    return {name: value for name, value in values.items() if name not in elsewhere}


@dataclass(slots=True)
class _Patience:
    """The best validation loss so far, the step at which it was found, and how many checks ago that was."""

    best: float = math.inf
    since: int = 0
    at: int = 0  # checkpoints from before this was noted lack it

    def check(self, loss: float, step: int) -> bool:
        """Take in a loss; whether it is the best one."""
        if loss < self.best:
            self.best, self.since, self.at = loss, 0, step
        else:
            self.since += 1
        return self.at == step


class Recorder(TrainerCallback):
    """Writes the progress file; the first process writes and decides, the others follow it."""

    def __init__(self, plan: TrainPlan, place: Place, validation: Sequence[Encoded], size: int, started: dict[str, Any]) -> None:
        self._plan, self._place, self._started, self._size = plan, place, started, size
        self._validation = validation
        self._sample = random.Random(plan.seed).sample(validation, min(_SAMPLE, len(validation)))
        self._patience = _Patience()
        self._pause = plan.checkpoint_seconds
        self._saved = time.monotonic()
        self._publish = False
        self.trainer: Any = None
        self.tokenizer: Any = None
        self.dtype = torch.float32
        self.stopped = self.early = False

    @property
    def best_step(self) -> int | None:
        """Where early stopping was asked for: the step whose state validation found best, which then lies at `best_path`."""
        return self._patience.at or None if self._plan.early_stopping else None

    def write(self, **record: Any) -> None:
        """Add a record, in the first process."""
        if self.trainer is None or self.trainer.is_world_process_zero():
            self._place.append(record)

    def go_on_from(self, checkpoint: Path | None) -> None:
        """Remember what the run that left this checkpoint had seen."""
        if checkpoint is not None:
            memory = _memory(checkpoint)
            self._patience = _Patience(**memory["patience"])
            self.early = bool(memory.get("early"))  # checkpoints from before this was noted lack it
            if self.best_step and not self._place.holds(best_path(self.best_step)):  # then only what comes can be the best
                self._patience = _Patience(since=self._patience.since)

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.write(event="started", total_steps=state.max_steps, resumed_from=state.global_step, **self._started)
        if self.early:
            raise Over  # the trainer looks at should_training_stop only after a step
        if self._place.stop_wanted():
            # nothing was computed in this run: the state that it began with is saved already, or there is none
            self.stopped = True
            control.should_training_stop = True

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._publish = state.global_step % self.trainer.order.steps == 0
        due = time.monotonic() - self._saved >= self._pause
        stop = self._place.stop_wanted() if self.trainer.is_world_process_zero() else False
        due, stop = self._agreed(due, stop)
        self.stopped = stop and state.global_step < state.max_steps
        control.should_training_stop |= self.stopped
        control.should_save = self._publish or due or self.stopped

    def on_log(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: Any = None, **_: Any) -> None:
        if not logs or "loss" not in logs:
            return  # the trainer's summary at the end
        metrics = self.trainer.take_metrics(logs)
        if not math.isfinite(metrics["train_loss"]):
            raise Diverged
        step, total = state.global_step, state.max_steps
        if self._validation:
            whole = step % self.trainer.order.steps == 0
            if step % max(1, total // _CHECKS) == 0 or step == total:
                self._check(metrics, control, step=step, last=step == total)
            if whole:
                metrics |= {f"full_valid_{name}": value for name, value in self.trainer.validate(self._validation, self._size).items()}
        self.write(event="step", step=step, total_steps=total, metrics={k: v for k, v in metrics.items() if math.isfinite(v)})
        if self._publish:
            self._offer(step)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.write(event="checkpoint", step=state.global_step, path=f"{CHECKPOINTS}/checkpoint-{state.global_step}", publish=False)

    def remember(self, folder: Path) -> None:
        """Write what early stopping has seen and decided beside a checkpoint."""
        memory = {"patience": asdict(self._patience), "early": self.early, "plan": _course_of(self._plan), "micro_batch": self._size}
        (folder / _MEMORY).write_text(json.dumps(memory), encoding="utf-8")

    def saving_took(self, seconds: float) -> None:
        """Save again only when that has been earned; a pause of 0 is meant as it stands."""
        wanted = self._plan.checkpoint_seconds
        self._pause = max(wanted, seconds / _SHARE) if wanted else 0.0
        self._saved = time.monotonic()

    def forget_outdone(self) -> None:
        """Remove the best states of former checks, but for those that a run would need that goes on from one of the checkpoints."""
        if self.best_step and self.trainer.is_world_process_zero():
            known = [int(_memory(checkpoint)["patience"].get("at", 0)) for checkpoint in self._place.whole_checkpoints()]
            self._place.keep_only(BEST, {Path(best_path(step)).name for step in (self.best_step, *known)})

    def _check(self, metrics: dict[str, float], control: TrainerControl, *, step: int, last: bool) -> None:
        found = self.trainer.validate(self._sample, self._size)
        metrics |= {f"valid_{name}": value for name, value in found.items()}
        if self._patience.check(found["loss"], step) and self.best_step:
            self._write_model(best_path(step))
            self.forget_outdone()
        if self._plan.early_stopping and self._patience.since >= self._plan.early_stopping and not last:
            self.early = control.should_training_stop = control.should_save = True

    def _offer(self, step: int) -> None:
        """Write the model as it stands for the user."""
        path = f"{PUBLISHED}/step-{step}"
        self._write_model(path)
        self.write(event="checkpoint", step=step, path=path, publish=True)

    def _write_model(self, path: str) -> None:
        if self.trainer.is_world_process_zero():
            with self._place.writing(path) as folder:
                self.trainer.save_clean(folder, self.tokenizer, self.dtype)

    def _agreed(self, *flags: bool) -> tuple[bool, ...]:
        """What the first process decides, told to all: clocks and folders are not the same everywhere."""
        if self.trainer.args.world_size == 1:
            return flags
        told = torch.tensor([float(flag) for flag in flags], device=self.trainer.args.device)
        torch.distributed.broadcast(told, src=0)
        return tuple(bool(flag) for flag in told.tolist())
