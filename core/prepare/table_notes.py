"""What is said of a table's cells once it is read: columns with decimal commas, and letters that were lost."""

from core.base.types import Finding, Reason
from core.prepare.columns import has_decimal_commas, sampled
from core.prepare.source import Table

_REPLACED = "\ufffd"


def decimal_commas(table: Table) -> list[Reason]:
    """The columns with decimal commas: said, so that no later step takes 1,5 for fifteen; the cells stay as they are."""
    found = [name for at, name in enumerate(table.columns) if has_decimal_commas(sampled(table, at))]
    return [Reason("decimal_commas", {"columns": found})] if found else []


def lost_characters(table: Table) -> list[Finding]:
    rows = tuple(number for number, row in zip(table.numbers, table.rows, strict=True) if any(_REPLACED in cell for cell in row))
    return [Finding("lost_characters", "warning", rows, {}, "leave_out")] if rows else []
