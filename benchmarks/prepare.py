"""How long Prepare takes for a large table: read, mapped, checked by every family and split, in a process of its own as the app does it."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.made import questions

ROWS = 100_000
LOOK_S = 0.1

_WORK = """
import sys, json, time
from pathlib import Path
from core.prepare.source import DEFAULT
from core.prepare.work import prepare_draft
data = Path(sys.argv[1]).read_bytes()
stages, began = [], time.perf_counter()
prepared = prepare_draft(data, "made.csv", progress=lambda done, total: stages.append(round(time.perf_counter() - began, 1)))
split = prepared.split
print(json.dumps({
    "examples": len(prepared.examples), "findings": len(prepared.findings), "verdict": prepared.verdict.word,
    "train": len(split.train), "validation": len(split.validation), "test": len(split.test), "stages": stages,
}))
"""


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure: `seconds` from the start of the process to its end, `rss_mb` the most memory that it and its children held together."""
    rows = int(arguments[0]) if arguments else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.csv"
        path.write_bytes(questions(rows))
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", _WORK, str(path)], stdout=subprocess.PIPE, text=True)
        most = _most_memory(process)
        seconds = time.perf_counter() - began
        told = json.loads(process.communicate()[0])
    print(f"read, repaired, checked, split after {told.pop('stages')} s", file=sys.stderr)
    return {"rows": rows, "seconds": round(seconds, 1), "rss_mb": round(most / 1e6), **told}


def _most_memory(process: "subprocess.Popen[str]") -> int:
    """The largest resident memory of the process and its children together, in bytes, looked at ten times a second until it ends."""
    most, watched = 0, psutil.Process(process.pid)
    while process.poll() is None:
        try:
            most = max(most, sum(one.memory_info().rss for one in (watched, *watched.children(recursive=True))))
        except psutil.NoSuchProcess:
            break
        time.sleep(LOOK_S)
    if process.wait() != 0:
        raise RuntimeError("the work did not end well; its words stand above")
    return most
