"""What is known of models by their names, from the dated file models.toml: their vocabulary, and how long an example they take."""

import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from core.base.data_file import Field, read_blocks

FALLBACK_ENCODING = "o200k_base"
# Microsoft Learn, Azure OpenAI REST API, Models - List, 2024-10-21 (read from a copy): "curie.ft-72a2792ef7d24ba7b82c7fe4a37e379f"
_AZURES = re.compile(r"\.ft-[0-9a-f]{16}")

_FILE = Path(__file__).with_name("models.toml")
_SCHEMAS = {
    "encoding": {"name": Field(str), "models": Field(str, many=True)},
    "example_limit": {"tokens": Field(int), "models": Field(str, many=True), "confirmed": Field(bool)},
}


@dataclass(frozen=True, slots=True)
class ExampleLimit:
    """The most tokens that one example may have before the server cuts it; `confirmed` is False where that is a guess."""

    tokens: int
    confirmed: bool
    as_of: date
    source: str


@dataclass(frozen=True, slots=True)
class ModelTable:
    """Shell patterns over base models' names, with what is known of the models that they match."""

    encodings: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, ExampleLimit], ...]


def is_tuned(model: str) -> bool:
    """Whether the name is that of a fine-tune: `ft:base:org:suffix:id`, or Azure's `base.ft-id`."""
    return model.strip().startswith("ft:") or _AZURES.search(model) is not None


def base_model(model: str) -> str:
    """The base model's name: the second field of a fine-tune's, or what stands before Azure's `.ft-`, and without a leading `openai/`."""
    name = model.strip()
    if name.startswith("ft:"):
        name = name.split(":")[1]
    name = _AZURES.split(name)[0]
    return name.removeprefix("openai/")


def encoding_for(model: str) -> tuple[str, bool]:
    """The vocabulary that counts this model's tokens, and whether that is known; o200k_base and False where it is not."""
    name = base_model(model)
    found = next((encoding for pattern, encoding in shipped_models().encodings if fnmatchcase(name, pattern)), None)
    return (found, True) if found is not None else (FALLBACK_ENCODING, False)


def example_limit(model: str) -> ExampleLimit | None:
    """How long one training example may be for this model; None where nothing is known."""
    name = base_model(model)
    return next((limit for pattern, limit in shipped_models().limits if fnmatchcase(name, pattern)), None)


def load_models(path: Path) -> ModelTable:
    """Read and check a file of models; raises BadDataFile with the block and the key that are wrong."""
    blocks = read_blocks(path, _SCHEMAS)
    return ModelTable(
        tuple((pattern, block["name"]) for block in blocks["encoding"] for pattern in block["models"]),
        tuple(
            (pattern, ExampleLimit(block["tokens"], block["confirmed"], block["as_of"], block["source"]))
            for block in blocks["example_limit"]
            for pattern in block["models"]
        ),
    )


@cache
def shipped_models() -> ModelTable:
    """What models.toml says."""
    return load_models(_FILE)
