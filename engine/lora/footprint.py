"""How much memory a model takes to answer, read from the heads of its files without loading it."""

import json
import math
from pathlib import Path

from engine.lora.device import numbers, present
from engine.lora.fit import ANSWERING, WIDTH

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


def answering_memory(folder: Path) -> int:
    """The bytes that answering with these weights needs at least."""
    return ANSWERING + parameters(folder) * WIDTH[numbers(present(), "answer").weights]
