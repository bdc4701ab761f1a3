"""What a training keeps outside its job's folder goes with the job: a note in that folder says where it is until it is gone.

Where it is an address, a process of its own removes it (`python -m engine.elsewhere NOTE`): whatever the client of that store does,
and however long it takes, nobody waits for it. What could not be removed is tried again when the engine starts the next time.
"""

import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Thread

from engine.apart import apart, environment
from engine.lora.files import is_address, remove_whole

NOTE = "elsewhere"  # below the folder of the job's learner
_PATIENCE = 300.0  # seconds; a store removes a training's few hundred files in a few


def note_down(folder: Path, place: str) -> None:
    """Note in a learner's folder within its job's that the job's training keeps things in this place, which bears the job's name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NOTE).write_text(place if is_address(place) else str(Path(place).absolute()), encoding="utf-8")


def forget(jobs: Iterable[Path]) -> None:
    """Remove what the trainings of these jobs, each given by its folder, keep elsewhere."""
    notes = [note for job in jobs for note in job.glob(f"*/{NOTE}")]
    far = [note for note in notes if is_address(_place(note))]
    for note in notes:
        if note not in far:
            _forget(note)
    if far:
        Thread(target=_forget_far, args=(far,), name="elsewhere", daemon=True).start()


def _forget_far(notes: list[Path]) -> None:
    for note in notes:
        line = [sys.executable, "-m", "engine.elsewhere", str(note)]
        with suppress(OSError, subprocess.TimeoutExpired), note.with_suffix(".log").open("wb") as log:
            nothing = subprocess.DEVNULL
            subprocess.run(line, env=environment(), stdin=nothing, stdout=log, stderr=log, timeout=_PATIENCE, check=False, **apart())


def _forget(note: Path) -> None:
    place = _place(note)
    if not place:
        return
    remove_whole(place)
    if is_address(place) or not Path(place).exists():
        note.unlink(missing_ok=True)


def _place(note: Path) -> str:
    """The place that a note names, or nothing: only a place with the job's own name is the job's."""
    with suppress(OSError, ValueError):
        place = note.read_text(encoding="utf-8")
        if place.replace("\\", "/").rpartition("/")[2] == note.parent.parent.name:
            return place
    return ""


if __name__ == "__main__":
    _forget(Path(sys.argv[1]))
