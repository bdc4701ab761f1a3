"""One start at a time: a lock between processes that the system lets go of when its holder ends, however it ends."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from launch.say import CannotStart, Progress

NAME = ".venv.lock"  # beside the environment, which may be cleared while the lock is held
PAUSE_S = 0.2

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def start_lock(root: Path, say: Progress) -> Iterator[None]:
    """Hold this project's lock; while another start holds it, say for how long we have been waiting."""
    try:
        file = (root / NAME).open("ab")
    except OSError as error:
        sentence = f"Nothing can be written in {root}: move the project to a folder of your own and start it there."
        raise CannotStart(sentence, str(error)) from error
    with file:
        began = time.monotonic()
        while not _try_lock(file):
            say.passing(f"Another start of this project is under way; waiting for it ({time.monotonic() - began:.0f} s)")
            time.sleep(PAUSE_S)
        yield
