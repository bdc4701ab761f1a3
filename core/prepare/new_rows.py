"""New rows for a model that is trained already: the questions of a file, made as those of its training were."""

from dataclasses import replace

from core.base.errors import N_, BadMapping, EmptyFile
from core.base.types import Example
from core.prepare.formatting import make_examples, with_system_prompt
from core.prepare.mapping import Mapping, guess_mapping
from core.prepare.reading import read_table
from core.prepare.source import Table


def new_rows(data: bytes, name: str, mapping: Mapping | None, system_prompt: str) -> tuple[Example, ...]:
    """The rows of a file that ask something, with the system prompt of the training; answers may be there or not.

    `mapping` is the one that the data set was saved with, None where that was a file of conversations: the question column of a table is
    guessed then. Raises BadMapping where a question column is missing, EmptyFile where nothing is asked, and what `read_table` raises.
    """
    source = read_table(data, name)
    if source.table is None:
        examples = with_system_prompt(source.examples, "replace", system_prompt)
    else:
        asked = mapping or guess_mapping(source.table)[0]
        missing = [column for column in asked.question if column not in source.table.columns]
        if missing:
            raise BadMapping(
                N_("This file lacks columns that the model is asked with: {columns}."),
                N_("Its first row must hold the same column names as the file that the model was trained with."),
                columns=", ".join(missing),
            )
        if not asked.question:
            raise BadMapping(
                N_("No column here looks like a question."), N_("Call the column that holds what the model is asked “Question”.")
            )
        answer = asked.answer or ("",)
        examples = make_examples(_with_columns(source.table, answer), replace(asked, answer=answer, system_prompt=system_prompt))
    left = tuple(example for example in examples if example.question.strip())
    if not left:
        raise EmptyFile()
    return left


def _with_columns(table: Table, wanted: tuple[str, ...]) -> Table:
    """The table with blank columns for those of the wanted ones that it lacks."""
    lacking = tuple(name for name in wanted if name not in table.columns)
    if not lacking:
        return table
    blanks = ("",) * len(lacking)
    return Table((*table.columns, *lacking), [(*row, *blanks) for row in table.rows], table.numbers)
