"""`python -m tests.engine.talking_engine`: the engine with a base model "talker" that is answered for by tests.engine.fake_answers."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.__main__ import main
from engine.learners import Model
from engine.learners.registry import Registry
from engine.lora.desk import Desk
from engine.lora.models import LoraModel
from tests.engine.fake_learner import FakeLearner


def line(folder: Path, tokenizer: Path) -> Sequence[str]:
    """The command of the fake process."""
    return [sys.executable, "-m", "tests.engine.fake_answers", folder.name]


class Talker(FakeLearner):
    """Answers as small open models do."""

    base_models: tuple[str, ...] = ("talker",)
    desk = Desk(line=line)

    def base(self, base_model: str) -> Model:
        return LoraModel(Path(os.environ["TALKER_FOLDER"]), None, self.desk, "talker")


if __name__ == "__main__":
    sys.exit(main(registry=Registry({"fake": FakeLearner, "talker": Talker})))
