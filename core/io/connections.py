"""The servers that the app can speak to: this machine, OpenAI, and any other that speaks the same API."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.base.errors import N_, BadDataFile, BadSetting
from core.base.prices import provider, shipped_prices
from core.io.addresses import check_base_url, host_of, is_loopback, origin_of
from core.io.dialects import OPENAIS, Dialect, read_dialect

# the names in connections.toml, here so that the catalogues can extract them
NAMES = (
    N_("This machine"),
    N_("OpenAI"),
    N_("Nebius Token Factory"),
    N_("Azure OpenAI"),
    N_("Crusoe"),
    N_("Other compatible server"),
    N_("Practice model"),
)
NEEDS = (
    N_("You need: an API key of Nebius Token Factory. After the training you make the model ready in Monitor."),
    N_("You need: the address of your Azure resource, its key and, after the training, the name of a deployment."),
    N_("You need: an API key of Crusoe. After the training the model is made ready in Crusoe's own pages."),
)


Taken = Literal["yes", "no", "unknown"]

AT_ONCE = 48  # 200 ms an answer: 240 a second, more than this machine's processor gets through; a run begins with few (core/compare/pacing)


@dataclass(frozen=True)
class BaseModel:
    """A model that a connection can train; `before` names the untaught state to compare with ("" is the base model itself).

    `practice` is the practice model, `small` a small open model of this machine; a provider's is neither. `context` is the most tokens
    that a small one reads, 0 where that is not known; `pairs` is whether it can be trained on preference pairs.
    """

    id: str
    name: str
    practice: bool = False
    small: bool = False
    before: str = ""
    default: bool = False
    context: int = 0
    pairs: Taken = "no"

    def before_of(self, tuned: str) -> str:
        """The model id that answers as it was before `tuned` was trained."""
        return self.before.format(model=tuned) if self.before else self.id


@dataclass(frozen=True)
class PairsRule:
    """Which base models of a connection can be trained on preference pairs, whether that is known, and where it was read."""

    models: tuple[str, ...]
    known: bool
    as_of: date
    source: str


@dataclass(frozen=True)
class BatchRule:
    """That a connection has the Batch API, how much one batch may hold, within how many hours it is done, and where that was read."""

    most_requests: int
    most_bytes: int
    hours: int
    as_of: date
    source: str


@dataclass(frozen=True)
class Connection:
    """One server and what it allows; `base_url` is None until it is known (the engine's port, the user's own address).

    `needs_key` is whether to ask for a key at all, `key_optional` whether to go on without one. A file of more than `whole_file_bytes`
    is sent in parts of `part_bytes`, through the Uploads API; 0 where that is not known, and files are sent whole. `asks_address` is
    whether the user has to type the address, and `hosts` (shell patterns, none for any) where it may lead. `needs` says in a sentence
    what the user has to have. `at_once` is how many questions may be under way there at most, `batch` whether
    many may be sent as one order that is answered later.
    """

    id: str
    name: str
    base_url: str | None
    local: bool
    needs_key: bool
    key_env: tuple[str, ...]
    trains: bool
    min_examples: int
    max_file_bytes: int
    suffix_max: int
    base_models: tuple[BaseModel, ...]
    default: bool = False
    key_optional: bool = False
    dialect: Dialect = OPENAIS
    pairs: tuple[PairsRule, ...] = ()
    whole_file_bytes: int = 0
    part_bytes: int = 0
    asks_address: bool = False
    hosts: tuple[str, ...] = ()
    needs: str = ""
    at_once: int = AT_ONCE
    batch: BatchRule | None = None

    @property
    def host(self) -> str:
        """The server's name for the reader, with its port where that is not the usual one; empty while unknown."""
        return host_of(self.base_url) if self.base_url else ""

    @property
    def origin(self) -> str:
        """What keys, uploads and jobs are bound to: scheme, host and port; the engine's port changes, so there it is the id."""
        if self.local:
            return self.id
        return origin_of(self.base_url) if self.base_url else ""

    @property
    def default_model(self) -> BaseModel | None:
        """The base model offered first, or None where the user has to name one."""
        return next((m for m in self.base_models if m.default), self.base_models[0] if self.base_models else None)

    def named(self, id: str) -> BaseModel:
        """The base model by its id, also one that the user has named and this file does not list."""
        return next((model for model in self.base_models if model.id == id), BaseModel(id, id, pairs=_taken(self.pairs, id)))


@cache
def connections() -> tuple[Connection, ...]:
    """Every connection of connections.toml, in the order in which the app offers them."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["connection"]
    names = {model["id"]: model["name"] for entry in entries for model in entry.get("base_model", ())}
    return tuple(_read(entry, names) for entry in entries)


def connection(id: str, *, base_url: str | None = None) -> Connection:
    """One connection by its id, at `base_url` where it has no address of its own.

    Raises BadSetting for an unknown id, for an address that must not be used (see `check_base_url`), for any address but the
    loopback on "this-machine", and for another address on a connection that has its own.
    """
    found = next((c for c in connections() if c.id == id), None)
    if found is None:
        raise BadSetting(N_("There is no connection “{id}”."), N_("Choose one of the connections in the sidebar."), id=id)
    if base_url is None or base_url == found.base_url:
        return found
    address = check_base_url(base_url)
    if found.base_url is not None and address != found.base_url:
        raise BadSetting(
            N_("The address of {name} cannot be changed."), N_("Choose “Other compatible server” for another address."), name=found.name
        )
    if found.local and not is_loopback(address):
        raise BadSetting(
            N_("{host} is not this machine."), N_("Choose “Other compatible server” for another address."), host=host_of(address)
        )
    if found.hosts and not any(fnmatchcase(host_of(address), pattern) for pattern in found.hosts):
        raise BadSetting(
            N_("{host} is not an address of {name}."),
            N_("Its addresses look like https://{example}. Choose “Other compatible server” for another one."),
            host=host_of(address),
            name=found.name,
            example=found.hosts[0].replace("*", "RESOURCE"),
        )
    return replace(found, base_url=address)


def _read(entry: dict[str, Any], names: Mapping[str, str]) -> Connection:
    pairs = tuple(PairsRule(**rule | {"models": tuple(rule["models"])}) for rule in entry.pop("pairs", ()))
    models = tuple(BaseModel(**model, pairs=_taken(pairs, model["id"])) for model in entry.pop("base_model", ()))
    asks_address = not entry.get("local") and "base_url" not in entry
    hosts: tuple[str, ...] = ()
    if entry.pop("from_prices", False):  # what can be trained there, and where it is, stands in prices.toml with its day and source
        listed = provider(entry["id"], book=shipped_prices())
        if listed is None:
            raise BadDataFile(file="connections.toml", problem=f"{entry['id']} has no [[provider]] in prices.toml")
        models = tuple(BaseModel(id, names.get(id, id.rpartition("/")[2]), pairs=_taken(pairs, id)) for id in listed.models)
        models = (replace(models[0], default=True), *models[1:])
        hosts = listed.hosts if asks_address else ()
    batch = entry.pop("batch", None)
    dialect = read_dialect(entry)
    told = {
        "batch": None if batch is None else BatchRule(**batch),
        "base_models": models,
        "pairs": pairs,
        "dialect": dialect,
        "asks_address": asks_address,
        "hosts": hosts,
    }
    return Connection(**{"base_url": None, "local": False, **entry, "key_env": tuple(entry.get("key_env", ())), **told})


def _taken(rules: tuple[PairsRule, ...], id: str) -> Taken:
    found = next((rule for rule in rules if any(fnmatchcase(id, pattern) for pattern in rule.models)), None)
    if found is None:
        return "no"
    return "yes" if found.known else "unknown"
