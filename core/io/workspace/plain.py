"""Dataclasses to plain JSON and back, tolerant of what another version wrote."""

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence, Set
from datetime import date
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Whatever is made of dataclasses, mappings, sequences, enums and dates, as JSON can hold it.

    Keys become strings, tuples lists, sets sorted lists, dates ISO strings. Raises TypeError for anything else.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, date):  # and datetime, which is one
        return value.isoformat()
    if isinstance(value, Set):
        return sorted(plain(item) for item in value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


def revive(cls: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass that `plain` turned into `data`: unknown keys are passed over, missing ones take their default."""
    hints = typing.get_type_hints(cls)
    known = {item.name for item in dataclasses.fields(typing.cast(Any, cls))}
    return cls(**{name: _as(hints[name], value) for name, value in data.items() if name in known})


def _as(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        wanted = [argument for argument in arguments if argument is not type(None)]
        return None if value is None else _as(wanted[0], value) if len(wanted) == 1 else value
    if origin is tuple:
        return tuple(_as(arguments[0], item) for item in value)
    if isinstance(hint, type) and value is not None:
        if dataclasses.is_dataclass(hint):
            return revive(hint, value)
        if issubclass(hint, Enum):
            return _member(hint, value)
        if issubclass(hint, date):
            return hint.fromisoformat(value)
    return value


def _member(hint: type[Enum], value: Any) -> Enum:
    # a status that a newer version knows and this one does not is shown as unknown, never guessed
    members = {member.value: member for member in hint}
    return members[value] if value in members else hint("unknown")
