"""What a learner must be able to do; one module per learner stands beside this file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from core.base.types import Example, Message


@dataclass(frozen=True)
class TrainingRequest:
    """One training: the examples in file order and the hyperparameters as asked for ("auto" where left to the learner)."""

    base_model: str
    training: tuple[Example, ...]
    validation: tuple[Example, ...]
    n_epochs: int | str
    batch_size: int | str
    learning_rate_multiplier: float | str
    seed: int


@dataclass(frozen=True)
class Step:
    """What a learner really computed at one step; only the keys that it has, named as the API names them."""

    step: int
    total_steps: int
    metrics: Mapping[str, float]
    checkpoint: bool = False


@dataclass(frozen=True)
class Answer:
    """One reply: its text, how it came about (a short fingerprint) and notes that a client may show (such as the similarity)."""

    text: str
    fingerprint: str
    notes: Mapping[str, Any] = field(default_factory=dict)


class Training(Protocol):
    """A training in progress: iterate `steps` to drive it, `save` whenever a step is a checkpoint and at the end."""

    hyperparameters: Mapping[str, Any]
    notes: tuple[str, ...]

    def steps(self) -> Iterator[Step]:
        """Train, yielding after each step; a learner with no steps (pure memory) yields nothing but has learned when this ends."""
        ...

    def save(self, folder: Path) -> None:
        """Write the model as it stands now: arrays and JSON only."""
        ...


class Model(Protocol):
    """A model loaded from a folder (or an untaught base), ready to answer."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """The request parameters that change nothing in its answers."""
        ...

    def answer(self, messages: Sequence[Message]) -> Answer:
        """Answer the conversation; called from several threads at once."""
        ...


class Learner(Protocol):
    """One way to learn, offered under one or more base model names."""

    @property
    def base_models(self) -> tuple[str, ...]:
        """The names under which it is offered."""
        ...

    def start(self, request: TrainingRequest) -> Training:
        """Prepare a training; raises InputError where the data or a hyperparameter cannot be used."""
        ...

    def save_before(self, request: TrainingRequest, folder: Path) -> None:
        """Write the untaught state that this data gives ("before"): served as checkpoint step 0."""
        ...

    def load(self, folder: Path) -> Model:
        """Read a saved model."""
        ...

    def base(self, base_model: str) -> Model:
        """The base model that has been taught nothing."""
        ...
