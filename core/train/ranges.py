"""What the settings of a training may be: checked before anything is sent."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.base.errors import N_, BadSetting
from core.base.lora_settings import BETA, SETTINGS, Setting
from core.io.dialects import Range
from core.train.method import METHODS, Method

AUTO: Final = "auto"

# OpenAI's API reference, read 2026-11-22: n_epochs 1..50, batch_size 1..256, learning_rate_multiplier > 0, seed 0..2147483647,
# suffix 1..64, beta (0, 2]
WHOLE_RANGES: Final[Mapping[str, tuple[int, int]]] = {"n_epochs": (1, 50), "batch_size": (1, 256)}
SEED_RANGE: Final = (0, 2_147_483_647)
BETA_MAX: Final = 2.0
# the same reference: 16 pairs, a key of 64 and a value of 512 characters. Three pairs are our own (core/train/start.py).
METADATA_PAIRS: Final = 16
METADATA_OWN: Final = 3
METADATA_KEY: Final = 64
METADATA_VALUE: Final = 512
RESERVED: Final = "tunesmith_"  # by these keys a job is found again whose answer was lost
_NAMES: Final = ("n_epochs", "batch_size", "learning_rate_multiplier")


def check_method(method: str, *, practice: bool = False) -> None:
    """Refuse a method that does not exist, or that the practice model does not know; raises BadSetting."""
    if method not in (METHODS[:1] if practice else METHODS):
        raise BadSetting(N_("This model cannot be trained by the method {method}."), N_("Choose to copy the good answers."), method=method)


def check_hyperparameters(
    values: Mapping[str, Any], *, small: bool = False, method: Method = "supervised", ranges: Sequence[Range] = ()
) -> None:
    """Refuse what a server would refuse, before anything is sent; raises BadSetting with the range.

    A `small` model knows further ones, training by preference knows `beta`, and `ranges` are the connection's own.
    """
    for name, value in values.items():
        if (own := next((one for one in ranges if one.name == name), None)) is not None:
            if value != AUTO and not own.fits(value):
                raise _out_of_own_range(value, own)
            continue
        setting = SETTINGS.get(name) if small else None
        if name == "beta" and method == "dpo":
            setting = BETA if small else _OPENAIS_BETA
        if setting is None and name not in _NAMES:
            raise BadSetting(N_("{name} is not a setting of this training."), name=name)
        if value == AUTO:
            continue
        if setting is not None:
            if not setting.fits(value):
                raise _out_of_range(name, value, setting)
        elif name in WHOLE_RANGES:
            low, high = WHOLE_RANGES[name]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise _out_of_range(name, value, Setting("", bool, low, high, whole=True))
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
            raise BadSetting(N_("{name} is {value}, and must be a number above zero."), name=name, value=value)


def _out_of_own_range(value: Any, own: Range) -> BadSetting:
    if own.high is not None:
        return _out_of_range(own.name, value, Setting("", own.fits, own.low, own.high, whole=own.whole))
    sentence = N_("{name} is {value}, and must be a number that is not below {low}.")
    return BadSetting(sentence, name=own.name, value=str(value)[:40], low=own.low)


def _fits_openai(beta: Any) -> bool:
    return type(beta) in (int, float) and 0 < beta <= BETA_MAX


_OPENAIS_BETA: Final = Setting("a number above 0 and at most 2", _fits_openai, low=0, high=BETA_MAX)


def _out_of_range(name: str, value: Any, setting: Setting) -> BadSetting:
    if setting is _OPENAIS_BETA:
        return BadSetting(
            N_("{name} is {value}, and must be a number above {low} and at most {high}."),
            name=name,
            value=str(value)[:40],
            low=setting.low,
            high=setting.high,
        )
    if setting.low is None:
        return BadSetting(N_("{name} cannot be {value}."), name=name, value=str(value)[:40])
    sentence = N_("{name} is {value}, and must be a number from {low} to {high}.")
    if setting.whole:
        sentence = N_("{name} is {value}, and must be a whole number from {low} to {high}.")
    return BadSetting(sentence, name=name, value=value, low=setting.low, high=setting.high)


def check_seed(seed: int | None) -> None:
    """Refuse a seed that no server takes; raises BadSetting."""
    low, high = SEED_RANGE
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or not low <= seed <= high):
        raise BadSetting(N_("The seed is {value}, and must be a whole number from {low} to {high}."), value=seed, low=low, high=high)


def check_suffix(suffix: str, longest: int = 64) -> None:
    """Refuse a suffix that cannot stand in a model's name; an empty one means none. Raises BadSetting."""
    if len(suffix) > longest:
        raise BadSetting(
            N_("The name of your model has {n} characters, and this connection takes {longest}."), n=len(suffix), longest=longest
        )
    # a colon separates the parts of a model's name, and Azure refuses dots: what is left works everywhere
    if not re.fullmatch(r"[A-Za-z0-9_-]*", suffix):
        raise BadSetting(
            N_("The name of your model takes letters without accents, digits, - and _ only."), N_("For example: support-bot-2")
        )


def check_metadata(pairs: Mapping[str, str]) -> None:
    """Refuse notes of the user's own that a server would refuse, or that would stand in the place of ours; raises BadSetting."""
    most = METADATA_PAIRS - METADATA_OWN
    if len(pairs) > most:
        raise BadSetting(N_("A training takes {most} notes, and these are {n}."), most=most, n=len(pairs))
    for name, value in pairs.items():
        if not name:
            raise BadSetting(N_("A note needs a name: “{value}” has none."), N_("For example: team = support"), value=value[:40])
        if name.startswith(RESERVED):
            raise BadSetting(N_("The name of a note cannot begin with {reserved}."), reserved=RESERVED)
        for text, longest in ((name, METADATA_KEY), (value, METADATA_VALUE)):
            if len(text) > longest:
                raise BadSetting(
                    N_("“{text}…” has {n} characters, and a note takes {longest} there."), text=text[:40], n=len(text), longest=longest
                )
