"""How others find a running engine: engine.json in its home, readable by its owner alone."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "engine.json"


@dataclass(frozen=True)
class Running:
    """Where an engine answers; `started`, its process's creation time in epoch seconds, tells it from a later process of the same pid."""

    pid: int
    port: int
    base_url: str
    token: str
    started: float


def announce(home: Path, running: Running) -> None:
    """Write engine.json, whole or not at all."""
    half = home / f".{FILE}.{running.pid}"
    half.unlink(missing_ok=True)
    # made with its mode, not changed to it: the token is at no moment readable by others
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(running), file)
    os.replace(half, home / FILE)


def withdraw(home: Path) -> None:
    """Remove engine.json; only by who holds the home's lock."""
    (home / FILE).unlink(missing_ok=True)
