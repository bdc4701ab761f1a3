"""A model's folder comes from a stranger: it is looked through before anything of it is loaded, and refused with a reason.

Nothing is imported or unpickled here, and nothing run but the chat template, in a process of its own.
Files that a model does not need are not taken at all, whatever they hold.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.lora.catalogue import BaseModel, Catalogue, shipped_catalogue
from engine.lora.inspect_json import check_numbers, check_strings, read_object
from engine.lora.inspect_template import check_template
from engine.lora.inspect_weights import Weights, read_weights
from engine.lora.refusals import Refused
from engine.lora.try_template import try_templates

INDEX = "model.safetensors.index.json"
_MAX_ENTRIES = 10_000  # of a folder; repositories have dozens
_LIMITS = {"config.json": 2**20, "tokenizer_config.json": 16 * 2**20, "tokenizer.json": 48 * 2**20, INDEX: 32 * 2**20}
_OTHER_LIMIT = 64 * 2**20
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".msgpack", ".h5", ".joblib")
_HEADS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")


@dataclass(frozen=True, slots=True)
class Inspected:
    """A folder that may be used: the model as its own files describe it, and the files to take, by name."""

    about: BaseModel
    files: tuple[str, ...]


def inspect(folder: Path, *, id: str = "", weights: bool = True, catalogue: Catalogue | None = None) -> Inspected:
    """Look through a base model's folder; raises Refused. Without `weights`, which a download gets last, only at its small files."""
    catalogue = shipped_catalogue() if catalogue is None else catalogue
    names = _names(folder)
    config = _read_config(folder, names, catalogue)
    _check_tokenizer(folder, names)
    taken = sorted(name for name in names if catalogue.takes(name) and not name.endswith(".safetensors"))
    found = _weights(folder, names, catalogue) if weights else {}
    text = _text_part(config)
    numbers = sum(part.numbers for part in found.values())
    about = BaseModel(
        id=id,
        name=id,
        parameters=_parameters(text, numbers, found),
        bytes=sum((folder / name).stat().st_size for name in (*taken, *found)),
        kind=str(config["model_type"]),
        layers=_dimension(text, "num_hidden_layers", "n_layer"),
        hidden=_dimension(text, "hidden_size", "n_embd"),
        vocabulary=_dimension(text, "vocab_size"),
        context=_dimension(text, "max_position_embeddings", "n_positions", default=2048),
        dtype=_dtype(found),
        origin="imported",
    )
    return Inspected(about, (*taken, *found))


def _dtype(found: dict[str, Weights]) -> str:
    """The kind of number that most of the weights have, over all files."""
    counts: dict[str, int] = {}
    for part in found.values():
        counts[part.dtype] = counts.get(part.dtype, 0) + part.numbers
    return max(counts, key=lambda kind: counts[kind], default="bf16") or "bf16"


def _parameters(text: dict[str, Any], numbers: int, found: dict[str, Weights]) -> int:
    """Numbers in memory: an output layer that is the embedding once more counts once, though some files hold it twice."""
    twice = text.get("tie_word_embeddings") is True and any("lm_head.weight" in part.names for part in found.values())
    return numbers - (_dimension(text, "vocab_size") * _dimension(text, "hidden_size", "n_embd") if twice else 0)


def _names(folder: Path) -> set[str]:
    """The files at the top of the folder; links must stay inside, or point where the hub's own cache keeps its files."""
    try:
        root = folder.resolve(strict=True)
        entries = sorted(os.listdir(root))
    except (OSError, ValueError, RuntimeError):
        raise Refused("no_folder", folder=str(folder)[:200]) from None
    if len(entries) > _MAX_ENTRIES:
        raise Refused("no_config")
    allowed = [root]
    if root.parent.name == "snapshots" and root.parent.parent.name.startswith("models--"):
        allowed.append(root.parent.parent / "blobs")
    names = set()
    for name in entries:
        path = root / name
        if path.is_symlink():
            target = path.resolve()
            if not any(target.is_relative_to(home) for home in allowed):
                raise Refused("unsafe_name", file=name[:200])
        if path.is_file():
            names.add(name)
        elif not path.is_dir():
            raise Refused("unsafe_name", file=name[:200])  # a pipe or a device, which would never end
    code = next((name for name in entries if name.endswith((".py", ".pyc", ".so", ".pyd", ".dll"))), None)
    if code is not None:
        raise Refused("remote_code", file=code[:200])
    return names


def _read_config(folder: Path, names: set[str], catalogue: Catalogue) -> dict[str, Any]:
    if "config.json" not in names:
        raise Refused("no_config")
    config = read_object(folder / "config.json", _LIMITS["config.json"])
    for name in ("generation_config.json", "special_tokens_map.json", "added_tokens.json"):
        if name in names:
            small = read_object(folder / name, _OTHER_LIMIT)
            if "auto_map" in small:
                raise Refused("remote_code", file=name)
    check_strings("config.json", config)
    check_numbers("config.json", config)
    for where in (config, *(value for value in config.values() if isinstance(value, dict))):
        if "auto_map" in where or where.get("trust_remote_code"):
            raise Refused("remote_code", file="config.json")
        quantization = where.get("quantization_config")
        if quantization:
            method = quantization.get("quant_method", "") if isinstance(quantization, dict) else ""
            raise Refused("quantized", kind=str(method)[:40] or "quantized")
    kind = config.get("model_type")
    architectures = config.get("architectures") or []
    right = isinstance(architectures, list) and all(isinstance(name, str) and name.endswith(_HEADS) for name in architectures)
    if not isinstance(kind, str) or kind not in catalogue.kinds or not right:
        shown = kind if right or not architectures else architectures[0] if isinstance(architectures, list) else architectures
        raise Refused("unknown_architecture", kind=str(shown)[:60])
    return config


def _text_part(config: dict[str, Any]) -> dict[str, Any]:
    """Models that also see pictures keep the figures of their text part apart."""
    part = config.get("text_config")
    return {"tie_word_embeddings": config.get("tie_word_embeddings"), **part} if isinstance(part, dict) else config


def _dimension(config: dict[str, Any], *keys: str, default: int | None = None) -> int:
    for key in keys:
        value = config.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    if default is not None:
        return default
    raise Refused("bad_json", file="config.json", problem=f"it does not say {keys[0]}")


def _check_tokenizer(folder: Path, names: set[str]) -> None:
    if "tokenizer.json" not in names:
        raise Refused("no_tokenizer")
    if not isinstance(read_object(folder / "tokenizer.json", _LIMITS["tokenizer.json"]).get("model"), dict):
        raise Refused("bad_json", file="tokenizer.json", problem="it holds no tokenizer")
    config: dict[str, Any] = {}
    if "tokenizer_config.json" in names:
        config = read_object(folder / "tokenizer_config.json", _LIMITS["tokenizer_config.json"])
        if "auto_map" in config:
            raise Refused("remote_code", file="tokenizer_config.json")
        # tokens, templates and patterns hold line breaks by right; the names of classes and files do not
        plain = {key: value for key, value in config.items() if isinstance(value, str)}
        for key in [
            key for key in plain if key == "chat_template" or "token" in key.removeprefix("tokenizer") or key.startswith("response_")
        ]:
            del plain[key]
        check_strings("tokenizer_config.json", plain)
    templates = list(_templates(folder, names, config))
    if not templates:
        raise Refused("no_chat_template")
    for template in templates:
        check_template(template)
    try_templates(tuple(templates))


def _templates(folder: Path, names: set[str], config: dict[str, Any]) -> Iterator[str]:
    """Every chat template that transformers could pick; chat_template.jinja counts before the one in tokenizer_config.json."""
    if "chat_template.jinja" in names:
        path = folder / "chat_template.jinja"
        if path.stat().st_size > 2**20:
            raise Refused("bad_template", problem="it is too long")
        try:
            yield path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise Refused("bad_template", problem="it is not text") from None
    inside = config.get("chat_template")
    for template in inside if isinstance(inside, list) else [inside]:
        source = template.get("template") if isinstance(template, dict) else template
        if isinstance(source, str):
            yield source
        elif source is not None:
            raise Refused("bad_template", problem="it is not text")


def _weights(folder: Path, names: set[str], catalogue: Catalogue) -> dict[str, Weights]:
    """The safetensors files that make up the model, each one's head read; raises Refused."""
    mapped = _index(folder) if INDEX in names else {}
    wanted = sorted(set(mapped.values())) if mapped else ["model.safetensors"]
    for name in wanted:
        if not _is_plain(name) or not catalogue.takes(name):
            raise Refused("unsafe_name", file=name[:200])
    if not names.intersection(wanted):
        pickle = next((name for name in sorted(names) if name.lower().endswith(_PICKLES)), None)
        raise Refused("pickle_weights", file=pickle) if pickle else Refused("no_weights")
    missing = next((name for name in wanted if name not in names), None)
    if missing is not None:
        raise Refused("not_whole", file=missing)
    found = {name: read_weights(folder / name) for name in wanted}
    for tensor, name in mapped.items():
        if tensor not in found[name].names:
            raise Refused("bad_weights", file=name, problem="it lacks a tensor that the index names", details=tensor[:200])
    if not any(part.dtype for part in found.values()):
        raise Refused("quantized", kind="integers")
    return found


def _index(folder: Path) -> dict[str, str]:
    mapped = read_object(folder / INDEX, _LIMITS[INDEX]).get("weight_map")
    if not isinstance(mapped, dict) or not mapped or not all(isinstance(name, str) for name in mapped.values()):
        raise Refused("bad_json", file=INDEX, problem="it holds no weight_map")
    return mapped


def _is_plain(name: str) -> bool:
    return bool(name) and not re.search(r"[/\\\x00:]", name) and name not in (".", "..") and name.isprintable()
