"""What to try where memory was short: the sentence that the engine says, and what Monitor reads from it."""

from pathlib import Path
from typing import Any

import pytest

from core.base.remote import ServerError
from core.monitor.failures import explain
from engine.learners import TrainingFailed, TrainingRequest
from engine.learners.lora_training import ENDED_TWICE, LoraTraining
from engine.lora.advice import less_memory
from engine.lora.plan import TrainPlan
from engine.lora.saved import Sheet

BATCH, LENGTH, MODEL = "batch size", "longest example", "smaller base model"
CASES = [
    ({"batch_size": 8}, 8, BATCH, "4"),
    ({"batch_size": 8, "processes": 2}, 4, BATCH, "4"),
    ({"batch_size": 8, "context_length": 1024}, 1, LENGTH, "512"),  # a smaller batch would be computed in the same parts
    ({"batch_size": 1, "context_length": 1024}, 1, LENGTH, "512"),
    ({"batch_size": 1, "context_length": 300}, 1, LENGTH, "256"),
    ({"batch_size": 1, "context_length": 256}, 1, MODEL, None),
    ({"batch_size": 8, "context_length": 1024}, None, MODEL, None),  # it died while the model was loaded
]


def plan(**more: Any) -> TrainPlan:
    settings = {"batch_size": 4, "context_length": 512} | more
    return TrainPlan("b", "t", None, "f", "supervised", "lora", n_epochs=1, learning_rate=1e-4, seed=1, **settings)


@pytest.mark.parametrize(("settings", "micro", "setting", "value"), CASES)
def test_first_a_smaller_batch_then_shorter_examples_then_a_smaller_model(
    settings: dict[str, Any], micro: int | None, setting: str, value: str | None
) -> None:
    told = explain(ServerError("out_of_memory", less_memory(plan(**settings), micro)))
    assert told.name == "out_of_memory" and setting in told.remedy and told.params.get("smaller") == value


@pytest.mark.parametrize(("settings", "micro", "setting", "value"), CASES)
def test_a_training_that_the_system_ended_twice_gives_the_same_advice(
    settings: dict[str, Any], micro: int | None, setting: str, value: str | None, tmp_path: Path
) -> None:
    request = TrainingRequest("m", (), (), 1, 1, 1.0, 1, folder=tmp_path, deaths=1)
    training = LoraTraining(request, plan(**settings), (), Sheet("m", "lora"))
    if micro is not None:
        list(training._course.take({"event": "started", "total_steps": 5, "micro_batch": micro}))
    with pytest.raises(TrainingFailed) as caught:
        training._explain(-9, "")
    assert (caught.value.code, str(caught.value)) == ("out_of_memory", f"{ENDED_TWICE} {less_memory(plan(**settings), micro)}")
    told = explain(ServerError(caught.value.code, str(caught.value)))
    assert setting in told.remedy and told.params.get("smaller") == value
