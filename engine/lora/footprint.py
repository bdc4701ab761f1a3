"""How much memory a model takes to answer, read from the heads of its files without loading it."""

import json
import math
from functools import lru_cache
from pathlib import Path

# Python, torch and transformers alone have 430 MB (measured, torch 2.13 and transformers 5.23); the rest is room for what passes through
_BESIDE = 900 * 2**20
_LONGEST_HEADER = 100 * 2**20  # as safetensors itself


def parameters(folder: Path) -> int:
    """The numbers in a folder's safetensors; raises ValueError for a file that is none."""
    return sum(_numbers(path) for path in sorted(folder.glob("*.safetensors")))


def _numbers(path: Path) -> int:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _LONGEST_HEADER:
            raise ValueError(f"{path.name} is no safetensors file")
        header = json.loads(file.read(length))
    return sum(math.prod(about["shape"]) for name, about in header.items() if name != "__metadata__")


@lru_cache(maxsize=1)
def good_at_bf16() -> bool:
    """Whether the processor computes in bf16 itself, so that models take half the memory; where nobody can tell, not."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def answering_memory(folder: Path) -> int:
    """The bytes that answering with these weights needs at least."""
    return _BESIDE + parameters(folder) * (2 if good_at_bf16() else 4)
