"""JSON and JSONL become flat records or chat lines: arrays, one object a line, or objects one after another."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from core.base.errors import N_, EmptyFile, TooLarge, UnreadableFile
from core.base.types import Finding, Reason
from core.prepare.json_scan import bound_json
from core.prepare.source import Limits

_MOST_BREAKS = 1_000  # broken places after which a file of objects is given up


@dataclass(slots=True)
class Items:
    """The objects of a file with the number of each (its line, or its place in the array), and what could not be read."""

    values: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    layout: Reason = field(default_factory=lambda: Reason("json_lines"))


class _Written(str):
    """A number or constant of JSON as it was written."""

    __slots__ = ()


# floats keep their digits: 0.1 stays "0.1" and a 400-digit integer does not become a float
_DECODER = json.JSONDecoder(parse_float=_Written, parse_int=_Written, parse_constant=_Written)


def looks_like_json(text: str, name: str) -> bool:
    """Whether to read the text as JSON: its name says so, or it begins with an object or an array of objects."""
    if name.lower().endswith((".json", ".jsonl", ".ndjson")):
        return True
    return _BEGINS_JSON.match(text) is not None


def refuse_early(text: str, limits: Limits) -> None:
    """Raise UnreadableFile for an array without objects, and TooLarge for more than is taken, before anything is taken apart."""
    if _NO_RECORDS.match(text):
        raise UnreadableFile(
            N_("There are no records with named values in this file."), N_("Each line should be like: {example}"), example=_EXAMPLE
        )
    bound_json(text, limits)


def read_items(text: str, lines: Sequence[str]) -> Items:
    """Take the file apart. Raises UnreadableFile where no object can be found."""
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not filled:
        raise EmptyFile()
    if text.lstrip().startswith("["):
        whole = _whole(text)
        if whole is not None:
            return whole
    items = Items()
    for number, line in filled:
        stripped = line.strip()
        try:
            value, end = _DECODER.raw_decode(stripped)
            if end != len(stripped):
                raise json.JSONDecodeError("more after the object", stripped, end)
        except (ValueError, RecursionError) as error:
            items.broken.append((number, str(error)))
            continue
        items.values.append(value)
        items.numbers.append(number)
    if len(items.values) == 1 and not items.broken:
        return _whole(text) or items
    if items.broken and not any(isinstance(value, dict) for value in items.values):
        return _whole(text) or _one_after_another(text)
    return items


def records(items: Items, limits: Limits) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[int], list[Finding]]:
    """Flat records as columns, rows of text, row numbers and findings; nested values stay as JSON text."""
    findings = []
    strange = [number for value, number in zip(items.values, items.numbers, strict=True) if not isinstance(value, dict)]
    if strange:
        findings.append(Finding("not_a_record", "warning", tuple(strange), {"left_out": True}, "drop_bad_lines"))
    kept = [(value, number) for value, number in zip(items.values, items.numbers, strict=True) if isinstance(value, dict)]
    columns: dict[str, None] = {}
    for value, _ in kept:
        if not value.keys() <= columns.keys():
            columns.update(dict.fromkeys(value))
            if len(columns) > limits.columns:
                raise TooLarge(N_("This file has more than {limit} different names of fields."), limit=limits.columns)
    if not kept or not columns:
        raise UnreadableFile(
            N_("There are no records with named values in this file."), N_("Each line should be like: {example}"), example=_EXAMPLE
        )
    names = tuple(columns)
    rows = [tuple(_cell(value.get(name)) for name in names) for value, _ in kept]
    return names, rows, [number for _, number in kept], findings


def is_chat(values: Iterable[Any]) -> bool:
    """Whether most of the first objects are conversations."""
    first = [value for value in islice(values, 50) if isinstance(value, dict)]
    return bool(first) and sum("messages" in value and not _speaks_otherwise(value["messages"]) for value in first) * 2 > len(first)


def _speaks_otherwise(messages: Any) -> bool:
    """Whether turns are written as from/value instead of role/content."""
    return isinstance(messages, list) and any(isinstance(turn, dict) and "from" in turn and "role" not in turn for turn in messages)


def first_values(lines: Sequence[str]) -> list[Any]:
    """The objects of the first 50 filled lines that are JSON, to see what kind of file it is before all of it is read."""
    values = []
    if not lines or lines[0].lstrip().startswith("["):
        return []  # one array, perhaps of 200 MB on one line
    for line in islice((line.strip() for line in lines if line.strip()), 50):
        try:
            values.append(_DECODER.raw_decode(line)[0])
        except (ValueError, RecursionError):
            continue
    return values


def as_lines(values: Iterable[Any]) -> bytes:
    """Objects of an array as JSONL, so that item n is line n; numbers are written as they stood."""
    return "\n".join(to_text(value, ascii_only=True) for value in values).encode("ascii")


def to_text(value: Any, *, ascii_only: bool = False) -> str:
    """JSON again, with every number as it was written."""
    if isinstance(value, _Written):
        return str(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=ascii_only)}: {to_text(item, ascii_only=ascii_only)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(to_text(item, ascii_only=ascii_only) for item in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, left by tools that cut text at 16 bits
_BEGINS_JSON = re.compile(r'\s*(\{\s*"|\[\s*\{)')
_NO_RECORDS = re.compile(r"\s*\[\s*[^\s{\]]")  # an array of numbers or texts: refused at its second character, however long it is
_EXAMPLE = '{"question": "…", "answer": "…"}'


def _cell(value: Any) -> str:
    text = str(value) if isinstance(value, str) else "" if value is None else to_text(value)
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def _whole(text: str) -> Items | None:
    """The file as one array, or one object that holds one; None where it is neither."""
    stripped = text.strip()
    try:
        value, end = _DECODER.raw_decode(stripped)
    except (ValueError, RecursionError):
        return None
    if end != len(stripped):
        return None
    if isinstance(value, dict) and "messages" not in value:
        lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
        value = lists[0] if len(lists) == 1 else value
    values = value if isinstance(value, list) else [value]
    if not values:
        raise EmptyFile()
    return Items(values, list(range(1, len(values) + 1)), layout=Reason("json_array", {"n": len(values)}))


def _one_after_another(text: str) -> Items:
    """Objects over several lines, one after another, or an array that was cut off; after a broken one, reading goes on at the next."""
    items, at, seen = Items(layout=Reason("json_objects")), 0, 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,[]":
            at += 1
        if at >= len(text):
            break
        seen += 1
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            items.broken.append((seen, str(error)))
            at = text.find("\n{", at + 1) + 1
            if not at or len(items.broken) > _MOST_BREAKS:
                break
            continue
        items.values.append(value)
        items.numbers.append(seen)
    if not any(isinstance(value, dict) for value in items.values):
        why = items.broken[0][1] if items.broken else ""
        raise UnreadableFile(
            N_("This looks like JSON, but it cannot be read."),
            N_("Each line of a JSONL file is one complete object, like: {example}"),
            details=why,
            example=_EXAMPLE,
        )
    return items
