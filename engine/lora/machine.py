"""What this machine computes with: its device, the numbers that it is quick with, and how much fits into its memory at once."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.lora.fit import bytes_per_token, free_memory
from engine.lora.plan import TrainPlan

_SHARE = 0.5  # of the free memory that the intermediate results of one pass may take; the rest is weights, gradients and everybody else's
_MOST_TOKENS = 16_384  # of one pass, however much memory there is: a bound out of caution, not a measured one


@dataclass(frozen=True, slots=True)
class Means:
    """What a training computes with, and why."""

    device: str
    bf16: bool
    reason: str


def means(plan: TrainPlan) -> Means:
    """The device and the kind of numbers."""
    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if plan.precision != "auto":
        return Means(device, plan.precision == "bf16", "as asked for")
    if device == "cuda":
        quick = torch.cuda.get_device_capability()[0] >= 8  # emulated, and slower than fp32, before Ampere
        return Means(device, quick, "this graphics card has bf16" if quick else "this graphics card has no bf16")
    if device == "mps":
        return Means(device, False, "bf16 is not settled on this graphics processor")
    if plan.tuning == "full":
        return Means(device, False, "all weights are kept in fp32 while they learn")
    # SmolLM2-135M's shape, batch 4 x 64: 0.68 s a step in bf16, 1.77 s in fp32 with these instructions; else fp32 is the safe choice
    quick = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return Means(device, quick, "this processor has bf16" if quick else "this processor has no bf16")


def micro_batch(plan: TrainPlan, config: Any, longest: int, device: str, *, bf16: bool, before: int | None = None) -> int:
    """How many examples to compute at once: a divisor of each process's share of the batch that fits into memory.

    `before` is what an earlier run of this training took: where that still fits it is taken again, so that sums come out the same.
    """
    share = plan.batch_size // plan.processes
    if plan.micro_batch is not None:
        return max(size for size in range(1, share + 1) if share % size == 0 and size <= max(1, plan.micro_batch))
    free = torch.cuda.mem_get_info()[0] if device == "cuda" else free_memory() // plan.processes
    room = min(_MOST_TOKENS, int(free * _SHARE) // _bytes_per_token(config, bf16=bf16)) // (2 if plan.method == "dpo" else 1)
    fitting = [size for size in range(1, share + 1) if share % size == 0 and (size == 1 or size * longest <= room)]
    return before if before in fitting else max(fitting)


def refuse_rather_than_be_killed(processes: int) -> None:
    """Let an allocation that does not fit fail, so that the training can say so.

    Linux promises memory that it does not have, and kills whoever takes up the promise. Not with a graphics card, whose driver
    reserves far more addresses than it uses.
    """
    if sys.platform != "linux" or torch.cuda.is_available():
        return
    import resource

    status = Path("/proc/self/status").read_text(encoding="ascii")
    taken = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmData:"))
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = taken + free_memory() // processes
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _bytes_per_token(config: Any, *, bf16: bool) -> int:
    text = config.get_text_config()
    shape = {"vocabulary": text.vocab_size, "layers": text.num_hidden_layers, "hidden": text.hidden_size, "kind": config.model_type}
    return int(bytes_per_token("bf16" if bf16 else "fp32", **shape))
