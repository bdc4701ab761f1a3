"""Rows and a mapping become training examples: what the model is asked and what it should answer, row by row."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from core.base.types import Example, Message
from core.prepare.columns import has_no_value, is_blank
from core.prepare.draft import SystemMode
from core.prepare.mapping import Mapping, answer_text, check_mapping, question_text, system_text
from core.prepare.prompts import resolve
from core.prepare.rounding import rounded
from core.prepare.source import Table
from core.prepare.templates import UNKNOWN, Filters, Missing, Row, prompt_writer, writer
from core.prepare.turns import groups, role_of, tools, weights

Writer = Callable[[Row], str]

_NOTHING: Final[dict[str, Any]] = {}  # one for all: a million rows would else carry three million empty ones
_WEIGHTS: Final = {weight: {"weight": weight} for weight in (0, 1)}


def make_examples(table: Table, mapping: Mapping) -> tuple[Example, ...]:
    """One example a row, or a conversation of several, in order; rows with nothing in them included: a finding names those.

    A template is filled in. Without one, one question column is used as it is; several become "name: value" lines, those without a value
    as `missing` says. One answer column is used as it is; several become one JSON object in column order, all values text. Where a text
    has no value at all it is blank, whatever `missing` says. Raises BadMapping.
    """
    check_mapping(table, mapping)
    mapping = resolve(table, mapping)
    made = _by_message(table, mapping) if mapping.by_message else _by_turn(table, mapping)
    return tuple(made)


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


def _by_turn(table: Table, mapping: Mapping) -> Iterator[Example]:
    """Each row a question and its answer."""
    question, answer = _writers(table, mapping)
    system = _system(table, mapping)
    counts = weights(table, mapping)
    called = tools(table, mapping)
    numbers = table.numbers
    if mapping.conversation is None and counts is None and called is None:
        for row, number in zip(table.rows, numbers, strict=True):
            yield Example(
                (*system(row), Message("user", question(row), _NOTHING), Message("assistant", answer(row), _NOTHING)), number, _NOTHING
            )
        return
    for rows in groups(table, mapping):
        turns: list[Message] = []
        for at in rows:
            asked, told = question(table.rows[at]), answer(table.rows[at])
            if len(rows) > 1 and not asked.strip() and not told.strip():
                continue  # an empty line between the turns of a conversation
            turns += [Message("user", asked, _NOTHING), Message("assistant", told, _extra(counts, at))]
        first = min(rows)
        yield Example((*system(table.rows[rows[0]]), *(turns or _blank())), numbers[first], _example_extra(called, rows))


def _by_message(table: Table, mapping: Mapping) -> Iterator[Example]:
    """Each row a message; the file's own system prompt goes before the mapping's."""
    who, what = table.columns.index(mapping.role or ""), table.columns.index(mapping.text or "")
    system = _system(table, mapping)
    counts = weights(table, mapping)
    called = tools(table, mapping)
    for rows in groups(table, mapping):
        messages = []
        for at in rows:
            row = table.rows[at]
            role = role_of(row[who])
            if role or row[what].strip():
                messages.append(Message(role, row[what], _extra(counts, at) if role == "assistant" else _NOTHING))
        if not any(message.role in ("system", "developer") for message in messages):
            messages = [*system(table.rows[rows[0]]), *messages]
        yield Example(tuple(messages), table.numbers[min(rows)], _example_extra(called, rows))


def _writers(table: Table, mapping: Mapping) -> tuple[Writer, Writer]:
    """The functions that write question and answer of a row."""
    asked, told = question_text(mapping, table.columns), answer_text(mapping, table.columns)
    filters = _filters(table, mapping)
    if asked is None:
        question = _question([table.columns.index(name) for name in mapping.question], mapping.question, mapping.missing, filters)
    else:
        question = writer(asked, mapping.missing, filters)
    if told is None:
        answer = _answer([table.columns.index(name) for name in mapping.answer], mapping.answer, filters)
    else:
        answer = writer(told, mapping.missing, filters)
    return question, answer


def _filters(table: Table, mapping: Mapping) -> Filters:
    return {} if mapping.decimals is None else rounded(table.columns, mapping.notation or (), mapping.decimals)


def _system(table: Table, mapping: Mapping) -> Callable[[Row], tuple[Message, ...]]:
    """The system message of a row, the same object for the same text; none where the prompt is empty."""
    template = system_text(mapping, table.columns)
    if not template.columns:
        text = prompt_writer(template, mapping.missing, {})(())
        always = (Message("system", text, _NOTHING),) if text else ()
        return lambda row: always
    write = prompt_writer(template, mapping.missing, _filters(table, mapping))
    known: dict[str, tuple[Message, ...]] = {"": ()}

    def message(row: Row) -> tuple[Message, ...]:
        text = write(row)
        if text not in known:
            known[text] = (Message("system", text, _NOTHING),)
        return known[text]

    return message


def _question(at: Sequence[int], names: Sequence[str], missing: Missing, filters: Filters) -> Writer:
    if len(at) == 1:
        return _cell(at[0], filters)
    leads = [(f"{name}: ", i, filters.get(i)) for i, name in zip(at, names, strict=True)]
    if missing == "leave_out":
        return lambda row: "\n".join(
            lead + (row[i] if change is None else change(row[i])) for lead, i, change in leads if not has_no_value(row[i])
        )

    said = missing == "say_unknown"
    nothing_in = has_no_value if said else is_blank

    def write(row: Row) -> str:
        if all(nothing_in(row[i]) for i in at):
            return ""
        return "\n".join(
            lead + (UNKNOWN if said and has_no_value(row[i]) else row[i] if change is None else change(row[i])) for lead, i, change in leads
        )

    return write


def _answer(at: Sequence[int], names: Sequence[str], filters: Filters) -> Writer:
    if len(at) == 1:
        return _cell(at[0], filters)
    keys = [f"{json.dumps(name, ensure_ascii=False)}: " for name in names]
    parts = list(zip(keys, at, strict=True))

    def write(row: Row) -> str:
        if all(not row[i].strip() for i in at):
            return ""
        values = ((key, filters[i](row[i]) if i in filters else row[i]) for key, i in parts)
        return "{" + ", ".join(key + json.dumps(value, ensure_ascii=False) for key, value in values) + "}"

    return write


def _cell(at: int, filters: Filters) -> Writer:
    if at not in filters:
        return lambda row: row[at]
    change = filters[at]
    return lambda row: change(row[at])


def _blank() -> list[Message]:
    return [Message("user", "", _NOTHING), Message("assistant", "", _NOTHING)]


def _extra(counts: Sequence[Any] | None, at: int) -> dict[str, Any]:
    weight = counts[at] if counts is not None else None
    if weight is None:
        return _NOTHING
    return _WEIGHTS[weight] if isinstance(weight, int) else {"weight": weight}


def _example_extra(called: Sequence[list[Any] | None] | None, rows: Sequence[int]) -> dict[str, Any]:
    found = next((called[at] for at in rows if called[at]), None) if called is not None else None
    return {"tools": found} if found else _NOTHING
