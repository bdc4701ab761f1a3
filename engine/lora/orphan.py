"""Ends this process when whoever started it is gone, so that no training goes on that nobody listens to."""

import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent(*, watch_stdin: bool) -> None:
    """Die with the parent: on Linux by the kernel's hand, elsewhere, and where asked for, when standard input ends."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it died before it could be asked for
    if watch_stdin:
        threading.Thread(target=_wait_for_end, name="watch-stdin", daemon=True).start()


def _wait_for_end() -> None:
    while sys.stdin.buffer.raw.read(4096) if hasattr(sys.stdin.buffer, "raw") else sys.stdin.buffer.read(4096):
        pass
    os._exit(1)
