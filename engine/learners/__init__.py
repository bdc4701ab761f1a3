"""What a learner must be able to do; one module per learner stands beside this file."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from core.base.types import Example, Message
from engine.learners.asking import Answering, Wish

HYPERPARAMETERS = ("n_epochs", "batch_size", "learning_rate_multiplier")  # those that every learner knows


@dataclass(frozen=True)
class TrainingRequest:
    """One training: the examples in file order and the hyperparameters as asked for ("auto" where left to the learner).

    `further` are hyperparameters that only some learners have. `folder`, where it is given, is the training's own and outlives the
    process: what a learner keeps there it can go on from. The examples lie there, too, as training.jsonl and validation.jsonl.
    `deaths` counts the processes that were lost over this training since it last came further than before.
    """

    base_model: str
    training: tuple[Example, ...]
    validation: tuple[Example, ...]
    n_epochs: int | str
    batch_size: int | str
    learning_rate_multiplier: float | str
    seed: int
    method: str = "supervised"
    further: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    deaths: int = 0


class TrainingFailed(Exception):
    """The training cannot be done: a code as the API has them and a sentence for whoever asked for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TrainingDied(Exception):
    """The process that computed is gone, with a sentence how; begun again, the training goes on from its last checkpoint."""


@dataclass(frozen=True)
class Step:
    """What a learner really computed at one step; only the keys that it has, named as the API names them.

    After a crash `origin` tells the steps of earlier runs, which are only reported once more ("before"), from those that were lost with
    their process, and now are computed a second time ("again"). Steps of the second kind come as "before", too.
    """

    step: int
    total_steps: int
    metrics: Mapping[str, float]
    checkpoint: bool = False
    origin: Literal["new", "before", "again"] = "new"


@dataclass(frozen=True)
class Answer:
    """One reply: its text, how it came about (a short fingerprint) and notes that a client may show (such as the similarity)."""

    text: str
    fingerprint: str
    notes: Mapping[str, Any] = field(default_factory=dict)


class Training(Protocol):
    """A training in progress: iterate `steps` to drive it, `save` whenever a step is a checkpoint and at the end.

    Closing the iterator ends whatever computes. A step may come twice, the second time as a checkpoint.
    """

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """What the asked ones came to."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for whoever asked for the training; more may come with the steps."""
        ...

    @property
    def trained_tokens(self) -> int | None:
        """The tokens that were learned from, over all epochs, where the learner has a tokenizer of its own."""
        ...

    def steps(self) -> Generator[Step, None, None]:
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


@runtime_checkable
class StreamingModel(Model, Protocol):
    """A model that speaks token by token and acts on sampling parameters."""

    @property
    def fingerprint(self) -> str:
        """How its answers come about, in short."""
        ...

    def stream(self, wish: Wish) -> Answering:
        """Begin an answer; raises AnswerFailed where there can be none. Called from several threads at once."""
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
