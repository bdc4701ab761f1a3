"""Rows and a mapping become training examples: what the model is asked and what it should answer, row by row."""

import json
from collections.abc import Sequence
from dataclasses import replace

from core.base.types import Example, Message
from core.prepare.columns import has_no_value
from core.prepare.draft import SystemMode
from core.prepare.mapping import Mapping, check_mapping, resolve
from core.prepare.source import Table


def make_examples(table: Table, mapping: Mapping) -> tuple[Example, ...]:
    """One example a row, in order, rows with nothing in them included: a finding names those and a repair leaves them out.

    One question column is used as it is; several become "name: value" lines, blank ones left out. One answer column is used as it is;
    several become one JSON object in column order, all values text. Raises BadMapping.
    """
    check_mapping(table, mapping)
    mapping = resolve(table, mapping)
    ask = [table.columns.index(name) for name in mapping.question]
    reply = [table.columns.index(name) for name in mapping.answer]
    system = (Message("system", mapping.system_prompt),) if mapping.system_prompt else ()
    return tuple(
        Example(
            (*system, Message("user", _question(row, ask, mapping.question)), Message("assistant", _answer(row, reply, mapping.answer))),
            number,
        )
        for row, number in zip(table.rows, table.numbers, strict=True)
    )


def with_system_prompt(examples: Sequence[Example], mode: SystemMode, text: str) -> tuple[Example, ...]:
    """Chat examples with another system prompt: "set" where there is none, "replace" everywhere (an empty text then removes it)."""
    if mode == "keep" or (mode == "set" and not text):
        return tuple(examples)
    first = (Message("system", text),) if text else ()

    def changed(example: Example) -> Example:
        rest = tuple(message for message in example.messages if message.role not in ("system", "developer"))
        if mode == "set" and len(rest) < len(example.messages):
            return example
        return replace(example, messages=first + rest)

    return tuple(changed(example) for example in examples)


def _question(row: Sequence[str], at: Sequence[int], names: Sequence[str]) -> str:
    if len(at) == 1:
        return row[at[0]]
    return "\n".join(f"{name}: {row[i]}" for i, name in zip(at, names, strict=True) if not has_no_value(row[i]))


def _answer(row: Sequence[str], at: Sequence[int], names: Sequence[str]) -> str:
    if len(at) == 1:
        return row[at[0]]
    if all(not row[i].strip() for i in at):
        return ""
    return json.dumps({name: row[i] for i, name in zip(at, names, strict=True)}, ensure_ascii=False)
