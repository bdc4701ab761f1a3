"""Which values a training gets, and what may be asked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.base.lora_settings import SETTINGS, wrong
from core.base.types import Example, Message
from engine.job_params import new_job
from engine.learners import TrainingRequest
from engine.learners.registry import Registry
from engine.lora.plan import TrainPlan
from engine.lora.settle import RATES, resolved, settle
from engine.store import Store, open_store
from engine.wire import ApiError


def request(n: int, **more: Any) -> TrainingRequest:
    examples = tuple(Example((Message("user", f"q{row}"), Message("assistant", "a")), row) for row in range(1, n + 1))
    wish = TrainingRequest("tiny", examples, (), "auto", "auto", "auto", 7, folder=Path("/jobs/ftjob-1"))
    return replace(wish, **more)


def plan(n: int, processes: int = 1, **more: Any) -> TrainPlan:
    return settle(request(n, **more), Path("/bases/tiny"), 4096, folder="/jobs/ftjob-1/lora", processes=processes)[0]


def test_what_is_left_to_us_fits_the_size_of_the_data_and_is_explained() -> None:
    assert [(plan(n).batch_size, plan(n).n_epochs) for n in (10, 100, 1000)] == [(1, 10), (4, 3), (8, 3)]
    notes = settle(request(100), Path("/b"), 4096, folder="x", processes=1)[1]
    assert [note.partition(".")[0].partition(",")[0] for note in notes] == ["Batch size: 4", "Epochs: 3"]


def test_what_is_chosen_is_taken_as_it_is() -> None:
    further = {"lora_r": 8, "lora_dropout": 0.1, "context_length": 128, "early_stopping": 3, "lora_target_modules": ["q_proj"]}
    found = plan(100, n_epochs=2, batch_size=16, learning_rate_multiplier=2, further=further)
    assert (found.n_epochs, found.batch_size, found.lora_r, found.lora_alpha, found.context_length) == (2, 16, 8, 16, 128)
    assert found.learning_rate == pytest.approx(2 * RATES["lora"]) and found.lora_target_modules == ("q_proj",)
    shown = resolved(found, 2)
    assert shown | {name: value for name, value in further.items()} == shown and shown["learning_rate_multiplier"] == 2


def test_all_weights_learn_slower_and_have_no_adapter() -> None:
    found = plan(100, further={"tuning": "full"})
    assert found.learning_rate == pytest.approx(RATES["full"])
    assert not {"lora_r", "lora_alpha"} & set(resolved(found, "auto"))


def test_no_example_may_be_longer_than_the_model_reads() -> None:
    assert plan(10, further={"context_length": 100_000}).context_length == 4096


def test_a_batch_is_rounded_up_to_what_the_processes_can_share() -> None:
    assert plan(100, processes=3, batch_size=4).batch_size == 6


def test_a_plan_survives_its_file() -> None:
    found = plan(10, further={"lora_target_modules": ["q_proj", "v_proj"]})
    assert TrainPlan.from_json(found.to_json()) == found
    with pytest.raises(ValueError, match="no training plan"):
        TrainPlan.from_json('{"base": "x"}')


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"lora_r": 0}, "lora_r"),
        ({"lora_r": True}, "lora_r"),
        ({"lora_dropout": 1}, "lora_dropout"),
        ({"lora_dropout": float("nan")}, "lora_dropout"),
        ({"lora_target_modules": []}, "lora_target_modules"),
        ({"lora_target_modules": ["../x"]}, "lora_target_modules"),
        ({"tuning": "half"}, "tuning"),
        ({"tuning": []}, "tuning"),
        ({"beta": 0}, "beta"),
    ],
)
def test_what_is_out_of_range_is_named(asked: dict[str, Any], name: str) -> None:
    fault = wrong(asked)
    assert fault is not None and fault[0] == name and name in fault[1]


def test_every_hyperparameter_may_be_left_to_us() -> None:
    assert wrong(dict.fromkeys(SETTINGS, "auto")) is None


class Shelf:
    """One open model."""

    def names(self) -> tuple[str, ...]:
        return ("tiny",)

    def learner(self) -> Any:
        raise NotImplementedError


@pytest.fixture
def ready(tmp_path: Path) -> tuple[Store, str]:
    store = open_store(tmp_path)
    store.files.write("file-1", b"{}", filename="train.jsonl", purpose="fine-tune", now=1)
    return store, "file-1"


REGISTRY = Registry({"recall": Shelf}, Shelf())  # type: ignore[dict-item]


def test_an_open_model_knows_more_than_the_practice_model(ready: tuple[Store, str]) -> None:
    store, file_id = ready
    body = {"training_file": file_id, "method": {"type": "supervised", "supervised": {"hyperparameters": {"lora_r": 4, "n_epochs": 2}}}}
    wish = new_job({"model": "tiny", **body}, store, REGISTRY)
    assert wish.method == "supervised" and wish.asked["lora_r"] == 4 and wish.asked["n_epochs"] == 2
    with pytest.raises(ApiError, match="Unrecognized hyperparameter supplied: lora_r"):
        new_job({"model": "recall", **body}, store, REGISTRY)


def test_preference_pairs_are_for_open_models_and_beta_for_preference_pairs(ready: tuple[Store, str]) -> None:
    store, file_id = ready
    dpo = {"training_file": file_id, "method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2}}}}
    assert new_job({"model": "tiny", **dpo}, store, REGISTRY).asked["beta"] == 0.2
    with pytest.raises(ApiError, match="Only 'supervised' is available"):
        new_job({"model": "recall", **dpo}, store, REGISTRY)
    with pytest.raises(ApiError, match="beta"):
        new_job({"model": "tiny", "training_file": file_id, "hyperparameters": {"beta": 0.2}}, store, REGISTRY)
    with pytest.raises(ApiError, match="'supervised' and 'dpo' are available"):
        new_job({"model": "tiny", "training_file": file_id, "method": {"type": "reinforcement"}}, store, REGISTRY)
