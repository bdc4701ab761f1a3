"""From what was asked to what will be done: every hyperparameter left to us gets a value, and the reason for it."""

from math import ceil
from pathlib import Path
from typing import Any

from core.base.epochs import usual_epochs
from core.base.lora_settings import USUAL, given, usual_batch
from engine.learners import TrainingRequest
from engine.lora.plan import TrainPlan

# QLoRA (Dettmers and others 2023, table 9) took 2e-4 for models of up to 13 billion parameters; Stanford's Alpaca, all weights, 2e-5
RATES = {"lora": 2e-4, "full": 2e-5}
DPO_SHARE = 0.25  # preference pairs pull harder than examples: TRL's DPO guide goes far below the rate of supervised training

_FURTHER = ("lora_r", "lora_alpha", "lora_dropout", "lora_target_modules", "beta", "warmup_ratio", "weight_decay", "max_grad_norm")


def settle(request: TrainingRequest, base: Path, model_context: int, *, folder: str, processes: int) -> tuple[TrainPlan, tuple[str, ...]]:
    """The plan for this request, and a sentence for every value that was left to us.

    `base` is the model's folder, `model_context` the most tokens that the model reads, `folder` where the training keeps what it makes.
    """
    assert request.folder is not None
    notes: list[str] = []
    further = dict(request.further)
    tuning = further.get("tuning", USUAL["tuning"])
    n = len(request.training)
    batch = request.batch_size
    if isinstance(batch, str):
        batch = usual_batch(n)
        notes.append(f"Batch size: {batch}. With {n} examples that gives enough steps to learn from, and steps that are steady enough.")
    batch = _shared(batch, processes, notes)
    epochs = request.n_epochs
    if isinstance(epochs, str):
        epochs = usual_epochs(n)
        notes.append(f"Epochs: {epochs}, the usual number for {n} examples. Steps in all: {epochs * ceil(n / batch)}.")
    multiplier = 1.0 if isinstance(request.learning_rate_multiplier, str) else request.learning_rate_multiplier
    rate = RATES[tuning] * (DPO_SHARE if request.method == "dpo" else 1.0) * multiplier
    chosen: dict[str, Any] = given(further, _FURTHER)
    if isinstance(chosen.get("lora_target_modules"), list):
        chosen["lora_target_modules"] = tuple(chosen["lora_target_modules"])
    if "lora_r" in chosen and "lora_alpha" not in chosen:
        chosen["lora_alpha"] = 2 * chosen["lora_r"]  # as the default of 16 and 32
    validation = request.folder / "validation.jsonl"
    plan = TrainPlan(
        base=str(base),
        training=str(request.folder / "training.jsonl"),
        validation=str(validation) if request.validation else None,
        folder=folder,
        method="dpo" if request.method == "dpo" else "supervised",
        tuning=tuning,
        n_epochs=epochs,
        batch_size=batch,
        learning_rate=rate,
        seed=request.seed,
        context_length=min(further.get("context_length", USUAL["context_length"]), model_context),
        early_stopping=further.get("early_stopping", USUAL["early_stopping"]),
        processes=processes,
        **chosen,
    )
    return plan, tuple(notes)


def resolved(plan: TrainPlan, multiplier: float | str) -> dict[str, Any]:
    """The hyperparameters of a plan by the names of the API."""
    shown: dict[str, Any] = {
        "n_epochs": plan.n_epochs,
        "batch_size": plan.batch_size,
        "learning_rate_multiplier": 1.0 if isinstance(multiplier, str) else multiplier,
        "tuning": plan.tuning,
        "context_length": plan.context_length,
        "warmup_ratio": plan.warmup_ratio,
        "weight_decay": plan.weight_decay,
        "max_grad_norm": plan.max_grad_norm,
        "early_stopping": plan.early_stopping,
    }
    if plan.tuning == "lora":
        modules = plan.lora_target_modules
        shown |= {"lora_r": plan.lora_r, "lora_alpha": plan.lora_alpha, "lora_dropout": plan.lora_dropout}
        shown["lora_target_modules"] = modules if isinstance(modules, str) else list(modules)
    return shown | ({"beta": plan.beta} if plan.method == "dpo" else {})


def _shared(batch: int, processes: int, notes: list[str]) -> int:
    """A batch that the processes can divide evenly."""
    if batch % processes == 0:
        return batch
    even = ceil(batch / processes) * processes
    notes.append(f"Batch size: {even} rather than {batch}, so that {processes} processes can share it evenly.")
    return even
