"""Does a base model fit into the memory that it is computed in? Asked before a training or a model is started, with the figure."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine.lora.catalogue import BaseModel
from engine.lora.device import Device, Precision, Use, numbers
from engine.lora.refusals import Refused, gigabytes

MEASURED_TOKENS = 256  # of the measurements in models.toml: 4 examples of 64 tokens
WIDTH = {"bf16": 2, "fp32": 4}

# Measured 2026-11-25 on 2 cores, torch 2.13 for the processor, random weights, LoRA r = 16: peak memory of 256 and 1,024 tokens a step.
# Libraries take 0.4 GB, the trainer's own 0.2. The rest grows with the tokens: per token 24 bytes (bf16) or 36 (fp32) for each entry of the
# vocabulary (the scores, their gradient and their copies), and per layer and hidden value 80 to 115 or 108 to 135 bytes.
_LIBRARIES = 600_000_000
# answering: Python, torch and transformers alone have 430 MB (measured, torch 2.13 and transformers 5.23); the rest for what passes through
ANSWERING = 900 * 2**20
_PER_VOCABULARY = {"bf16": 24, "fp32": 36}
_PER_VALUE = {"bf16": 115, "fp32": 135}
# layers of linear attention, computed without their GPU kernels, keep more: fitted to Qwen3.5 0.8B, the one measured
_HEAVY_KINDS = {"qwen3_5": 4.3, "qwen3_5_text": 4.3, "qwen3_next": 4.3}
_OPTIMIZER = 3  # full tuning keeps a gradient and two moments for each weight


def memory_needed(
    about: BaseModel,
    *,
    use: Use = "lora",
    precision: Precision = "bf16",
    tokens: int = MEASURED_TOKENS,
    reference: bool = False,
) -> int:
    """Bytes of memory at the peak, for `tokens` tokens at once (examples of one step on one process times their length).

    `reference` is whether the untrained weights are in memory, too, as where all weights learn from preference pairs. Within 15% of
    what was measured up to 1,024 tokens, rather above than below; README's minutes and models.toml's figures are measured.
    """
    weights = about.parameters * WIDTH[precision]
    if use == "answer":
        # beside the weights, two values a layer and token of what was read (fewer where heads share them)
        return ANSWERING + weights + tokens * 2 * about.layers * about.hidden * WIDTH[precision]
    fixed = _LIBRARIES + weights * (1 + (_OPTIMIZER if use == "full" else 0) + reference)
    return round(fixed + tokens * _per_token(about, precision))


def _per_token(about: BaseModel, precision: Precision) -> float:
    measured = about.train_bf16 if precision == "bf16" else about.train_fp32
    if measured:
        return max(0.0, (measured - _LIBRARIES - about.parameters * WIDTH[precision]) / MEASURED_TOKENS)
    return bytes_per_token(precision, vocabulary=about.vocabulary, layers=about.layers, hidden=about.hidden, kind=about.kind)


def bytes_per_token(precision: Precision, *, vocabulary: int, layers: int, hidden: int, kind: str) -> float:
    """What a training keeps of one token until the gradients are there, for a model of this shape."""
    return vocabulary * _PER_VOCABULARY[precision] + layers * hidden * _PER_VALUE[precision] * _HEAVY_KINDS.get(kind, 1.0)


def free_memory() -> int:
    """Bytes that this process can still have: what the system has free, or what its container leaves, whichever is less."""
    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):  # no such file outside a container, "max" in one without a limit
        group = Path("/sys/fs/cgroup")
        limit, used = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
        inactive = next(
            (int(line.split()[1]) for line in (group / "memory.stat").read_text().splitlines() if line.startswith("inactive_file ")), 0
        )
        free = min(free, limit - used + inactive)
    return max(0, free)


def room(device: Device) -> int:
    """Bytes that are free where the device computes: on its fullest card, or in the machine's memory."""
    return min(device.free) if device.kind == "cuda" else free_memory()


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether it fits, with both figures in bytes; `refusal` says it in words where it does not."""

    needed: int
    free: int
    on_card: bool = False

    @property
    def fits(self) -> bool:
        return self.needed <= self.free

    @property
    def refusal(self) -> Refused | None:
        if self.fits:
            return None
        code = "does_not_fit_card" if self.on_card else "does_not_fit"
        return Refused(code, needed_gb=gigabytes(self.needed), free_gb=gigabytes(self.free))

    def check(self) -> None:
        """Raise Refused, with both figures, where it does not fit."""
        if self.refusal is not None:
            raise self.refusal


def fit(
    about: BaseModel,
    device: Device,
    *,
    use: Use = "lora",
    tokens: int = MEASURED_TOKENS,
    reference: bool = False,
    processes: int = 1,
    free: int | None = None,
) -> Fit:
    """What it needs beside what there is, for the numbers that the device takes; each of several processes has the whole model.

    Several processes share the machine's memory, or the cards, of which each has its own.
    """
    needed = memory_needed(about, use=use, precision=numbers(device, use).weights, tokens=tokens, reference=reference)
    together = -(-processes // len(device.free)) if device.kind == "cuda" else processes
    return Fit(together * needed, room(device) if free is None else free, device.kind == "cuda")
