"""What one training is to do, with every value settled: written by the learner, read by the training script in its own process."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from core.base.lora_settings import USUAL

Method = Literal["supervised", "dpo"]
Tuning = Literal["lora", "full"]
Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """One training, settled.

    `base` is the folder of the base model and `base_sha256` what tells its weights from others (Library.weights), `training` and
    `validation` are files of chat examples, `folder` (a path or an fsspec address) is where progress, checkpoints and the result go.
    `batch_size` counts examples of one optimizer step over all processes; `context_length` counts tokens; `early_stopping` counts
    validations without improvement, 0 is never; at least `checkpoint_seconds` lie between two checkpoints that serve only for going on
    after a crash, 0 makes one at each step.
    """

    base: str
    training: str
    validation: str | None
    folder: str
    method: Method
    tuning: Tuning
    n_epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    context_length: int
    lora_r: int = USUAL["lora_r"]
    lora_alpha: int = USUAL["lora_alpha"]
    lora_dropout: float = USUAL["lora_dropout"]
    lora_target_modules: str | tuple[str, ...] = "all-linear"
    beta: float = USUAL["beta"]
    warmup_ratio: float = USUAL["warmup_ratio"]
    weight_decay: float = USUAL["weight_decay"]
    max_grad_norm: float = USUAL["max_grad_norm"]
    early_stopping: int = USUAL["early_stopping"]
    processes: int = 1
    precision: Precision = "auto"
    micro_batch: int | None = None
    checkpoint_seconds: float = 30.0
    base_sha256: str = ""

    def to_json(self) -> str:
        """The plan as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "TrainPlan":
        """Read what `to_json` wrote; raises ValueError for anything else."""
        values = json.loads(text)
        known = {field.name for field in fields(cls)}
        if not isinstance(values, Mapping) or set(values) != known:
            raise ValueError("this is no training plan of this version")
        settled: dict[str, Any] = dict(values)
        if isinstance(settled["lora_target_modules"], list):
            settled["lora_target_modules"] = tuple(settled["lora_target_modules"])
        return cls(**settled)
