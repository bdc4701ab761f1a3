"""How fast a large chat file is counted, against the loop that everybody copies: `python -m benchmarks tokens [MB [ROUNDS]]`.

`ratio_tiktoken` and `ratio_best` are how many times the cookbook loop's throughput ours has, with tiktoken alone and with the accelerator
where it is installed (else they are the same): medians over rounds in which all take turns, because other work on the machine comes and
goes. `rss_mb` is the most memory that all processes of ours held together. `equal` is whether each example's count is
tiktoken's, as the cookbook loop has it: that one adds 3 for an example where a bill adds 1, so that its counts are higher by exactly 2.
`work_…` are seconds of all processors together, which say more than the clock where other work takes them away.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

import psutil

from benchmarks._chats import write_chats

MB, ROUNDS = 200, 3
LOOK_S = 0.05
_TOO_MANY = 2  # that the cookbook adds for an example
HOWS = ("cookbook", "plain", "fast")


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure; sizes are in millions of bytes."""
    size = int(arguments[0]) if arguments else MB
    rounds = int(arguments[1]) if len(arguments) > 1 else ROUNDS
    seconds: dict[str, list[float]] = {how: [] for how in HOWS}
    worked: dict[str, list[float]] = {how: [] for how in HOWS}
    counts: dict[str, array[int]] = {}
    most = dict.fromkeys(HOWS, 0.0)
    accelerated = False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chats.jsonl"
        lines = write_chats(path, size * 1_000_000)
        for n in range(rounds):
            for how in HOWS:
                out = Path(folder) / how
                told, memory = _run(how, path, out)
                seconds[how].append(told["seconds"])
                worked[how].append(told["worked"])
                most[how] = max(most[how], memory)
                accelerated = accelerated or told["accelerated"]
                counts[how] = array("I")
                counts[how].frombytes(out.read_bytes())
                load = ", ".join(f"{value:.1f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
                print(
                    f"round {n + 1} {how:<9} {told['seconds']:6.2f} s (work {told['worked']:.2f} s) {memory:5.0f} MB, load {load}",
                    file=sys.stderr,
                )
    expected = array("I", (n - _TOO_MANY for n in counts["cookbook"]))
    return {
        "mb": size,
        "chats": lines,
        "tokens": sum(counts["plain"]),
        "ratio_tiktoken": _ratio(seconds, "plain"),
        "ratio_best": max(_ratio(seconds, "plain"), _ratio(seconds, "fast")),
        "accelerator": accelerated,
        "rss_mb": round(max(most["plain"], most["fast"])),
        "rss_tiktoken_mb": round(most["plain"]),
        "rss_cookbook_mb": round(most["cookbook"]),
        "equal": len(expected) == lines and all(counts[how] == expected for how in ("plain", "fast")),
        **{f"seconds_{how}": round(statistics.median(seconds[how]), 2) for how in HOWS},
        **{f"work_{how}": round(statistics.median(worked[how]), 2) for how in HOWS},
    }


def _ratio(seconds: dict[str, list[float]], how: str) -> float:
    return round(statistics.median(theirs / ours for theirs, ours in zip(seconds["cookbook"], seconds[how], strict=True)), 2)


def _run(how: str, path: Path, out: Path) -> tuple[dict[str, Any], float]:
    """What one run told, and the most memory in MB that it and its children held together, looked at twenty times a second."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks._counting", how, str(path), str(out)], stdout=subprocess.PIPE, text=True)
    most, watched = 0, psutil.Process(process.pid)
    while process.poll() is None:
        try:
            most = max(most, sum(one.memory_info().rss for one in (watched, *watched.children(recursive=True))))
        except psutil.NoSuchProcess:
            continue
        time.sleep(LOOK_S)
    if process.wait() != 0:
        raise RuntimeError("the count did not end well; its words stand above")
    return json.loads(process.communicate()[0]), most / 1e6
