"""How a process of its own is started: with the project's modules, without anybody's keys, out of reach of the engine's Ctrl-C."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TOKEN_VARIABLE = "TUNESMITH_ENGINE_TOKEN"
PROJECT = Path(__file__).resolve().parents[1]
_KEYS = frozenset({TOKEN_VARIABLE, "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})  # the server alone has callers, and fetches models
# what the libraries of the pack must not do: look something up, tell somebody, compute beside us in threads that nobody counts
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}


def environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What it finds in its environment, of what we have in ours."""
    ours = os.environ if environ is None else environ
    path = os.pathsep.join(filter(None, (str(PROJECT), ours.get("PYTHONPATH"))))
    return {**{name: value for name, value in ours.items() if name not in _KEYS}, "PYTHONPATH": path}


def apart() -> dict[str, Any]:
    """The arguments of Popen by which it stands apart."""
    return {
        "cwd": PROJECT,
        "start_new_session": os.name == "posix",
        "creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    }
