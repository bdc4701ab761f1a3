"""The models of models.toml: what can be fetched, which files are taken, which kinds can be trained."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from core.base.data_file import Block, Field, read_blocks
from core.base.errors import BadDataFile

_FILE = Path(__file__).parents[1] / "models.toml"
# it becomes part of a model's name (ft:<id>:local:...) and of a path: no colon, no slash, nothing that begins with a dot or a hyphen
_ID = re.compile(r"[a-z0-9]([a-z0-9.-]{0,46}[a-z0-9])?")
_TAKEN = frozenset({"recall"})  # the practice model's name
_REVISION = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_MODEL = {
    "id": Field(str),
    "name": Field(str),
    "repo": Field(str),
    "revision": Field(str, optional=True),
    "parameters": Field(int),
    "bytes": Field(int),
    "weights_sha256": Field(str, optional=True),
    "kind": Field(str),
    "layers": Field(int),
    "hidden": Field(int),
    "vocabulary": Field(int),
    "context": Field(int),
    "train_bf16": Field(int, optional=True),
    "train_fp32": Field(int, optional=True),
    "languages": Field(str, many=True),
    "licence": Field(str),
    "licence_url": Field(str),
    "runs_on": Field(str),
}
_SCHEMAS = {"take": {"names": Field(str, many=True)}, "architecture": {"names": Field(str, many=True)}, "model": _MODEL}


@dataclass(frozen=True, slots=True)
class BaseModel:
    """One base model: what is known of it before it is here, and, with `revision` and `dtype` settled, what lies here.

    `bytes` are on disk; `kind` is config.json's model_type; `train_bf16` and `train_fp32` are measured peaks of memory (fit.py), 0 where
    nobody measured. `origin` is "catalogue" or "imported"; `licence` is empty where an imported folder does not say.
    """

    id: str
    name: str
    parameters: int
    bytes: int
    kind: str
    layers: int
    hidden: int
    vocabulary: int
    context: int
    dtype: str = "bf16"
    repo: str = ""
    revision: str = ""
    weights_sha256: str = ""
    train_bf16: int = 0
    train_fp32: int = 0
    languages: tuple[str, ...] = ()
    licence: str = ""
    licence_url: str = ""
    runs_on: str = "processor"
    origin: str = "catalogue"

    def to_plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "BaseModel":
        """Read what `to_plain` wrote; raises ValueError for anything else."""
        made: dict[str, Any] = {}
        for field in fields(cls):
            value = values.get(field.name)
            wanted = {int: int, str: str}.get(field.type if isinstance(field.type, type) else object, list)
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise ValueError(f"{field.name} is not as it was written")
            made[field.name] = tuple(str(item) for item in value) if isinstance(value, list) else value
        return cls(**made)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What models.toml holds."""

    models: Mapping[str, BaseModel]
    take: tuple[str, ...]
    kinds: frozenset[str]
    as_of: Mapping[str, date]

    def takes(self, name: str) -> bool:
        """Whether a file of this name, which must lie at the top of a model's folder, is fetched and kept."""
        return any(fnmatchcase(name, pattern) for pattern in self.take)


def is_id(text: str) -> bool:
    """Whether this can name a base model."""
    return _ID.fullmatch(text) is not None and ".." not in text and text not in _TAKEN


def is_revision(text: str) -> bool:
    """Whether this is a whole commit hash: a branch or a tag can be moved, this cannot."""
    return _REVISION.fullmatch(text) is not None


def load_catalogue(path: Path) -> Catalogue:
    """Read and check a file of models; raises BadDataFile with the block and the key that are wrong."""
    blocks = read_blocks(path, _SCHEMAS)
    models: dict[str, BaseModel] = {}
    for block in blocks["model"]:
        _check(path.name, block)
        if block["id"] in models:
            raise BadDataFile(file=path.name, problem=f"there are two models {block['id']}")
        known = {key: value for key, value in block.items() if key not in ("as_of", "source", "languages")}
        models[block["id"]] = BaseModel(**known, languages=tuple(block["languages"]))
    return Catalogue(
        models,
        tuple(name for block in blocks["take"] for name in block["names"]),
        frozenset(name for block in blocks["architecture"] for name in block["names"]),
        {block["id"]: block["as_of"] for block in blocks["model"]},
    )


def _check(file: str, block: Block) -> None:
    shapes = {
        "id": is_id(block["id"]),
        "repo": _REPO.fullmatch(block["repo"]) is not None,
        "revision": is_revision(block.get("revision", "0" * 40)),
        "weights_sha256": _SHA256.fullmatch(block.get("weights_sha256", "0" * 64)) is not None,
        "runs_on": block["runs_on"] in ("processor", "gpu"),
    }
    for key, right in shapes.items():
        if not right:
            raise BadDataFile(file=file, problem=f"{key} of the model {block['id']} is not written as it must be")


@cache
def shipped_catalogue() -> Catalogue:
    """What models.toml says."""
    return load_catalogue(_FILE)
