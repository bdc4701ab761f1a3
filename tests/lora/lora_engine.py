"""`python -m tests.lora.lora_engine`: the engine with models "tiny" and "tiny-tuned", answered for by the real process."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.__main__ import main
from engine.learners import Model
from engine.learners.registry import Registry
from engine.lora.clerk import command
from engine.lora.desk import Desk
from engine.lora.models import LoraModel
from tests.engine.fake_learner import FakeLearner


def line(folder: Path, tokenizer: Path) -> Sequence[str]:
    """The command of the real process, in numbers that are the same whatever the batch."""
    return [*command(folder, tokenizer), "--precision", "fp32"]


class Tiny(FakeLearner):
    """Only answers."""

    base_models: tuple[str, ...] = ("tiny", "tiny-tuned")
    desk = Desk(line=line)

    def base(self, base_model: str) -> Model:
        tuned = Path(os.environ["TINY_ADAPTER"]) if base_model == "tiny-tuned" else None
        return LoraModel(Path(os.environ["TINY_BASE"]), tuned, self.desk)


if __name__ == "__main__":
    sys.exit(main(registry=Registry({"tiny": Tiny, "tiny-tuned": Tiny})))
