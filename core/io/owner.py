"""Which process has taken something in hand: so that after a crash it is known at once that nobody is at work on it any more."""

import os
import platform
from collections.abc import Mapping
from typing import Any

import psutil

TOLERANCE_S = 1.0  # a process's start as two readings of the system clock tell it


def sign() -> dict[str, Any]:
    """This process, as it is noted with what it does."""
    return {"host": platform.node(), "pid": os.getpid(), "started": psutil.Process().create_time()}


def has_ended(owner: Mapping[str, Any] | None) -> bool:
    """Whether that process has certainly ended; False where that cannot be known from here."""
    if not owner or owner.get("host") != platform.node():
        return False
    try:
        return abs(psutil.Process(int(owner["pid"])).create_time() - float(owner["started"])) > TOLERANCE_S
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:  # another user's process has the number now: it is not ours
        return True
