"""A plan as a file: what is needed to run the same training again, from the same frozen data, on this connection or another.

It names the data by hash and holds none of it; no key, no path and no address but the connection's origin.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from core.base.errors import N_, BadSetting, TooLarge, UnreadableFile
from core.base.strict_json import StrictDecoder, WrongJSON

KIND: Final = "tunesmith-plan"
VERSION: Final = 1
MOST_BYTES: Final = 8 * 2**20  # a passport of a training of 50,000 steps has about 3 MB
MOST_TEXT: Final = 500
MOST_SETTINGS: Final = 50
MOST_WHOLE: Final = 2**53  # what a double, and so every JSON reader, holds exactly
_SHA = re.compile(r"[0-9a-f]{64}")

Value = int | float | str


@dataclass(frozen=True, slots=True)
class PlanFile:
    """All that a training was asked for; `hyperparameters` are the asked ones, with "auto" for what was left to the server."""

    connection_id: str
    origin: str
    base_model: str
    method: Literal["supervised", "dpo"]
    preset: str
    train_sha256: str
    validation_sha256: str | None
    n_train: int
    n_validation: int
    hyperparameters: Mapping[str, Value] = field(default_factory=dict)
    seed: int | None = None
    suffix: str = ""
    budget: float | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def to_dict(plan: PlanFile) -> dict[str, Any]:
    """The plan as JSON, sealed: the seal is the hash of all the rest, so that a slip of the pen is noticed (it is no signature)."""
    body = {
        "kind": KIND,
        "version": VERSION,
        **asdict(plan),
        "hyperparameters": dict(plan.hyperparameters),
        "metadata": dict(plan.metadata),
    }
    return {**body, "seal": seal(body)}


def write(plan: PlanFile) -> bytes:
    """The plan as the bytes of a JSON file."""
    return dump(to_dict(plan))


def read(data: bytes) -> PlanFile:
    """The plan in the bytes of a plan's file; raises TooLarge, UnreadableFile for what is no JSON object, BadSetting as `from_dict`."""
    return from_dict(load(data))


def from_dict(found: Mapping[str, Any]) -> PlanFile:
    """The plan that `to_dict` has written; raises BadSetting, naming the field, for one that is unknown, missing, wrong or was changed."""
    if found.get("kind") != KIND:
        raise BadSetting(N_("This file holds no plan of a training."), _HINT)
    if found.get("version") != VERSION:
        raise BadSetting(N_("This plan was written by another version of Tunesmith, which this one cannot read."), _HINT)
    check_names(found, {*_FIELDS, "kind", "version", "seal"})
    for name, test in _FIELDS.items():
        if not test(found[name]):
            raise wrong(name)
    check_seal(found)
    return PlanFile(**{name: found[name] for name in _FIELDS})


def dump(data: Mapping[str, Any]) -> bytes:
    """JSON for people and machines: indented, UTF-8, refusing what JSON has no word for."""
    return (json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "replace")


def load(data: bytes) -> dict[str, Any]:
    """The JSON object in these bytes; raises TooLarge, UnreadableFile."""
    if len(data) > MOST_BYTES:
        raise TooLarge(N_("This file has {size} bytes, and a plan or passport has at most {limit}."), size=len(data), limit=MOST_BYTES)
    hint = N_("Choose a plan or a passport that Tunesmith has written, a file that ends with .json.")
    try:
        found = StrictDecoder().decode(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, WrongJSON) as error:
        raise UnreadableFile(hint=hint, details=str(error)[:MOST_TEXT]) from error
    if not isinstance(found.value, dict) or found.bad_numbers or found.repeated_keys or found.lone_surrogates:
        raise UnreadableFile(hint=hint)
    return found.value


def seal(body: Mapping[str, Any]) -> str:
    """The sha256 (hex) of JSON content, the same whatever the order of its keys."""
    text = json.dumps(dict(body), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check_seal(found: Mapping[str, Any]) -> None:
    """Raise BadSetting where the content is not what was sealed."""
    if found.get("seal") != seal({name: value for name, value in found.items() if name != "seal"}):
        raise BadSetting(N_("This file was changed after Tunesmith had written it, so it does not tell what was really done."), _HINT)


def check_names(found: Mapping[str, Any], known: set[str]) -> None:
    """Raise BadSetting for a field that is not known, or one that is missing."""
    if unknown := sorted(set(found) - known):
        raise BadSetting(N_("This file has a field that is not known here: {field}."), _HINT, field=unknown[0][:80])
    if missing := sorted(known - set(found)):
        raise BadSetting(N_("In this file the field {field} is missing."), _HINT, field=missing[0])


def wrong(field: str) -> BadSetting:
    """The error for a field that holds what it cannot hold."""
    return BadSetting(N_("This file cannot be used: its field {field} holds something else than it should."), _HINT, field=field)


_HINT = N_("Choose the file as it was saved, or save it again where it comes from. Nothing was changed here.")


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_TEXT


def _named(value: Any) -> bool:
    return _text(value) and bool(value)


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_WHOLE


def _sha(value: Any) -> bool:
    return isinstance(value, str) and _SHA.fullmatch(value) is not None


def _settings(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) > MOST_SETTINGS:
        return False
    return all(_named(name) and (_text(one) or _number(one)) for name, one in value.items())


def _notes(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= MOST_SETTINGS
        and all(_named(name) and isinstance(one, str) for name, one in value.items())
    )


def _number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) <= MOST_WHOLE


_FIELDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "connection_id": _named,
    "origin": _named,
    "base_model": _named,
    "method": lambda value: value in ("supervised", "dpo"),
    "preset": _named,
    "train_sha256": _sha,
    "validation_sha256": lambda value: value is None or _sha(value),
    "n_train": _whole,
    "n_validation": _whole,
    "hyperparameters": _settings,
    "seed": lambda value: value is None or _whole(value),
    "suffix": _text,
    "budget": lambda value: value is None or (_number(value) and value >= 0),
    "metadata": _notes,
}
