"""The practice model where many like categories want a linear machine: the same choice, true metrics, small files."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks._intents import intents
from core.base.answers import AnswerShape
from core.base.choice import choose
from core.base.types import Example, Message
from engine.learners import TrainingRequest
from engine.learners.recall import RecallLearner

LEARNER = RecallLearner()


def examples(rows: int, start: int = 0) -> tuple[Example, ...]:
    questions, labels = intents(rows + start)
    pairs = zip(questions[start:], labels[start:], strict=True)
    return tuple(Example((Message("user", question), Message("assistant", label)), i + 2) for i, (question, label) in enumerate(pairs))


def request(training: Sequence[Example], validation: Sequence[Example] = (), **more: object) -> TrainingRequest:
    settings = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto", "seed": 42, **more}
    return TrainingRequest(base_model="recall", training=tuple(training), validation=tuple(validation), **settings)  # type: ignore[arg-type]


def test_it_learns_with_what_the_estimate_chooses_and_says_so() -> None:
    training = LEARNER.start(request(examples(600)))
    questions, labels = intents(600)
    choice = choose(questions, labels, AnswerShape("label"))
    assert choice.family == "linear"
    assert any("(a linear support vector machine): of 600 rows held back" in note for note in training.notes)
    assert any("batch size has no effect" in note for note in training.notes)


def test_each_epoch_is_a_step_with_the_metrics_that_there_are() -> None:
    training = LEARNER.start(request(examples(600), examples(200, start=600)))
    steps = list(training.steps())
    assert training.hyperparameters == {"n_epochs": 3, "batch_size": 600, "learning_rate_multiplier": 1.0}
    assert [(step.step, step.total_steps, step.checkpoint) for step in steps] == [(1, 3, True), (2, 3, True), (3, 3, True)]
    whole = {f"{side}_{name}" for side in ("train", "valid", "full_valid") for name in ("loss", "accuracy")}
    assert all(set(step.metrics) == whole for step in steps)
    assert steps[2].metrics["train_loss"] < steps[0].metrics["train_loss"]
    assert steps[2].metrics["valid_accuracy"] > 0.3


def test_without_validation_none_is_claimed_and_epochs_are_as_asked() -> None:
    steps = list(LEARNER.start(request(examples(600), n_epochs=2)).steps())
    assert len(steps) == 2
    assert set(steps[0].metrics) == {"train_loss", "train_accuracy"}


@pytest.mark.parametrize("name", ["model.json", "arrays.npz"])
def test_a_saved_model_answers_the_same_and_is_arrays_and_json(name: str, tmp_path: Path) -> None:
    training = LEARNER.start(request(examples(600), n_epochs=1))
    list(training.steps())
    training.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["arrays.npz", "model.json"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 10e6
    asked = [Message("user", "Hello, my top-up has not gone through yet")]
    answer = LEARNER.load(tmp_path).answer(asked)
    assert answer.text == "top-up pending"
    assert answer.fingerprint == "recall-label"
    assert 0 < answer.notes["confidence"] < 1
    assert LEARNER.load(tmp_path).answer(asked) == answer


def test_the_same_seed_trains_the_same() -> None:
    first, again = (next(LEARNER.start(request(examples(600), n_epochs=1)).steps()).metrics for _ in range(2))
    assert first == again


@pytest.mark.slow
def test_ten_thousand_rows_of_77_classes_take_seconds_and_few_megabytes(tmp_path: Path) -> None:
    began = time.process_time()
    training = LEARNER.start(request(examples(10_000)))
    steps = list(training.steps())
    assert time.process_time() - began < 40  # 16 s of a core that others were using, too
    training.save(tmp_path)
    assert len(steps) == 3
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 40e6  # 12 MB
