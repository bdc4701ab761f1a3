"""The training script: `python -m engine.lora.train --plan plan.json`, alone, under torchrun, or as Ray Train's function `train`."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

# before anything of the hub's client is imported: nothing is looked up, nothing is told to anybody
os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1", TOKENIZERS_PARALLELISM="false", TQDM_DISABLE="1")

import accelerate
import torch
from transformers import AutoTokenizer, set_seed

from engine.lora.assembly import SEEDS, load_model, make_trainer
from engine.lora.data import BadData, Dataset, encode_all, read_examples
from engine.lora.device import numbers
from engine.lora.failures import Failed, failure_of
from engine.lora.machine import device, micro_batch, refuse_rather_than_be_killed
from engine.lora.parent import die_with_parent, end_with_stdin
from engine.lora.place import FINAL, Place
from engine.lora.plan import TrainPlan
from engine.lora.quiet import quiet
from engine.lora.recorder import Diverged, Over, Recorder, belongs, best_path, micro_batch_of
from engine.lora.templates import TemplateRefused

EXIT_FAILED = 3


def train(plan: TrainPlan) -> None:
    """Train as planned, from the newest checkpoint in the plan's folder on; raises Failed after writing the failed event."""
    quiet()
    state = accelerate.PartialState(**_group())
    with Place(plan.folder) as place:
        if state.is_main_process or place.is_scratch:
            place.prepare()
        state.wait_for_everyone()
        _train_or_say_why_not(plan, place, state)


def _train_or_say_why_not(plan: TrainPlan, place: Place, state: accelerate.PartialState) -> None:
    started: dict[str, Any] = {}
    try:
        _train(plan, place, state, started)
    except Exception as error:
        failure = failure_of(error, plan, started.get("micro_batch"))
        if failure is None:
            raise
        # written by whichever process failed: it may be another than the first, which then is only ended by the launcher
        told = {"event": "failed", "code": failure.code, "message": str(failure)}
        place.fail(told, is_first=state.is_main_process)
        raise failure from error


def _train(plan: TrainPlan, place: Place, state: accelerate.PartialState, started: dict[str, Any]) -> None:
    """Train; `started` is told what is settled on the way, for the started event and for whoever says why this ended."""
    if state.num_processes != plan.processes:  # accelerate launch --cpu says nothing when it starts one process instead of two
        raise Failed("wrong_processes", f"{plan.processes} processes were planned, but {state.num_processes} are at work.")
    set_seed(plan.seed % SEEDS)
    here = device()
    using = numbers(here, plan.tuning, plan.precision)
    tokenizer = AutoTokenizer.from_pretrained(plan.base, local_files_only=True, trust_remote_code=False)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    training, validation = _data(plan, tokenizer)
    checkpoint = place.newest_checkpoint()
    if checkpoint is not None and not belongs(checkpoint, plan):
        checkpoint = None
    model, dtype = load_model(plan, using)
    longest = max(len(example.ids) for example in training.examples)
    micro = micro_batch(plan, model.config, longest, here.kind, using.computed, before=micro_batch_of(checkpoint))
    started |= {
        "world_size": state.num_processes,
        "device": here.kind,
        "precision": using.computed,
        "micro_batch": micro,
        "notes": [*training.notes, *validation.notes],
    }
    recorder = Recorder(plan, place, validation.examples, micro, started)
    recorder.go_on_from(checkpoint)
    trainer = make_trainer(plan, place, here.kind, using, micro, model, tokenizer, training, recorder)
    started["trainable"] = sum(weights.numel() for weights in trainer.model.parameters() if weights.requires_grad)
    recorder.trainer, recorder.tokenizer, recorder.dtype = trainer, tokenizer, dtype
    try:
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    except Over:
        pass  # the weights and the state are those of the checkpoint
    except Diverged as error:
        message = "The loss is no number any more: the model was pulled too hard. Train again with a smaller learning_rate_multiplier."
        raise Failed("diverged", message) from error
    if recorder.stopped:
        recorder.write(event="stopped", step=trainer.state.global_step)
        return
    tokens, best = trainer.order.tokens(trainer.state.global_step), recorder.best_step
    if best is not None:  # early stopping was asked for: what was learned after the best state is not wanted
        recorder.write(event="done", path=best_path(best), best=best, early=recorder.early, tokens=tokens)
    else:
        if state.is_main_process:
            with place.writing(FINAL) as folder:
                trainer.save_clean(folder, tokenizer, dtype)
        recorder.write(event="done", path=FINAL, early=recorder.early, tokens=tokens)
    state.wait_for_everyone()


def _data(plan: TrainPlan, tokenizer: Any) -> tuple[Dataset, Dataset]:
    """The encoded examples to train on and to validate with."""
    found = []
    try:
        for path, what in ((plan.training, "examples"), (plan.validation, "validation examples")):
            if path is None:
                found.append(Dataset())
                continue
            examples = read_examples(Path(path).read_bytes(), plan.method)
            found.append(encode_all(examples, tokenizer, plan.context_length, what=what))
    except (BadData, TemplateRefused) as error:
        raise Failed("bad_data", str(error)) from error
    return found[0], found[1]


def _group() -> dict[str, Any]:
    """How several processes find each other: gloo where there is no graphics card."""
    if torch.cuda.is_available():
        return {}
    return {"cpu": True, "backend": "gloo"} if int(os.environ.get("WORLD_SIZE", "1")) > 1 else {"cpu": True}


def main(arguments: list[str] | None = None) -> int:
    """Run one plan; the exit code is 0 for done or stopped and 3 where a failed event says why."""
    parser = argparse.ArgumentParser(prog="python -m engine.lora.train", description=__doc__)
    parser.add_argument("--plan", required=True, type=Path, help="a file that TrainPlan.to_json wrote")
    parser.add_argument("--watch-stdin", action="store_true", help="end when standard input ends: whoever started this is gone")
    asked = parser.parse_args(arguments)
    die_with_parent()
    if asked.watch_stdin:
        end_with_stdin()
    plan = TrainPlan.from_json(asked.plan.read_text(encoding="utf-8"))
    refuse_rather_than_be_killed(plan.processes)
    try:
        train(plan)
    except Failed as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return EXIT_FAILED
    finally:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
    return 0


if __name__ == "__main__":
    sys.exit(main())
