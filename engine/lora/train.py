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
from peft import LoraConfig, TaskType
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PrinterCallback, ProgressCallback, set_seed
from trl import DPOConfig, SFTConfig

from engine.lora.batches import Order
from engine.lora.data import BadData, Dataset, encode_all, read_examples
from engine.lora.failures import Failed, failure_of
from engine.lora.machine import Means, means, micro_batch, refuse_rather_than_be_killed
from engine.lora.parent import die_with_parent, end_with_stdin
from engine.lora.place import FINAL, Place
from engine.lora.plan import TrainPlan
from engine.lora.quiet import quiet
from engine.lora.recorder import Diverged, Over, Recorder, belongs, micro_batch_of
from engine.lora.templates import TemplateRefused
from engine.lora.trainers import Preference, Supervised, as_dataset, half_written

EXIT_FAILED = 3
_SEEDS = 2**32  # NumPy's generator takes no larger one


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
        told = {"event": "failed", "code": failure.code, "message": str(failure), "suggestion": failure.suggestion}
        place.fail(told, is_first=state.is_main_process)
        raise failure from error


def _train(plan: TrainPlan, place: Place, state: accelerate.PartialState, started: dict[str, Any]) -> None:
    """Train; `started` is told what is settled on the way, for the started event and for whoever says why this ended."""
    if state.num_processes != plan.processes:  # accelerate launch --cpu says nothing when it starts one process instead of two
        raise Failed("wrong_processes", f"{plan.processes} processes were planned, but {state.num_processes} are at work.")
    set_seed(plan.seed % _SEEDS)
    using = means(plan)
    tokenizer = AutoTokenizer.from_pretrained(plan.base, local_files_only=True, trust_remote_code=False)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    training, validation = _data(plan, tokenizer)
    checkpoint = place.newest_checkpoint()
    if checkpoint is not None and not belongs(checkpoint, plan):
        checkpoint = None
    model, dtype = _model(plan, using)
    longest = max(len(example.ids) for example in training.examples)
    micro = micro_batch(plan, model.config, longest, using.device, bf16=using.bf16, before=micro_batch_of(checkpoint))
    started |= {
        "world_size": state.num_processes,
        "device": using.device,
        "precision": "bf16" if using.bf16 else "fp32",
        "micro_batch": micro,
        "notes": [*training.notes, *validation.notes],
    }
    recorder = Recorder(plan, place, validation.examples, micro, started)
    recorder.go_on_from(checkpoint)
    try:
        trainer = _trainer(plan, place, using, micro, model, tokenizer, training, recorder)
    except ValueError as error:
        if "arget module" not in str(error):
            raise
        raise Failed("invalid_hyperparameter", f"This model has no such lora_target_modules: {str(error)[:200]}") from error
    started["trainable"] = sum(weights.numel() for weights in trainer.model.parameters() if weights.requires_grad)
    trainer.order = Order([len(e.ids) + len(e.rejected) for e in training.examples], plan.batch_size, plan.seed)
    trainer.place, trainer.recorder = place, recorder
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
    if state.is_main_process:
        with place.writing(FINAL) as folder:
            trainer.save_clean(folder, tokenizer, dtype)
    recorder.write(event="done", path=FINAL, early=recorder.early, tokens=trainer.order.tokens(trainer.state.global_step))
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


def _model(plan: TrainPlan, using: Means) -> tuple[Any, torch.dtype]:
    """The base model, and the kind of numbers that its files hold; where all of it learns its own weights stay in fp32."""
    coarse = using.bf16 and plan.tuning == "lora"
    model = _load(plan, torch.bfloat16 if coarse else torch.float32)
    model.config.use_cache = False
    held = AutoConfig.from_pretrained(plan.base, local_files_only=True, trust_remote_code=False).get_text_config().dtype
    return model, held if isinstance(held, torch.dtype) else torch.float32


def _load(plan: TrainPlan, dtype: torch.dtype) -> Any:
    safely: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
    try:
        return AutoModelForCausalLM.from_pretrained(plan.base, dtype=dtype, **safely)
    except (OSError, ValueError, SafetensorError) as error:
        raise Failed("model_unusable", f"The base model's files cannot be used: {str(error)[:200]}") from error


def _trainer(
    plan: TrainPlan, place: Place, using: Means, micro: int, model: Any, tokenizer: Any, training: Dataset, recorder: Recorder
) -> Any:
    rows = as_dataset(training.examples, plan.batch_size, plan.method)
    steps = -(-len(training.examples) // plan.batch_size) * plan.n_epochs
    settings: dict[str, Any] = {
        "output_dir": half_written(place),
        "num_train_epochs": plan.n_epochs,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": plan.batch_size // (micro * plan.processes),
        "learning_rate": plan.learning_rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": int(plan.warmup_ratio * steps),
        "weight_decay": plan.weight_decay,
        "max_grad_norm": plan.max_grad_norm,
        "seed": plan.seed % _SEEDS,
        # adapters stay in fp32 on a base in bf16; where all weights learn, or on a graphics card, the sums alone are in bf16
        "bf16": using.bf16 and (plan.tuning == "full" or using.device == "cuda"),
        "gradient_checkpointing": False,
        "use_cpu": using.device == "cpu",
        "ddp_backend": "gloo" if using.device == "cpu" and plan.processes > 1 else None,
        "ddp_find_unused_parameters": False,
        "dataloader_pin_memory": using.device == "cuda",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",  # the recorder decides
        "eval_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "max_length": None,
    }
    common: dict[str, Any] = {"model": model, "train_dataset": rows, "processing_class": tokenizer, "callbacks": [recorder]}
    if plan.tuning == "lora":
        common["peft_config"] = _adapter(plan)
    if plan.method == "dpo":
        reference = _load(plan, torch.float32) if plan.tuning == "full" else None
        trainer: Any = Preference(args=DPOConfig(**settings, beta=plan.beta), ref_model=reference, **common)
    else:
        trainer = Supervised(args=SFTConfig(**settings, dataset_kwargs={"skip_prepare_dataset": True}), **common)
    for chatty in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(chatty)
    return trainer


def _adapter(plan: TrainPlan) -> LoraConfig:
    modules = plan.lora_target_modules
    return LoraConfig(
        r=plan.lora_r,
        lora_alpha=plan.lora_alpha,
        lora_dropout=plan.lora_dropout,
        target_modules=modules if isinstance(modules, str) else list(modules),
        task_type=TaskType.CAUSAL_LM,
    )


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
