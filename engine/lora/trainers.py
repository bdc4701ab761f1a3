"""TRL's trainers with our order of examples, exact metrics over all processes, and checkpoints that are whole or not there."""

import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import torch
from transformers import Trainer
from trl import DPOTrainer, SFTTrainer

from engine.lora.batches import Order
from engine.lora.data import NOT_LEARNED, Encoded
from engine.lora.place import CHECKPOINTS, Place
from engine.lora.recorder import Recorder

_LOSS_OF_NOTHING = math.log(2)  # DPO's, of two answers between which there is no difference
KEPT = 2  # checkpoints for going on from: the newest, and one in case that is damaged


class _Ours(Trainer):
    """What both trainers share; these three are set before `train` is called."""

    order: Order
    place: Place
    recorder: Recorder

    def _get_train_sampler(self, train_dataset: Any = None) -> Order:
        return self.order

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        # not TRL's own, which writes a model card beside; output_dir is a folder of half written ones
        began = time.monotonic()
        Trainer._save_checkpoint(self, model, trial)
        self.accelerator.wait_for_everyone()
        if self.is_world_process_zero():
            name = f"checkpoint-{self.state.global_step}"
            half = Path(self.args.output_dir) / name
            for needless in ("README.md", "training_args.bin"):
                (half / needless).unlink(missing_ok=True)
            self.recorder.remember(half)
            self.place.finish(half, f"{CHECKPOINTS}/{name}")
            self.place.thin_out(KEPT)
            self.recorder.forget_outdone()
        self.accelerator.wait_for_everyone()
        self.recorder.saving_took(time.monotonic() - began)

    def save_clean(self, folder: Path, tokenizer: Any, dtype: torch.dtype) -> None:
        """Write the model as it stands for others to load: configuration and safetensors, nothing else."""
        model = self.accelerator.unwrap_model(self.model)
        if hasattr(model, "peft_config"):
            model.save_pretrained(str(folder))
            (folder / "README.md").unlink(missing_ok=True)
        else:
            weights = {name: tensor.to(dtype) for name, tensor in model.state_dict().items()}
            model.save_pretrained(str(folder), state_dict=weights)
            tokenizer.save_pretrained(str(folder))


class Supervised(_Ours, SFTTrainer):
    """Learns the answers of conversations."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._right = self._seen = 0.0
        super().__init__(*args, **more)

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        tokens = (inputs["labels"][:, 1:] != NOT_LEARNED).sum()
        loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        # TRL takes the mean over the parts of a batch; parts have different numbers of tokens, and ours may have none
        count = float(self.accelerator.gather(tokens).sum())
        self._right += self._metrics["train"]["mean_token_accuracy"][-1] * count
        self._seen += count
        return loss

    def take_metrics(self, logs: dict[str, float]) -> dict[str, float]:
        """The metrics of the step that is being logged."""
        accuracy = self._right / max(self._seen, 1.0)
        self._right = self._seen = 0.0
        return {"train_loss": logs["loss"], "train_mean_token_accuracy": accuracy}

    def validate(self, examples: Sequence[Encoded], size: int) -> dict[str, float]:
        """Loss and accuracy per learned token; every process takes its share of the batches."""
        sums = torch.zeros(3, dtype=torch.float64)
        self.model.eval()
        with torch.no_grad(), self.accelerator.autocast():
            for batch in _batches(examples, size)[self.args.process_index :: self.args.world_size]:
                inputs = self.data_collator([_row(example) for example in batch])
                outputs = self.model(**_moved(inputs, self), use_cache=False, fused_lm_head=True)
                sums += torch.stack([-outputs.log_probs.sum(), outputs.is_top1.sum(), outputs.label_mask.sum()]).double().cpu()
        self.model.train()
        loss, right, seen = _summed(sums, self).tolist()
        return {"loss": loss / max(seen, 1.0), "mean_token_accuracy": right / max(seen, 1.0)}


class Preference(_Ours, DPOTrainer):
    """Learns which of two answers is the better one."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._right = self._seen = 0.0
        super().__init__(*args, **more)

    def _prepare_dataset(self, dataset: Any, *args: Any) -> Any:
        return dataset  # encoded already, with our own cuts and our own account of them

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        if not self.model.training:
            return loss
        # TRL takes the mean over all places of a batch; what fills the last one up must neither count nor make the others count less
        chosen = inputs["completion_mask"].chunk(2)[0][:, 1:].sum(dim=1)
        tokens = float(self.accelerator.gather(chosen.sum()).sum())
        self._right += self._metrics["train"]["mean_token_accuracy"][-1] * tokens
        self._seen += tokens
        filled = int((chosen == 0).sum())
        # an empty pair has nothing that could differ: its loss is that of a difference of 0, whatever the model says
        return (loss - _LOSS_OF_NOTHING * filled / len(chosen)) * self.order.places_each(self.state.global_step)

    def take_metrics(self, logs: dict[str, float]) -> dict[str, float]:
        """The metrics of the step that is being logged, which is over by now; empty pairs add 0 to each."""
        share = self.order.places_each(self.state.global_step - 1)
        accuracy = self._right / max(self._seen, 1.0)
        self._right = self._seen = 0.0
        return {
            "train_loss": logs["loss"],
            "train_mean_token_accuracy": accuracy,
            "train_reward_margin": logs["rewards/margins"] * share,
            "train_reward_accuracy": min(1.0, logs["rewards/accuracies"] * share),  # float32: all right came out as 1.0000000149
        }

    def validate(self, examples: Sequence[Encoded], size: int) -> dict[str, float]:
        """Loss and accuracy per pair; every process computes them all, as TRL's loss talks to the other processes itself."""
        names = {"mean_token_accuracy": "mean_token_accuracy", "rewards/margins": "reward_margin", "rewards/accuracies": "reward_accuracy"}
        sums = dict.fromkeys(("loss", *names.values()), 0.0)
        self.model.eval()
        with torch.no_grad(), self.compute_loss_context_manager():
            for batch in _batches(examples, size):
                loss = self.compute_loss(self.model, _moved(self.data_collator([_pair(example) for example in batch]), self))
                sums["loss"] += float(loss) * len(batch)
                for theirs, ours in names.items():
                    sums[ours] += self._metrics["eval"][theirs][-1] * len(batch)
        self._metrics["eval"].clear()
        self.model.train()
        return {name: value / len(examples) for name, value in sums.items()}


def as_dataset(examples: Sequence[Encoded], batch_size: int, method: str) -> Any:
    """The examples as the trainers read them, filled up to whole batches with examples that teach nothing."""
    missing = -len(examples) % batch_size
    begin = list(examples[0].ids[:1])
    if method == "dpo":
        rows = [_pair(example) for example in examples] + [{"prompt_ids": begin, "chosen_ids": [], "rejected_ids": []}] * missing
    else:
        rows = [_row(example) for example in examples] + [{"input_ids": begin, "labels": [NOT_LEARNED]}] * missing
    return datasets.Dataset.from_list(rows)


def half_written(place: Place) -> str:
    """Where the trainer writes checkpoints before they are whole."""
    return os.path.join(place.local, CHECKPOINTS, ".half")


def _row(example: Encoded) -> dict[str, list[int]]:
    return {"input_ids": list(example.ids), "labels": example.labels}


def _pair(example: Encoded) -> dict[str, list[int]]:
    prompt, chosen = example.ids[: example.split], example.ids[example.split :]
    return {"prompt_ids": list(prompt), "chosen_ids": list(chosen), "rejected_ids": list(example.rejected)}


def _batches(examples: Sequence[Encoded], size: int) -> list[list[Encoded]]:
    ordered = sorted(examples, key=lambda example: -len(example.ids))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def _moved(inputs: dict[str, torch.Tensor], trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: tensor.to(trainer.args.device) for name, tensor in inputs.items()}


def _summed(sums: torch.Tensor, trainer: Trainer) -> torch.Tensor:
    if trainer.args.world_size == 1:
        return sums
    total = trainer.accelerator.reduce(sums.to(trainer.args.device), reduction="sum")
    return total.cpu() if isinstance(total, torch.Tensor) else sums
