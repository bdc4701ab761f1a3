"""What a request for a fine-tuning job may ask, and the sentence for each thing that it may not."""

import random
import re
from collections.abc import Mapping
from typing import Any

from core.base import lora_settings as settings
from engine.learners import HYPERPARAMETERS
from engine.learners.registry import Registry
from engine.store import Store
from engine.store.rows import NewJob
from engine.wire import invalid

EPOCHS = (1, 50)
BATCH_SIZE = (1, 256)
SEED = (0, 2**31 - 1)
_KNOWN = {"model", "training_file", "validation_file", "hyperparameters", "method", "suffix", "seed", "metadata", "integrations"}
OPEN_METHODS = ("supervised", "dpo")  # of small open models; the practice model knows the first alone
# ":" and "/" would break the model's id, which carries the suffix, and the URL that carries the id
_SUFFIX = re.compile(r"[A-Za-z0-9._-]{1,64}")


def new_job(body: Mapping[str, Any], store: Store, registry: Registry) -> NewJob:
    """Read the body of POST /v1/fine_tuning/jobs; raises ApiError for the first thing that is wrong."""
    unknown = sorted(set(body) - _KNOWN)
    if unknown:
        raise invalid(f"Unrecognized request argument supplied: {unknown[0][:80]}", None, "unknown_parameter")
    model = _required(body, "model")
    base_models = registry.base_models
    if model not in base_models:
        message = f"Model {model[:120]} is not available for fine-tuning or does not exist. Available here: {', '.join(base_models)}."
        raise invalid(message, "model", "model_not_available")
    if body.get("integrations"):
        raise invalid("Integrations are not available: this engine contacts no other server.", "integrations", "unsupported_parameter")
    method, asked = _method(body, is_open=registry.is_open(model))
    return NewJob(
        model=model,
        method=method,
        training_file=_file(store, _required(body, "training_file"), "training_file"),
        validation_file=None if body.get("validation_file") is None else _file(store, body["validation_file"], "validation_file"),
        suffix=_suffix(body.get("suffix")),
        seed=_seed(body.get("seed")),
        asked=asked,
        metadata=metadata(body.get("metadata")),
    )


def _required(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        raise invalid(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    if not isinstance(value, str):
        raise invalid(f"Invalid type for '{name}': expected a string.", name, "invalid_type")
    return value


def _file(store: Store, file_id: Any, param: str) -> str:
    file = store.files.get(file_id) if isinstance(file_id, str) else None
    if file is None:
        raise invalid(f"invalid {param}: {str(file_id)[:80]}", param, f"invalid_{param}")
    if file.purpose != "fine-tune":
        raise invalid(f"{param} {file.id} has purpose '{file.purpose}', but must have purpose 'fine-tune'.", param, f"invalid_{param}")
    return file.id


def _suffix(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _SUFFIX.fullmatch(value):
        raise invalid("Invalid 'suffix': 1 to 64 characters, letters, digits, dots, dashes and underscores only.", "suffix")
    return value


def _seed(value: Any) -> int:
    if value is None:
        return random.SystemRandom().randint(*SEED)
    if not _is_int(value) or not SEED[0] <= value <= SEED[1]:
        raise invalid(f"Invalid 'seed': expected an integer between {SEED[0]} and {SEED[1]}.", "seed")
    return int(value)


def _method(body: Mapping[str, Any], *, is_open: bool) -> tuple[str, dict[str, Any]]:
    """The method and its hyperparameters: from method.<type>.hyperparameters, or from the top-level place that older servers read.

    `is_open` is whether the model is a small open one, which knows further hyperparameters and learns from preference pairs, too.
    """
    wish = _object(body.get("method"), "method")
    methods = OPEN_METHODS if is_open else OPEN_METHODS[:1]
    method = wish.get("type") if wish else "supervised"
    if not isinstance(method, str) or method not in methods:
        available = " and ".join(f"'{name}'" for name in methods)
        verb = "are" if len(methods) > 1 else "is"
        raise invalid(f"Invalid 'method.type': {str(method)[:40]!r}. Only {available} {verb} available here.", "method.type")
    inner = _object(wish.get(method), f"method.{method}")
    nested = _object(inner.get("hyperparameters"), f"method.{method}.hyperparameters")
    return method, _hyperparameters({**_object(body.get("hyperparameters"), "hyperparameters"), **nested}, method, is_open)


def _hyperparameters(asked: Mapping[str, Any], method: str, is_open: bool) -> dict[str, Any]:
    further = (*settings.SETTINGS, *(["beta"] if method == "dpo" else [])) if is_open else ()
    unknown = sorted(set(asked) - {*HYPERPARAMETERS, *further})
    if unknown:
        raise invalid(f"Unrecognized hyperparameter supplied: {unknown[0][:80]}", "hyperparameters", "unknown_parameter")
    values = {name: "auto" if asked.get(name) is None else asked[name] for name in HYPERPARAMETERS}
    _whole(values["n_epochs"], "n_epochs", EPOCHS)
    _whole(values["batch_size"], "batch_size", BATCH_SIZE)
    rate = values["learning_rate_multiplier"]
    if rate != "auto" and (isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1e6):
        message = "Invalid 'learning_rate_multiplier': expected 'auto' or a number above 0."
        raise invalid(message, "hyperparameters.learning_rate_multiplier")
    chosen = settings.given(asked, further)
    fault = settings.wrong(chosen)
    if fault is not None:
        raise invalid(fault[1], f"hyperparameters.{fault[0]}")
    return values | chosen


def _whole(value: Any, name: str, bounds: tuple[int, int]) -> None:
    if value != "auto" and not (_is_int(value) and bounds[0] <= value <= bounds[1]):
        message = f"Invalid '{name}': expected 'auto' or an integer between {bounds[0]} and {bounds[1]}, but got {str(value)[:40]} instead."
        raise invalid(message, f"hyperparameters.{name}")


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _object(value: Any, param: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(f"Invalid type for '{param}': expected an object.", param, "invalid_type")
    return value


def metadata(value: Any) -> dict[str, str] | None:
    """OpenAI's bounds: 16 pairs, keys of 64 and values of 512 characters."""
    if value is None:
        return None
    pairs = _object(value, "metadata")
    if len(pairs) > 16:
        raise invalid(f"Invalid 'metadata': too many properties. Expected at most 16, but got {len(pairs)} instead.", "metadata")
    for key, text in pairs.items():
        if not isinstance(text, str):
            raise invalid(f"Invalid type for 'metadata.{key[:64]}': expected a string.", "metadata", "invalid_type")
        if not 1 <= len(key) <= 64 or len(text) > 512:
            raise invalid("Invalid 'metadata': keys have 1 to 64 characters, values at most 512.", "metadata")
    return dict(pairs)
