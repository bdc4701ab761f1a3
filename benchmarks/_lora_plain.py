"""The plainest training of an adapter with TRL, to measure ours against: `python -m benchmarks._lora_plain BASE TRAINING FOLDER EPOCHS`."""

import json
import sys
from pathlib import Path

from datasets import Dataset
from peft import LoraConfig
from trl import SFTConfig, SFTTrainer


def main() -> None:
    """Learn the last message of every example; what is set is what ours sets too, all else is as TRL has it."""
    base, training, folder, epochs = sys.argv[1:]
    talks = [json.loads(line)["messages"] for line in Path(training).read_text(encoding="utf-8").splitlines()]
    trainer = SFTTrainer(
        model=base,
        args=SFTConfig(
            output_dir=folder,
            num_train_epochs=int(epochs),
            per_device_train_batch_size=4,
            learning_rate=2e-4,
            model_init_kwargs={"dtype": "float32"},
            bf16=False,  # TRL has it on, and
            gradient_checkpointing=False,  # this, which costs a third of the speed
            dataloader_pin_memory=False,
            use_cpu=True,
            report_to="none",
        ),
        train_dataset=Dataset.from_list([{"prompt": talk[:-1], "completion": talk[-1:]} for talk in talks]),
        peft_config=LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.train()
    trainer.save_model(folder)


if __name__ == "__main__":
    main()
