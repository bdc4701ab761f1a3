"""Runs a training script as it is, and writes down how long its loop and its steps took: `python -m benchmarks._timed FILE MODULE ...`."""

import json
import runpy
import sys
import time
from pathlib import Path
from typing import Any

import psutil


def peak_memory(pid: int) -> int:
    """The most memory that a running process has held so far, in bytes."""
    if sys.platform == "linux":  # not getrusage: what it tells includes the parent's memory at the moment of the start
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    held = psutil.Process(pid).memory_info()
    return int(getattr(held, "peak_wset", held.rss))  # macOS tells only what is held now


def main() -> None:
    """Run the module named second with the arguments after it."""
    import transformers

    told: dict[str, Any] = {}
    starts: list[float] = []
    train, training_step = transformers.Trainer.train, transformers.Trainer.training_step

    def timed_train(self: Any, *args: Any, **more: Any) -> Any:
        began, used = time.perf_counter(), time.process_time()
        result = train(self, *args, **more)
        ended = time.perf_counter()
        told.update(loop_s=ended - began, cpu_s=time.process_time() - used, steps=self.state.global_step)
        told.update(step_s=[late - early for early, late in zip(starts, [*starts[1:], ended], strict=True)])
        # without the padding, once
        told["tokens"] = sum(map(len, self.train_dataset["input_ids"]))
        return result

    def timed_step(self: Any, *args: Any, **more: Any) -> Any:
        starts.append(time.perf_counter())
        return training_step(self, *args, **more)

    transformers.Trainer.train, transformers.Trainer.training_step = timed_train, timed_step
    file, module, *rest = sys.argv[1:]
    sys.argv = [module, *rest]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        told["process_cpu_s"] = time.process_time()
        told["rss"] = peak_memory(psutil.Process().pid)
        Path(file).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
