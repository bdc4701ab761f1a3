"""New rows for a model that is trained already: the questions of a file, made as those of its training were."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.base.errors import N_, BadMapping, EmptyFile
from core.base.types import Example, Message
from core.io.openai_shapes import chat_messages
from core.prepare.formatting import make_examples, with_system_prompt
from core.prepare.guessing import guess_mapping
from core.prepare.mapping import Mapping, asked_columns, told_columns, used_columns, without
from core.prepare.reading import read_table
from core.prepare.source import Choices, Table
from core.prepare.templates import literal, parse_prompt


@dataclass(frozen=True, slots=True)
class NewRows:
    """The rows that ask something, the columns that they ask with (none for conversations), how many ask nothing, the unreadable lines.

    `table` is the file as it was read, all of its columns; conversations are one column of their messages.
    """

    examples: tuple[Example, ...]
    columns: tuple[str, ...]
    blank: int
    table: Table
    unread: tuple[int, ...] = ()


def new_rows(data: bytes, name: str, mapping: Mapping | None, system_prompt: str) -> NewRows:
    """Read a file as questions to ask, each with the system prompt of the training; answers may be there or not.

    `mapping` is the one that the data set was saved with, None where that was a file of conversations: the question column of a table is
    guessed then. Raises BadMapping where a question column is missing, EmptyFile where nothing is asked, and what `read_table` raises.
    """
    source = read_table(data, name)
    if source.table is None and mapping is not None:
        # records that look like conversations, for a model whose training read them as a table
        flat = read_table(data, name, choices=Choices(layout="table"))
        source = flat if flat.table is not None and set(mapping.question) <= set(flat.table.columns) else source
    columns: tuple[str, ...] = ()
    if source.table is None:
        found = with_system_prompt([_open_ended(example) for example in source.examples], "replace", system_prompt)
    else:
        asked = mapping or Mapping(_question_column(source.table))
        columns = _asked(source.table, asked)
        found = _made(source.table, asked, system_prompt)
    asking = tuple(example for example in found if example.question.strip())
    if not asking:
        raise EmptyFile()
    unread = {row for finding in source.findings if finding.params.get("left_out") for row in finding.rows}
    return NewRows(asking, columns, len(found) - len(asking), source.table or _talks(source.examples), tuple(sorted(unread)))


def _talks(examples: Sequence[Example]) -> Table:
    """Conversations as a table of one column: the messages of each as JSON, as its line has them."""
    lines = [(json.dumps(chat_messages(example.messages), ensure_ascii=False),) for example in examples]
    return Table(("messages",), lines, [example.row for example in examples])


def _question_column(table: Table) -> tuple[str, ...]:
    return table.columns if len(table.columns) == 1 else guess_mapping(table)[0].question


def _asked(table: Table, mapping: Mapping) -> tuple[str, ...]:
    """The columns that the rows ask with. Raises BadMapping where the file lacks one of them."""
    needed = tuple(column for column in (mapping.conversation, mapping.role, mapping.text) if column) if mapping.by_message else None
    try:
        columns = needed or asked_columns(mapping, table.columns)
    except BadMapping as wrong:
        columns = (str(wrong.params.get("columns", "")),)  # a template names a column that is not there
    _check(table, columns)
    return columns


def _made(table: Table, mapping: Mapping, system_prompt: str) -> tuple[Example, ...]:
    """The rows as the training made them; what only matters to training is left away."""
    here = without(mapping, set(used_columns(mapping, table.columns)) - set(table.columns))
    here = replace(here, weight=None, tools=None, system_prompt=_system(table, mapping, system_prompt))
    if mapping.by_message:
        return tuple(_open_ended(example) for example in make_examples(table, here))
    try:
        told = told_columns(mapping, table.columns)
        known = bool(told) and all(column in table.columns for column in told)
    except BadMapping:
        known = False  # the answer's template needs a column that this file has not; the question's was looked at before
    if known:
        return make_examples(table, here)
    # without the answers that came before, a row of a conversation can only be asked by itself
    blank, answer = _unanswered(table)
    return make_examples(blank, replace(here, answer=answer, answer_template=None, conversation=None, order=None))


def _system(table: Table, mapping: Mapping, system_prompt: str) -> str:
    """The training's own prompt; where it differs by row the template that made it, unless a repair has put another in its place."""
    template = parse_prompt(mapping.system_prompt or "", table.columns)
    if template.columns and template.could_have_made(system_prompt):
        return mapping.system_prompt or ""
    return literal(system_prompt, table.columns)


def _check(table: Table, columns: Sequence[str]) -> None:
    if not columns:
        raise BadMapping(N_("No column here looks like a question."), N_("Call the column that holds what the model is asked “Question”."))
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise BadMapping(
            N_("This file lacks columns that the model is asked with: {columns}."),
            N_("Its first row must hold the same column names as the file that the model was trained with."),
            columns=", ".join(missing),
        )


def _unanswered(table: Table) -> tuple[Table, tuple[str]]:
    """The table with a blank column for the answers, under a name that no other column has."""
    name = "answer"
    while name in table.columns:
        name += "_"
    return Table((*table.columns, name), [(*row, "") for row in table.rows], table.numbers), (name,)


def _open_ended(example: Example) -> Example:
    """A conversation that ends with a question, made to end with a blank answer: what comes before the last answer is what is sent."""
    if example.messages and example.messages[-1].role == "assistant":
        return example
    return replace(example, messages=(*example.messages, Message("assistant", "")))
