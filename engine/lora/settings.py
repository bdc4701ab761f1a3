"""The hyperparameters that only small open models have, as they are asked for: their names, ranges and what "auto" becomes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TUNINGS = ("lora", "full")


@dataclass(frozen=True, slots=True)
class Setting:
    """One hyperparameter: what it may be, in words, and whether a value is that."""

    allowed: str
    fits: Callable[[Any], bool]


def _whole(low: int, high: int) -> Setting:
    return Setting(f"an integer between {low} and {high}", lambda value: type(value) is int and low <= value <= high)


def _number(low: float, high: float) -> Setting:
    def fits(value: Any) -> bool:
        return type(value) in (int, float) and math.isfinite(value) and low <= value <= high

    return Setting(f"a number between {low:g} and {high:g}", fits)


def _modules(value: Any) -> bool:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not 1 <= len(names) <= 32:
        return False
    return all(isinstance(name, str) and 1 <= len(name) <= 100 and name.replace("-", "_").isidentifier() for name in names)


# named as Nebius Token Factory names them (its API reference, read 2026-11-22), so that one plan serves both; the last two are ours
SETTINGS: Mapping[str, Setting] = {
    "lora_r": _whole(1, 256),
    "lora_alpha": _whole(1, 1024),
    "lora_dropout": _number(0, 0.9),
    "lora_target_modules": Setting("'all-linear' or a list of names of modules", _modules),
    "context_length": _whole(16, 131_072),
    "warmup_ratio": _number(0, 0.9),
    "weight_decay": _number(0, 10),
    "max_grad_norm": _number(0, 100),
    "tuning": Setting(f"one of {', '.join(map(repr, TUNINGS))}", lambda value: value in TUNINGS),
    "early_stopping": _whole(0, 1000),
}
BETA = _number(0.001, 10)  # how far a preference pair may pull the model from where it began


def wrong(asked: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first of these hyperparameters that is out of its range, and the sentence that says so; None where all are in order."""
    for name, value in asked.items():
        setting = BETA if name == "beta" else SETTINGS[name]
        if value != "auto" and not setting.fits(value):
            return name, f"Invalid '{name}': expected 'auto' or {setting.allowed}, but got {str(value)[:40]} instead."
    return None


def given(asked: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Those of the named hyperparameters that somebody chose."""
    return {name: asked[name] for name in names if asked.get(name) not in (None, "auto")}
