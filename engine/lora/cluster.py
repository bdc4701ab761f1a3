"""The training script on a cluster: `python -m engine.lora.cluster --plan FILE`, with Ray Train, on the cluster of RAY_ADDRESS.

The base model, the files and the plan's folder must be reachable from every machine under the same name: a shared disk, or for the
folder an fsspec address. The project's own code travels along.
"""

import argparse
import importlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ray
from ray.train import FailureConfig, RunConfig, ScalingConfig, get_context
from ray.train.torch import TorchTrainer
from ray.train.v2.api.exceptions import TrainingFailedError

from engine.apart import OFFLINE, PROJECT
from engine.lora.files import append
from engine.lora.launching import CLUSTER_VARIABLE, DONE, FAILED, SCRIPT
from engine.lora.parent import OPTION, end_with_stdin
from engine.lora.plan import TrainPlan
from engine.lora.progress import FILE, Progress

ANSWER_LIMIT_S = 10.0
RETRIES = 3  # of all workers, from the last checkpoint, where one of them was lost


def work(config: dict[str, Any]) -> None:
    """What each worker does: the script, as it is, on its share."""
    plan = TrainPlan.from_json(config["plan"])
    found = get_context().get_world_size()
    if found != plan.processes:
        raise RuntimeError(f"the plan is for {plan.processes} processes, and the cluster started {found}")
    if "failed" in _events(plan)[config["known"] :]:
        return  # Ray Train starts again whatever raises; what the script has given a reason for would only happen again
    importlib.import_module(config["script"]).train(plan)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script on the cluster; its exit code, or 1 where it died more often than it was started again."""
    parser = argparse.ArgumentParser(prog="python -m engine.lora.cluster", description=__doc__)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--script", default=SCRIPT)
    parser.add_argument(OPTION, action="store_true")
    wish = parser.parse_args(arguments)
    if wish.watch_stdin:
        end_with_stdin()  # and the cluster ends what this process has started there
    text = wish.plan.read_text(encoding="utf-8")
    plan, address = TrainPlan.from_json(text), os.environ.get(CLUSTER_VARIABLE, "")
    try:
        _join(address, wish.script)
    except (OSError, ValueError) as error:  # ConnectionError and TimeoutError are OSErrors
        return _fail(plan, "cluster_unreachable", f"No Ray cluster answers at {address}: start it, or unset {CLUSTER_VARIABLE}.", error)
    known, has = len(_events(plan)), ray.cluster_resources()
    use_gpu = has.get("GPU", 0) >= plan.processes
    if not use_gpu and has.get("CPU", 0) < plan.processes:
        found = f"The cluster at {address} has {has.get('CPU', 0):.0f} processors, and the training asks for {plan.processes} processes."
        return _fail(plan, "cluster_too_small", f"{found} Ask for fewer, or add machines.")
    with tempfile.TemporaryDirectory() as notes:  # Ray Train's own; our checkpoints lie in the plan's folder
        trainer = TorchTrainer(
            work,
            train_loop_config={"plan": text, "script": wish.script, "known": known},
            scaling_config=ScalingConfig(num_workers=plan.processes, use_gpu=use_gpu),
            run_config=RunConfig(storage_path=notes, failure_config=FailureConfig(max_failures=RETRIES)),
        )
        try:
            trainer.fit()
        except TrainingFailedError as error:
            print(error, file=sys.stderr)
            return FAILED if "failed" in _events(plan)[known:] else 1
        finally:
            ray.shutdown()
    return FAILED if "failed" in _events(plan)[known:] else DONE


def _join(address: str, script: str) -> None:
    host, _, port = address.partition(":")
    if port.isdecimal():
        with socket.create_connection((host, int(port)), timeout=ANSWER_LIMIT_S):
            pass  # Ray itself would try for ever
    ray.init(
        address=address, runtime_env={"py_modules": _modules(script), "env_vars": OFFLINE}
    )  # a worker takes its environment from its machine, not from here


def _modules(script: str) -> list[str]:
    return sorted({str(PROJECT / name) for name in ("core", "engine", script.split(".")[0])})


def _events(plan: TrainPlan) -> list[str]:
    return [record["event"] for record in Progress(plan.folder).new()]


def _fail(plan: TrainPlan, code: str, message: str, error: Exception | None = None) -> int:
    record = {"event": "failed", "code": code, "message": message}
    append(plan.folder, FILE, json.dumps(record).encode() + b"\n")
    print(message, error or "", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
