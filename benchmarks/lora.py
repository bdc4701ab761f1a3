"""Small open models: what our training costs beside the plainest script; how quickly SmolLM2-135M's shape trains and answers."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.lora_answers import PAIRS, QUESTIONS, answering, mixed
from benchmarks.lora_shapes import make_shape
from benchmarks.made import WORDS, questions
from core.base.chat_format import write_jsonl
from core.base.types import Example, Message
from core.prepare.work import prepare_draft
from engine.lora.plan import TrainPlan

ROOT = Path(__file__).resolve().parents[1]
BATCH, LENGTH = 4, 64
_TIMES = ("loop_s", "cpu_s", "process_s", "process_cpu_s")  # of a run: the training loop's and the whole process's


@dataclass(frozen=True, slots=True)
class _Size:
    """How much is measured."""

    pairs: int
    rows: int
    epochs: int
    small: str
    real: str
    steps: int
    questions: int
    mixed: int


WHOLE = _Size(pairs=5, rows=100, epochs=3, small="made-7M", real="SmolLM2-135M", steps=24, questions=QUESTIONS, mixed=PAIRS)
QUICK = _Size(pairs=1, rows=8, epochs=1, small="made-1M", real="made-1M", steps=4, questions=4, mixed=1)


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure all; `--quick` only shows that it can be measured, `--overhead` and `--real` measure one half."""
    size = QUICK if "--quick" in arguments else WHOLE
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bases = {shape: make_shape(shape, folder / shape) for shape in {size.small, size.real}}
        if "--real" not in arguments:
            figures |= _overhead(folder, bases[size.small], size)
        if "--overhead" not in arguments:
            figures |= _steps(folder, bases[size.real], size)
            answers = answering(bases[size.real], questions=size.questions)
            figures |= {"batch_ratio": answers.pop("batch_ratio"), "tokens_per_s": answers.pop("tokens_per_s")}
            figures |= mixed(bases[size.real], pairs=size.mixed)
            figures["answers"] = answers
    return figures | {
        "shapes": [size.small, size.real],
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "torch": version("torch"),
        "trl": version("trl"),
    }


def _overhead(folder: Path, base: Path, size: _Size) -> dict[str, Any]:
    """Ours, as the engine starts it, against the plain script, one after the other; each pair begins with the other one."""
    data = write_jsonl(prepare_draft(questions(size.rows), "made.csv").examples)
    training = folder / "small.jsonl"
    training.write_bytes(data)
    plan = _plan(base, training, n_epochs=size.epochs, context_length=1024, precision="fp32")
    ours, plain = [], []
    for number in range(size.pairs):
        for mine in (number % 2 == 0, number % 2 == 1):
            place = folder / f"{'ours' if mine else 'plain'}-{number}"
            if mine:
                ours.append(_ours(replace(plan, folder=str(place)), folder))
            else:
                plain.append(_timed(folder, "benchmarks._lora_plain", base, training, place, size.epochs))
        print("; ".join(f"{what}: {ours[-1][what]:.2f}, plain {plain[-1][what]:.2f}" for what in _TIMES), file=sys.stderr)
    for what in ("steps", "tokens"):
        if {run[what] for run in ours} != {run[what] for run in plain}:
            raise RuntimeError(f"the two did not do the same work: {ours[0][what]} {what} and {plain[0][what]}")
    ratios = {what: [one[what] / other[what] for one, other in zip(ours, plain, strict=True)] for what in _TIMES}
    overhead = {what: round(statistics.median(found) - 1, 3) for what, found in ratios.items()}
    return {
        "overhead": overhead["loop_s"],
        "overhead_process": overhead["process_s"],
        # the processor's time says the same as the clock's, and still does where others keep the machine busy
        "overhead_cpu": overhead["cpu_s"],
        "overhead_process_cpu": overhead["process_cpu_s"],
        "spread": [round(limit(ratios["loop_s"]) - 1, 3) for limit in (min, max)],
        "spread_cpu": [round(limit(ratios["cpu_s"]) - 1, 3) for limit in (min, max)],
        "loop_s": round(statistics.median(run["loop_s"] for run in ours), 2),
        "process_s": round(statistics.median(run["process_s"] for run in ours), 2),
        "plain_loop_s": round(statistics.median(run["loop_s"] for run in plain), 2),
        "plain_process_s": round(statistics.median(run["process_s"] for run in plain), 2),
        "steps": ours[0]["steps"],
    }


def _steps(folder: Path, base: Path, size: _Size) -> dict[str, Any]:
    """Steps of four examples of 64 tokens each, in the kind of numbers that this processor is quick with."""
    said = f"Your {' '.join(WORDS)}."
    rows = [
        Example((Message("user", f"Question {n} about my card?"), Message("assistant", said)), n) for n in range(1, BATCH * size.steps + 1)
    ]
    training = folder / "real.jsonl"
    training.write_bytes(write_jsonl(rows))
    place = folder / "real"
    run = _ours(_plan(base, training, n_epochs=1, context_length=LENGTH, folder=str(place)), folder)
    if run["tokens"] != BATCH * size.steps * LENGTH:
        raise RuntimeError(f"these examples are not of {LENGTH} tokens each: {run['tokens']} in all")
    step_s = statistics.median(run["step_s"])
    started = json.loads((place / "progress.jsonl").read_text(encoding="utf-8").splitlines()[0])
    return {
        "step_ms": round(1000 * step_s),
        "step_ms_spread": [round(1000 * limit(run["step_s"])) for limit in (min, max)],
        "train_tokens_per_s": round(BATCH * LENGTH / step_s),
        "rss_mb": round(run["rss"] / 1e6),
        "precision": started["precision"],
    }


def _plan(base: Path, training: Path, **more: Any) -> TrainPlan:
    settled: dict[str, Any] = {
        "base": str(base),
        "training": str(training),
        "validation": None,
        "folder": "",
        "method": "supervised",
        "tuning": "lora",
        "batch_size": BATCH,
        "learning_rate": 2e-4,
        "seed": 0,
        "micro_batch": BATCH,
    }
    return TrainPlan(**settled | more)


def _ours(plan: TrainPlan, folder: Path) -> dict[str, Any]:
    file = folder / "plan.json"
    file.write_text(plan.to_json(), encoding="utf-8")
    return _timed(folder, "engine.lora.train", "--plan", file)


def _timed(folder: Path, module: str, *arguments: object) -> dict[str, Any]:
    """Run a script in a process of its own; what it told, and the seconds from its start to its end."""
    file, log = folder / "timed.json", folder / "log.txt"
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}
    began = time.perf_counter()
    with log.open("wb") as said:
        command = [sys.executable, "-m", "benchmarks._timed", file, module, *arguments]
        ended = subprocess.run([str(part) for part in command], cwd=ROOT, env=os.environ | quiet, stdout=said, stderr=said)
    took = time.perf_counter() - began
    if ended.returncode != 0:
        raise RuntimeError(f"{module} did not end well:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return told | {"process_s": took}


def _processor() -> str:
    """The processor's name; Linux alone tells more than its family."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
