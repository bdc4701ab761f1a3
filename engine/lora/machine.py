"""What this machine computes with, as torch tells it, and how much of a batch fits into its memory at once."""

import sys
from pathlib import Path
from typing import Any

import torch

from engine.lora.device import Device, Kind, Precision, linux_processor_has_bf16
from engine.lora.fit import bytes_per_token, free_memory
from engine.lora.plan import TrainPlan

_SHARE = 0.5  # of the free memory that the intermediate results of one pass may take; the rest is weights, gradients and everybody else's
_MOST_TOKENS = 16_384  # of one pass, however much memory there is: a bound out of caution, not a measured one


def device(*, with_memory: bool = False) -> Device:
    """The device; what is free on its cards only where asked, as looking there takes some memory on each.

    Run as a program, this module tells it to whoever has no torch (device.py).
    """
    if torch.cuda.is_available():
        cards = range(torch.cuda.device_count())
        able = all(torch.cuda.get_device_capability(card)[0] >= 8 for card in cards)  # emulated, and slower than fp32, before Ampere
        return Device("cuda", able, tuple(torch.cuda.mem_get_info(card)[0] for card in cards) if with_memory else ())
    if torch.backends.mps.is_available():
        return Device("mps")
    told = linux_processor_has_bf16()
    able = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported() if told is None else told
    return Device(bf16=able)


def free_here(kind: Kind) -> int:
    """Bytes that are free where this process computes: on its own card, or in the machine's memory."""
    return torch.cuda.mem_get_info()[0] if kind == "cuda" else free_memory()


def micro_batch(plan: TrainPlan, config: Any, longest: int, kind: Kind, precision: Precision, before: int | None = None) -> int:
    """How many examples to compute at once: a divisor of each process's share of the batch that fits into memory.

    `before` is what an earlier run of this training took: where that still fits it is taken again, so that sums come out the same.
    """
    share = plan.batch_size // plan.processes
    if plan.micro_batch is not None:
        return max(size for size in range(1, share + 1) if share % size == 0 and size <= max(1, plan.micro_batch))
    free = free_here(kind) // (1 if kind == "cuda" else plan.processes)
    room = min(_MOST_TOKENS, int(free * _SHARE) // _bytes_per_token(config, precision)) // (2 if plan.method == "dpo" else 1)
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


def _bytes_per_token(config: Any, precision: Precision) -> int:
    text = config.get_text_config()
    shape = {"vocabulary": text.vocab_size, "layers": text.num_hidden_layers, "hidden": text.hidden_size, "kind": config.model_type}
    return int(bytes_per_token(precision, **shape))


if __name__ == "__main__":
    print(device(with_memory=True).to_json())
