"""What to try where memory was short, said and as settings: the two are the same."""

import re
from pathlib import Path
from typing import Any

import pytest

from engine.learners import TrainingFailed, TrainingRequest
from engine.learners.lora_training import ENDED_TWICE, LoraTraining
from engine.lora.advice import less_memory
from engine.lora.plan import TrainPlan
from engine.lora.saved import Sheet

CASES = [
    ({"batch_size": 8}, 8, {"batch_size": 4}),
    ({"batch_size": 8, "processes": 2}, 4, {"batch_size": 4}),
    ({"batch_size": 8, "context_length": 1024}, 1, {"context_length": 512}),  # a smaller batch would be computed in the same parts
    ({"batch_size": 1, "context_length": 1024}, 1, {"context_length": 512}),
    ({"batch_size": 1, "context_length": 300}, 1, {"context_length": 256}),
    ({"batch_size": 1, "context_length": 256}, 1, {"model": "smaller"}),
    ({"batch_size": 8, "context_length": 1024}, None, {"model": "smaller"}),  # it died while the model was loaded
]


def plan(**more: Any) -> TrainPlan:
    settings = {"batch_size": 4, "context_length": 512} | more
    return TrainPlan("b", "t", None, "f", "supervised", "lora", n_epochs=1, learning_rate=1e-4, seed=1, **settings)


@pytest.mark.parametrize(("settings", "micro", "suggestion"), CASES)
def test_first_a_smaller_batch_then_shorter_examples_then_a_smaller_model(
    settings: dict[str, Any], micro: int | None, suggestion: dict[str, Any]
) -> None:
    advice = less_memory(plan(**settings), micro)
    assert advice.suggestion == suggestion
    (name, value), said = next(iter(suggestion.items())), re.search(r"Try a (\w+) of (\d+)\.", advice.sentence)
    assert (said and {said[1]: int(said[2])}) == (None if name == "model" else {name: value})
    assert ("Choose a smaller one" in advice.sentence) == (name == "model")


@pytest.mark.parametrize(("settings", "micro", "suggestion"), CASES)
def test_a_training_that_the_system_ended_twice_gives_the_same_advice(
    settings: dict[str, Any], micro: int | None, suggestion: dict[str, Any], tmp_path: Path
) -> None:
    request = TrainingRequest("m", (), (), 1, 1, 1.0, 1, folder=tmp_path, deaths=1)
    training = LoraTraining(request, plan(**settings), (), Sheet("m", "lora"))
    if micro is not None:
        list(training._course.take({"event": "started", "total_steps": 5, "micro_batch": micro}))
    with pytest.raises(TrainingFailed) as caught:
        training._explain(-9, "")
    assert (caught.value.code, str(caught.value)) == ("out_of_memory", f"{ENDED_TWICE} {less_memory(plan(**settings), micro).sentence}")
