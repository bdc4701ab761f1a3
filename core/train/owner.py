"""Who is about to create a job: so that after a crash it is known at once that nobody is at work on it any more."""

import os
import platform
from typing import Any

import psutil

from core.io.workspace import Workspace

TOLERANCE_S = 1.0  # a process's start as two readings of the system clock tell it


def sign(ws: Workspace, record_id: str) -> None:
    """Note that this process has taken a job record in hand."""
    ws.set_setting(_name(record_id), {"host": platform.node(), "pid": os.getpid(), "started": psutil.Process().create_time()})


def is_gone(ws: Workspace, record_id: str) -> bool:
    """Whether the process that took the record in hand has certainly ended; False where that cannot be known from here."""
    owner: dict[str, Any] | None = ws.get_setting(_name(record_id))
    if not owner or owner.get("host") != platform.node():
        return False
    try:
        return abs(psutil.Process(int(owner["pid"])).create_time() - float(owner["started"])) > TOLERANCE_S
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:  # another user's process has the number now: it is not ours
        return True


def _name(record_id: str) -> str:
    return f"train.owner.{record_id}"
