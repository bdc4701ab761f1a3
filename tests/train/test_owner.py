"""Whether the process that took a record in hand is gone: known for certain, or not concluded."""

import os
import platform
import subprocess
import sys

import psutil
import pytest

from core.io.workspace import Workspace
from core.train.owner import is_gone, sign


def test_this_process_is_not_gone(ws: Workspace) -> None:
    sign(ws, "a")
    assert not is_gone(ws, "a")


def test_an_ended_process_is_gone(ws: Workspace) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        started = psutil.Process(process.pid).create_time()
    ws.set_setting("train.owner.a", {"host": platform.node(), "pid": process.pid, "started": started})
    assert is_gone(ws, "a")


@pytest.mark.parametrize(
    ("owner", "gone"),
    [
        ({"host": platform.node(), "pid": os.getpid(), "started": 1.0}, True),  # the number was given to another process
        ({"host": "another-machine", "pid": os.getpid(), "started": 1.0}, False),  # nothing can be seen from here
        (None, False),
    ],
)
def test_a_number_alone_proves_nothing(ws: Workspace, owner: object, gone: bool) -> None:
    ws.set_setting("train.owner.a", owner)
    assert is_gone(ws, "a") is gone
