"""Why a training ends without a result: a code and a sentence, which names a smaller setting to try where memory was short."""

import errno

import torch

from engine.lora.advice import less_memory
from engine.lora.plan import TrainPlan

_SIGNS = ("allocate memory", "defaultcpuallocator", "out of memory", "not enough memory", "start new thread")


class Failed(Exception):
    """The training ended with a failed event, whose code and sentence this carries."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def failure_of(error: Exception, plan: TrainPlan, micro: int | None) -> Failed | None:
    """What the error comes to for whoever trains; None for a fault of the program. `micro` examples were computed at once, if any were."""
    if isinstance(error, Failed):
        return error
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or (isinstance(error, RuntimeError) and _is_out_of_memory(error)):
        return Failed("out_of_memory", less_memory(plan, micro))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Failed("disk_full", "The disk is full: the training cannot save what it has learned. Make room and train again.")
    return None


def _is_out_of_memory(error: RuntimeError) -> bool:
    text = str(error).lower()
    return any(sign in text for sign in _SIGNS)
