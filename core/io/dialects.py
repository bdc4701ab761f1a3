"""How one server's way of the fine-tuning API differs from OpenAI's, as connections.toml tells it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Place = Literal["method", "both", "top"]
Pairs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Deploy:
    """What has to happen before a trained model answers.

    "call": the server is asked at `path` (from the root of its address), and the model answers once its status is one of `ready`.
    "by_hand": somebody deploys it in the provider's own pages and chooses the name that it answers by.
    "elsewhere": the same, and it then answers at another address than the one that trains.
    """

    how: Literal["call", "by_hand", "elsewhere"]
    as_of: date
    source: str
    path: str = ""
    ready: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Range:
    """What a server takes for one hyperparameter, and where that was read; `high` is None where it tells no most."""

    name: str
    low: float
    high: float | None
    whole: bool
    as_of: date
    source: str

    def fits(self, value: Any) -> bool:
        """Whether the server takes this value."""
        right_kind = type(value) is int if self.whole else type(value) in (int, float)
        return right_kind and self.low <= value <= (math.inf if self.high is None else self.high)


@dataclass(frozen=True)
class Pause:
    """That a running job can be paused and gone on with; `known` is False where the API has it and the server perhaps not."""

    known: bool
    as_of: date
    source: str


@dataclass(frozen=True)
class AfterCancel:
    """What becomes of the checkpoints of a job that was cancelled."""

    keeps_checkpoints: bool
    as_of: date
    source: str


@dataclass(frozen=True)
class Dialect:
    """Where a job's hyperparameters stand, what is always sent beside them and beside the job, and how its model is deployed.

    `pause` is None where nothing says that the server has it, `after_cancel` where nobody knows what it keeps.
    `ranges` are of hyperparameters that OpenAI's API has not, or has with another range.
    """

    hyperparameters: Place = "method"
    always: Pairs = ()  # further hyperparameters
    body: Pairs = ()  # further fields of the job
    deploy: Deploy | None = None
    pause: Pause | None = None
    after_cancel: AfterCancel | None = None
    ranges: tuple[Range, ...] = ()

    def range_of(self, name: str) -> Range | None:
        """What this server takes for a hyperparameter, where it differs from OpenAI's."""
        return next((one for one in self.ranges if one.name == name), None)


OPENAIS = Dialect()


def read_dialect(entry: dict[str, Any]) -> Dialect:
    """Take a connection's dialect out of its entry in connections.toml."""
    told = entry.pop("deploy", None)
    deploy = None
    if told is not None:
        deploy = Deploy(**told | {name: tuple(told.get(name, ())) for name in ("ready", "failed")})
    return Dialect(
        entry.pop("hyperparameters", "method"),
        tuple(entry.pop("always_hyperparameters", {}).items()),
        tuple(entry.pop("always_body", {}).items()),
        deploy,
        Pause(**pause) if (pause := entry.pop("pause", None)) else None,
        AfterCancel(**kept) if (kept := entry.pop("after_cancel", None)) else None,
        tuple(Range(**{"high": None, "whole": False} | one) for one in entry.pop("range", ())),
    )


def job_fields(dialect: Dialect, method: str, hyperparameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The method and its hyperparameters as the server reads them, and what goes into the body beyond the API's own fields."""
    settings = {**hyperparameters, **dict(dialect.always)}
    # the deprecated place knows the supervised method alone: what reads only that place would take pairs for conversations
    at_top = method == "supervised" and dialect.hyperparameters != "method"
    fields: dict[str, Any] = {}
    if not (at_top and dialect.hyperparameters == "top"):
        fields["method"] = {"type": method, method: {"hyperparameters": settings}} if settings else {"type": method}
    if at_top and settings:
        fields["hyperparameters"] = settings
    return fields, dict(dialect.body)
