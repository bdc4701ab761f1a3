"""What one training is put together from: the base model in the right numbers, and TRL's trainer with the plan's settings."""

from typing import Any

import torch
from peft import LoraConfig, TaskType
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, PrinterCallback, ProgressCallback
from trl import DPOConfig, SFTConfig

from engine.lora.batches import Order
from engine.lora.data import Dataset
from engine.lora.device import Numbers
from engine.lora.failures import Failed
from engine.lora.place import Place
from engine.lora.plan import TrainPlan
from engine.lora.recorder import Recorder
from engine.lora.trainers import Preference, Supervised, as_dataset, half_written

SEEDS = 2**32  # NumPy's generator takes no larger one


def load_model(plan: TrainPlan, using: Numbers) -> tuple[Any, torch.dtype]:
    """The base model, and the kind of numbers that its files hold; where all of it learns its own weights stay in fp32."""
    model = _load(plan, torch.bfloat16 if using.weights == "bf16" else torch.float32)
    model.config.use_cache = False
    held = AutoConfig.from_pretrained(plan.base, local_files_only=True, trust_remote_code=False).get_text_config().dtype
    return model, held if isinstance(held, torch.dtype) else torch.float32


def _load(plan: TrainPlan, dtype: torch.dtype) -> Any:
    safely: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
    try:
        return AutoModelForCausalLM.from_pretrained(plan.base, dtype=dtype, **safely)
    except (OSError, ValueError, SafetensorError) as error:
        raise Failed("model_unusable", f"The base model's files cannot be used: {str(error)[:200]}") from error


def make_trainer(
    plan: TrainPlan,
    place: Place,
    device: str,
    using: Numbers,
    micro: int,
    model: Any,
    tokenizer: Any,
    training: Dataset,
    recorder: Recorder,
) -> Any:
    """TRL's trainer for this plan, with our order of examples; raises Failed where the model lacks the layers that were asked for."""
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
        "seed": plan.seed % SEEDS,
        # adapters stay in fp32 on a base in bf16; where all weights learn, or on a graphics card, the sums alone are in bf16
        "bf16": using.computed == "bf16" and (plan.tuning == "full" or device == "cuda"),
        "gradient_checkpointing": False,
        "use_cpu": device == "cpu",
        "ddp_backend": "gloo" if device == "cpu" and plan.processes > 1 else None,
        "ddp_find_unused_parameters": False,
        "dataloader_pin_memory": device == "cuda",
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
    try:
        trainer = _of_method(plan, settings, common)
    except ValueError as error:
        if "arget module" not in str(error):
            raise
        raise Failed("invalid_hyperparameter", f"This model has no such lora_target_modules: {str(error)[:200]}") from error
    trainer.order = Order([len(e.ids) + len(e.rejected) for e in training.examples], plan.batch_size, plan.seed)
    trainer.place, trainer.recorder = place, recorder
    for chatty in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(chatty)
    return trainer


def _of_method(plan: TrainPlan, settings: dict[str, Any], common: dict[str, Any]) -> Any:
    if plan.method == "dpo":
        reference = _load(plan, torch.float32) if plan.tuning == "full" else None
        return Preference(args=DPOConfig(**settings, beta=plan.beta), ref_model=reference, **common)
    return Supervised(args=SFTConfig(**settings, dataset_kwargs={"skip_prepare_dataset": True}), **common)


def _adapter(plan: TrainPlan) -> LoraConfig:
    modules = plan.lora_target_modules
    return LoraConfig(
        r=plan.lora_r,
        lora_alpha=plan.lora_alpha,
        lora_dropout=plan.lora_dropout,
        target_modules=modules if isinstance(modules, str) else list(modules),
        task_type=TaskType.CAUSAL_LM,
    )
