"""A spreadsheet whose columns are named as those of preference pairs is read as pairs: asked, the better answer, the worse one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.base.types import Reason
from core.prepare import pairs
from core.prepare.jsonlike import Items
from core.prepare.record_files import conversations
from core.prepare.source import Choices, Source

# what people write over such columns -> the field that records of pairs have for it
_PLAIN = {"better": "chosen", "better_answer": "chosen", "worse": "rejected", "worse_answer": "rejected"}
_KNOWN = frozenset[str]().union(*(layout.uses for layout in pairs.LAYOUTS if layout.code == "preference_pairs"))


def as_pairs(source: Source, choices: Choices) -> Source:
    """The table as pairs where its columns are so named, unless a plain table was asked for; any other source as it is."""
    if source.table is None or (names := _fields(source.table.columns)) is None:
        return source
    layout = pairs.layout_of(map(_record, [names] * pairs.LOOK_AT, source.table.rows))
    if layout is None or layout.code != "preference_pairs":
        return source
    if choices.layout is not None:  # said once: records of JSON have said it already
        told = () if any(one.code == "layout_table" for one in source.decisions) else (Reason("layout_table"),)
        return replace(source, decisions=(*source.decisions, *told))
    items = Items([_record(names, row) for row in source.table.rows], list(source.table.numbers))
    read = conversations(items, layout, source.name, list(source.decisions), list(source.findings))
    return replace(read, format=source.format, sheets=source.sheets, members=source.members)


def _fields(columns: Sequence[str]) -> tuple[str, ...] | None:
    """Each column by the name of its field, or its own where it is none; None where no column holds a worse answer, or two the same."""
    names = []
    for column in columns:
        plain = "_".join(column.casefold().replace("-", " ").replace("_", " ").split())
        field = _PLAIN.get(plain, plain)
        names.append(field if field in _KNOWN else column)
    return tuple(names) if len(set(names)) == len(names) and not pairs.WORSE.isdisjoint(names) else None


def _record(names: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """One row as a record; a worse answer that was left blank is none, and the row teaches its better answer all the same."""
    return {name: [] if name in pairs.WORSE and not cell.strip() else cell for name, cell in zip(names, row, strict=True)}
