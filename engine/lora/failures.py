"""Why a training ends without a result: a code, a sentence, and where memory was short a smaller setting to try."""

import errno
from collections.abc import Mapping
from typing import Any

import torch

from engine.lora.plan import TrainPlan

_SIGNS = ("allocate memory", "defaultcpuallocator", "out of memory", "not enough memory", "start new thread")
_SHORTEST = 256  # tokens: shorter examples teach little


class Failed(Exception):
    """The training ended with a failed event, whose code and sentence this carries."""

    def __init__(self, code: str, message: str, suggestion: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.suggestion = dict(suggestion or {})


def failure_of(error: Exception, plan: TrainPlan, micro: int | None) -> Failed | None:
    """What the error comes to for whoever trains; None for a fault of the program. `micro` examples were computed at once, if any were."""
    if isinstance(error, Failed):
        return error
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or (isinstance(error, RuntimeError) and _is_out_of_memory(error)):
        return _out_of_memory(plan, micro)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Failed("disk_full", "The disk is full: the training cannot save what it has learned. Make room and train again.")
    return None


def _is_out_of_memory(error: RuntimeError) -> bool:
    text = str(error).lower()
    return any(sign in text for sign in _SIGNS)


def _out_of_memory(plan: TrainPlan, micro: int | None) -> Failed:
    """What to try next: fewer examples at once, then shorter ones, then a smaller model.

    A large batch is computed in parts, so that only one that is smaller than such a part takes less memory.
    """
    if micro is not None and micro > 1:
        smaller = micro // 2 * plan.processes
        message = f"This machine has too little memory for batches of {micro} examples. Try a batch_size of {smaller}."
        return Failed("out_of_memory", message, {"batch_size": smaller})
    if micro is not None and plan.context_length > _SHORTEST:
        shorter = max(_SHORTEST, plan.context_length // 2)
        message = f"This machine has too little memory for examples of {plan.context_length} tokens. Try a context_length of {shorter}."
        return Failed("out_of_memory", message, {"context_length": shorter})
    return Failed("out_of_memory", "This machine has too little memory for this model. Choose a smaller one.", {"model": "smaller"})
