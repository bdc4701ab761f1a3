"""Days on which training or a model ends, from the dated file dates.toml."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from core.base.data_file import Field, read_blocks
from core.base.errors import BadDataFile
from core.base.model_table import base_model

Who = Literal["everyone", "newcomers", "idle"]

_FILE = Path(__file__).with_name("dates.toml")
_WHO = ("everyone", "newcomers", "idle")
_SCHEMAS = {
    "training": {
        "connection": Field(str),
        "who": Field(str),
        "on": Field(date),
        "days": Field(int, optional=True),
        "earliest": Field(bool, optional=True),
    },
    "shutdown": {"connection": Field(str), "models": Field(str, many=True), "on": Field(date)},
    "service": {"connection": Field(str), "name": Field(str), "on": Field(date)},
}


@dataclass(frozen=True, slots=True)
class TrainingEnd:
    """From `on` on nobody of `who` can create fine-tuning jobs; "idle" are those who asked no fine-tune for `days` days.

    `earliest` says that the day was not announced, and is the first on which it can happen.
    """

    connection: str
    who: Who
    on: date
    days: int | None
    earliest: bool
    as_of: date
    source: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """On `on` these base models, and every fine-tune of them, stop answering."""

    connection: str
    models: tuple[str, ...]
    on: date
    as_of: date
    source: str


@dataclass(frozen=True, slots=True)
class ServiceEnd:
    """On `on` another service of that server ends."""

    connection: str
    name: str
    on: date
    as_of: date
    source: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The blocks of one file of dates."""

    training: tuple[TrainingEnd, ...]
    shutdowns: tuple[Shutdown, ...]
    services: tuple[ServiceEnd, ...]


def training_ends(connection_id: str, *, deadlines: Deadlines | None = None) -> tuple[TrainingEnd, ...]:
    """When training ends on a connection and for whom, the earliest first."""
    ends = (end for end in (deadlines or shipped_deadlines()).training if end.connection == connection_id)
    return tuple(sorted(ends, key=lambda end: end.on))


def shutdown(connection_id: str, model: str, *, deadlines: Deadlines | None = None) -> Shutdown | None:
    """When a base model, or a fine-tune ("ft:..."), is switched off; None where no day is known."""
    name = base_model(model)
    found = (entry for entry in (deadlines or shipped_deadlines()).shutdowns if entry.connection == connection_id and name in entry.models)
    return min(found, key=lambda entry: entry.on, default=None)


def service_ends(connection_id: str, *, deadlines: Deadlines | None = None) -> tuple[ServiceEnd, ...]:
    """Which other services of a connection end, the earliest first."""
    ends = (end for end in (deadlines or shipped_deadlines()).services if end.connection == connection_id)
    return tuple(sorted(ends, key=lambda end: end.on))


def load_deadlines(path: Path) -> Deadlines:
    """Read and check a file of dates; raises BadDataFile with the block and the key that are wrong."""
    blocks = read_blocks(path, _SCHEMAS)
    for number, block in enumerate(blocks["training"], start=1):
        if block["who"] not in _WHO:
            raise BadDataFile(file=path.name, problem=f"who of [[training]] block {number} must be one of {', '.join(_WHO)}")
        if (block["who"] == "idle") != ("days" in block):
            raise BadDataFile(file=path.name, problem=f'[[training]] block {number}: who = "idle" and days belong together')
    return Deadlines(
        tuple(TrainingEnd(**{"days": None, "earliest": False, **block}) for block in blocks["training"]),
        tuple(Shutdown(**{**block, "models": tuple(block["models"])}) for block in blocks["shutdown"]),
        tuple(ServiceEnd(**block) for block in blocks["service"]),
    )


@cache
def shipped_deadlines() -> Deadlines:
    """The days of dates.toml."""
    return load_deadlines(_FILE)
