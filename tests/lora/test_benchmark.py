"""The benchmark of small open models can be run, and tells what it promises."""

import json
import os
import subprocess
import sys

import pytest

from tests.lora.tiny import ROOT


@pytest.mark.slow
@pytest.mark.timeout(600)  # four processes that import torch: 30 s of processor time, more by the clock on a busy machine
def test_the_benchmark_tells_its_figures_in_one_line() -> None:
    command = [sys.executable, "-m", "benchmarks", "lora", "--quick"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=580)
    assert ended.returncode == 0, ended.stderr[-3000:]
    figures = json.loads(ended.stdout)
    assert figures["overhead"] > -1 and figures["steps"] == 2
    for name in ("batch_ratio", "mixed_ratio", "tokens_per_s", "train_tokens_per_s", "step_ms", "rss_mb", "loop_s", "plain_loop_s"):
        assert figures[name] > 0, name
    # a process with torch in it: were the memory that of another process, or in other units, it would not lie here
    assert 200 < figures["rss_mb"] < 4000 and 200 < figures["answers"]["rss_mb"] < 4000
