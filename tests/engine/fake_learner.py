"""A learner for tests that does as its training data tells it: the system prompt of the first example is its orders.

"sleep 0.05" sleeps that long in each of its steps, "deaf 30" in one single step; "kill 3" kills its own process at step 3, "raise 3" raises
there, "lose 3" has lost a process of its own there; "once PATH" beside one of these makes it happen only in the first process; "refuse"
refuses the data; "free" has no steps at all.
"""

import json
import os
import signal
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.base.errors import InputError
from core.base.types import Message
from engine.learners import Answer, Model, Step, Training, TrainingDied, TrainingRequest
from engine.learners.registry import Registry


class FakeTraining:
    """Three epochs unless told otherwise; the loss falls as one over the step."""

    trained_tokens: int | None = None

    def __init__(self, request: TrainingRequest) -> None:
        self._orders = request.training[0].system.split()
        self._answer = request.training[0].answer
        epochs = request.n_epochs if isinstance(request.n_epochs, int) else 3
        batch = request.batch_size if isinstance(request.batch_size, int) else len(request.training)
        self._total = epochs * -(-len(request.training) // batch)
        self._per_epoch = self._total // epochs
        self.hyperparameters: Mapping[str, Any] = {"n_epochs": epochs, "batch_size": batch, "learning_rate_multiplier": 1.0}
        self.notes: tuple[str, ...] = ("A note from the learner.",)

    def steps(self) -> Generator[Step, None, None]:
        if "free" in self._orders:
            return
        for step in range(1, self._total + 1):
            self._obey(step)
            metrics = {"train_loss": 1 / step, "train_mean_token_accuracy": 1 - 1 / (step + 1), "overflow": float("inf")}
            yield Step(step, self._total, metrics, checkpoint=step % self._per_epoch == 0)

    def _obey(self, step: int) -> None:
        words = dict(zip(self._orders, [*self._orders[1:], ""], strict=False))
        if "sleep" in words:
            time.sleep(float(words["sleep"]))
        if "deaf" in words and step == 2:
            time.sleep(float(words["deaf"]))
        if "once" in words and Path(words["once"]).exists():
            return
        for order in ("kill", "raise", "lose"):
            if words.get(order) == str(step):
                if "once" in words:
                    Path(words["once"]).touch()
                if order == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                if order == "lose":
                    raise TrainingDied("What computed for it is gone.")
                raise ArithmeticError("the fake learner was told to raise")

    def save(self, folder: Path) -> None:
        (folder / "fake.json").write_text(json.dumps(self._answer), encoding="utf-8")


class FakeModel:
    """Says what it was saved with, and the last thing that it was asked as a note."""

    ignored: tuple[str, ...] = ("temperature",)

    def __init__(self, text: str) -> None:
        self._text = text

    def answer(self, messages: Sequence[Message]) -> Answer:
        return Answer(self._text, "fake-1", {"asked": messages[-1].content, "similarity": 0.5})


class FakeLearner:
    """Offered as "fake"."""

    base_models: tuple[str, ...] = ("fake",)

    def start(self, request: TrainingRequest) -> Training:
        if request.training[0].system == "refuse":
            raise InputError("The fake learner refuses {n} examples.", "Ask another.", n=len(request.training))
        return FakeTraining(request)

    def save_before(self, request: TrainingRequest, folder: Path) -> None:
        (folder / "fake.json").write_text(json.dumps("majority"), encoding="utf-8")

    def load(self, folder: Path) -> Model:
        return FakeModel(json.loads((folder / "fake.json").read_text(encoding="utf-8")))

    def base(self, base_model: str) -> Model:
        return FakeModel("untaught")


REGISTRY = Registry({"fake": FakeLearner})
