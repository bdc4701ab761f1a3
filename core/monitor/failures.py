"""What a failure means: from the server's code and words to a cause, a remedy and the screen that mends it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from core.base.errors import N_, AccessDenied, BadKey, NeedsKey, NotOnServer, RequestRefused, ServerProblem, TunesmithError
from core.base.remote import ServerError

PLACES: Final = ("prepare", "estimate", "train", "monitor", "connection", "")
ANSWERING: Final = ("out_of_memory", "insufficient_memory", "engine_overloaded", "context_length_exceeded")
_UNKNOWN_CAUSE = N_("The server gave a reason that Tunesmith does not know.")
_UNKNOWN_REMEDY = N_("Its own words are below. They often say what to change.")
_SILENT_CAUSE = N_("The server did not say why.")
_SILENT_REMEDY = N_("Start the training again. If it fails again, ask the provider and name the fine-tuning job, given below.")


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure in plain words; `words` are the server's own, verbatim, and `known` is False where the translation is missing."""

    name: str
    known: bool
    cause: str
    remedy: str
    place: str
    code: str
    words: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    codes: tuple[str, ...]
    words: re.Pattern[str] | None
    cause: str
    remedy: str
    place: str


def explain(error: ServerError | TunesmithError | None) -> Failure:
    """Translate a job's error object, or the error that a call raised; what is not in the table stays unknown."""
    if isinstance(error, ServerError):
        code, words = error.code, error.message
    elif isinstance(error, TunesmithError):
        code, words = (error.code if isinstance(error, ServerProblem) else ""), error.details
    else:
        code, words = "", ""
    for entry in _table()[1]:
        params = _fits(entry, code, words)
        if params is not None:
            return Failure(entry.name, True, entry.cause, entry.remedy, entry.place, code, words, params)
    if isinstance(error, TunesmithError):
        # our own typed errors already say in words what happened and what to do
        place = "connection" if isinstance(error, (BadKey, NeedsKey, AccessDenied)) else ""
        return Failure(type(error).__name__, True, error.message, error.hint, place, code, words, dict(error.params))
    if not code and not words:
        return Failure("silent", False, _SILENT_CAUSE, _SILENT_REMEDY, "", code, words)
    return Failure("unknown", False, _UNKNOWN_CAUSE, _UNKNOWN_REMEDY, "", code, words)


def in_words(error: TunesmithError) -> tuple[TunesmithError, str]:
    """An error that kept a training from starting, and the place that mends it ("" where none is known).

    Where our own type says no more than that the server refused, the table's sentence stands for it.
    """
    told = explain(error)
    if type(error) in (ServerProblem, RequestRefused, NotOnServer) and told.known and told.name != type(error).__name__:
        return TunesmithError(told.cause, told.remedy, details=error.details, **told.params), told.place
    return error, told.place


def while_answering(error: TunesmithError) -> TunesmithError:
    """An error of a chat in the words of the table, where it is one that only this table explains; otherwise as it is."""
    if not isinstance(error, ServerProblem) or error.code not in ANSWERING:
        return error
    told = explain(error)
    return TunesmithError(told.cause, told.remedy, details=error.details, **told.params) if told.known else error


def as_of() -> date:
    """The day on which the table was last compared with what the servers say."""
    return _table()[0]


def sentences() -> tuple[str, ...]:
    """Every sentence of the table, for the message catalogues."""
    return tuple(dict.fromkeys(text for entry in _table()[1] for text in (entry.cause, entry.remedy)))


def _fits(entry: _Entry, code: str, words: str) -> dict[str, str] | None:
    if entry.codes and code not in entry.codes:
        return None
    if entry.words is None:
        return {}
    found = entry.words.search(words)
    return None if found is None else {name: value for name, value in found.groupdict().items() if value is not None}


@cache
def _table() -> tuple[date, tuple[_Entry, ...]]:
    data = tomllib.loads((Path(__file__).parent / "failures.toml").read_text("utf-8"))
    entries = tuple(
        _Entry(
            name=item["name"],
            codes=tuple(item.get("codes", ())),
            words=re.compile(item["words"], re.IGNORECASE | re.DOTALL) if "words" in item else None,
            cause=item["cause"],
            remedy=item["remedy"],
            place=item["place"],
        )
        for item in data["failure"]
    )
    return data["as_of"], entries
