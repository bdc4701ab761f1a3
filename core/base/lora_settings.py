"""The hyperparameters that only small open models have: their names and ranges, and what "auto" becomes.

The engine checks a request by them, and the app offers them and checks before it sends anything.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

TUNINGS: Final = ("lora", "full")
USUAL: Final[Mapping[str, Any]] = {
    "tuning": "lora",
    "lora_r": 16,
    "lora_alpha": 32,  # twice lora_r
    "lora_dropout": 0.0,
    "context_length": 2048,  # of one example, where nobody asks for more: memory grows with it
    "early_stopping": 0,
    "beta": 0.1,  # as TRL's DPOConfig takes it, and Together's preference tuning (both read 2026-11-25)
    "warmup_ratio": 0.03,
    "weight_decay": 0.0,
    "max_grad_norm": 1.0,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One hyperparameter: what it may be, in words, whether a value is that, and for numbers from where to where."""

    allowed: str
    fits: Callable[[Any], bool]
    low: float | None = None
    high: float | None = None
    whole: bool = False


def _whole(low: int, high: int) -> Setting:
    return Setting(
        f"an integer between {low} and {high}", lambda value: type(value) is int and low <= value <= high, low=low, high=high, whole=True
    )


def _number(low: float, high: float) -> Setting:
    def fits(value: Any) -> bool:
        return type(value) in (int, float) and math.isfinite(value) and low <= value <= high

    return Setting(f"a number between {low:g} and {high:g}", fits, low=low, high=high)


def _modules(value: Any) -> bool:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not 1 <= len(names) <= 32:
        return False
    return all(isinstance(name, str) and 1 <= len(name) <= 100 and name.replace("-", "_").isidentifier() for name in names)


# named as Nebius Token Factory names them (its API reference, read 2026-11-22), so that one plan serves both; the last two are ours
SETTINGS: Final[Mapping[str, Setting]] = {
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
BETA: Final = _number(0.001, 10)  # how far a preference pair may pull the model from where it began


def usual_batch(n_examples: int) -> int:
    """The batch size that "auto" becomes: enough steps to learn from, and each of them steady enough."""
    return max(1, min(8, n_examples // 25))


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
