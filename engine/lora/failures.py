"""Why a training ends without a result: a code, a sentence, and where memory was short a smaller setting to try."""

import errno
from collections.abc import Mapping
from typing import Any

import torch

from engine.lora.advice import less_memory
from engine.lora.plan import TrainPlan

_SIGNS = ("allocate memory", "defaultcpuallocator", "out of memory", "not enough memory", "start new thread")


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
        advice = less_memory(plan, micro)
        return Failed("out_of_memory", advice.sentence, advice.suggestion)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Failed("disk_full", "The disk is full: the training cannot save what it has learned. Make room and train again.")
    return None


def _is_out_of_memory(error: RuntimeError) -> bool:
    text = str(error).lower()
    return any(sign in text for sign in _SIGNS)
