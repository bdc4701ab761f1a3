"""The project's own TOML data files, read with every block checked, so that a slip of an editor is named and not guessed around."""

import math
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.base.errors import BadDataFile

Block = Mapping[str, Any]
_TRUST = {"as_of": date, "source": str}


class Field:
    """What one key of a block may hold: a type, a list of that type, and whether the key may be left out."""

    def __init__(self, kind: type, *, optional: bool = False, many: bool = False) -> None:
        self.kind, self.optional, self.many = kind, optional, many

    def accepts(self, value: Any) -> bool:
        if self.many:
            return isinstance(value, list) and bool(value) and all(_is(self.kind, item) for item in value)
        return _is(self.kind, value)

    def __str__(self) -> str:
        name = {str: "text", date: "a date", float: "a number that is not negative", int: "a whole number that is not negative"}
        single = name.get(self.kind, "a table" if self.kind is dict else "true or false")
        return f"a list of {single}" if self.many else single


def read_blocks(path: Path, schemas: Mapping[str, Mapping[str, Field]]) -> dict[str, list[Block]]:
    """The blocks of each kind in the file at `path`, all valid; every block must also say `as_of` and `source`. Raises BadDataFile."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadDataFile(file=path.name, problem="it cannot be read", details=str(error)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadDataFile(file=path.name, problem="it is not TOML", details=str(error)) from error
    for kind in raw:
        if kind not in schemas:
            raise BadDataFile(file=path.name, problem=f"there are no [[{kind}]] blocks")
    found: dict[str, list[Block]] = {}
    for kind, schema in schemas.items():
        blocks = raw.get(kind, [])
        if not isinstance(blocks, list):
            raise BadDataFile(file=path.name, problem=f"[{kind}] should be [[{kind}]]")
        fields = {**schema, **{key: Field(type_) for key, type_ in _TRUST.items()}}
        for number, block in enumerate(blocks, start=1):
            _check(path.name, f"[[{kind}]] block {number}", block, fields)
        found[kind] = blocks
    return found


def check_table(file: str, where: str, table: Block, fields: Mapping[str, Field]) -> None:
    """Check a table inside a block; raises BadDataFile."""
    _check(file, where, table, fields)


def _check(file: str, where: str, block: Any, fields: Mapping[str, Field]) -> None:
    if not isinstance(block, dict):
        raise BadDataFile(file=file, problem=f"{where} is not a table")
    for key in block:
        if key not in fields:
            raise BadDataFile(file=file, problem=f"{where} has a key that is not known: {key}")
    for key, field in fields.items():
        if key not in block:
            if not field.optional:
                raise BadDataFile(file=file, problem=f"{where} lacks {key}")
        elif not field.accepts(block[key]):
            raise BadDataFile(file=file, problem=f"{key} of {where} must be {field}", details=repr(block[key]))


def _is(kind: type, value: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if kind is date:
        return isinstance(value, date) and not isinstance(value, datetime)
    if kind is str:
        return isinstance(value, str) and bool(value.strip())
    return isinstance(value, kind)
