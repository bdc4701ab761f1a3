"""What a provider bills besides tokens: hosting, deploying, validation; from the blocks of prices.toml."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal

from core.base.data_file import Block, Field
from core.base.errors import BadDataFile

Billed = Literal["never", "while_deployed", "by_the_minute"]

BILLED: Final = ("never", "while_deployed", "by_the_minute")
HOSTING = {
    "connection": Field(str),
    "billed": Field(str),
    "per_hour": Field(float, optional=True),
    "includes_answers": Field(bool, optional=True),
    "unit": Field(str, optional=True),
    "below_billions": Field(float, optional=True),
}
PROVIDER = {
    "id": Field(str),
    "name": Field(str),
    "hosts": Field(str, optional=True, many=True),
    "models": Field(str, many=True),
    "validation_billed": Field(bool, optional=True),
    "deploy_fee": Field(float, optional=True),
    "exported": Field(bool, optional=True),
}


@dataclass(frozen=True, slots=True)
class Hosting:
    """What keeping one fine-tuned model ready costs, in USD by the hour (None: not known), and what that depends on.

    "never": nothing but the answers is billed; "while_deployed": until the deployment is deleted, asked or not; "by_the_minute": until it
    is stopped, asked or not. With `includes_answers` the answers cost nothing more. `own` is the day on which the user entered it.
    """

    connection: str
    billed: Billed
    per_hour: float | None
    as_of: date
    source: str
    includes_answers: bool = False
    unit: str = ""
    below_billions: float | None = None
    own: date | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """A connection that is compared with others; None where it is not known whether or what is billed, in USD."""

    id: str
    name: str
    models: tuple[str, ...]
    as_of: date
    source: str
    hosts: tuple[str, ...] = ()
    validation_billed: bool | None = None
    deploy_fee: float | None = None
    exported: bool = False


def hostings(file: Path, blocks: Sequence[Block]) -> tuple[Hosting, ...]:
    """The [[hosting]] blocks; raises BadDataFile."""
    for number, block in enumerate(blocks, start=1):
        if block["billed"] not in BILLED:
            raise BadDataFile(file=file.name, problem=f"billed of [[hosting]] block {number} must be one of {', '.join(BILLED)}")
        if block["billed"] == "never" and "per_hour" in block:
            raise BadDataFile(file=file.name, problem=f'[[hosting]] block {number}: what is billed "never" has no per_hour')
    return tuple(Hosting(**{"per_hour": 0.0 if block["billed"] == "never" else None, **block}) for block in blocks)


def providers(file: Path, blocks: Sequence[Block]) -> tuple[Provider, ...]:
    """The [[provider]] blocks, each id once; raises BadDataFile."""
    ids = [block["id"] for block in blocks]
    twice = next((id for id in ids if ids.count(id) > 1), None)
    if twice is not None:
        raise BadDataFile(file=file.name, problem=f"there are two [[provider]] blocks for {twice}")
    return tuple(Provider(**{**block, "models": tuple(block["models"]), "hosts": tuple(block.get("hosts", ()))}) for block in blocks)


def by_host(known: Sequence[Provider], host: str) -> Provider | None:
    """The provider whose server this host is."""
    name = host.partition(":")[0].lower()
    return next((one for one in known if any(fnmatchcase(name, pattern) for pattern in one.hosts)), None)
