"""Records become a table: the header found or given, every row as wide as the widest, and what was uneven noted."""

from collections.abc import Sequence

from core.base.errors import N_, EmptyFile, TooLarge
from core.base.types import Finding, Reason
from core.prepare.delimited import LOST_QUOTE, Records
from core.prepare.headers import has_header, tidy
from core.prepare.source import Choices, Limits, Table


def as_table(found: Records, limits: Limits, choices: Choices) -> tuple[Table, list[Reason], list[Finding]]:
    """The table that the records make, why the first row is or is not its header, and what was odd. Raises EmptyFile, TooLarge."""
    filled = [(number, record) for number, record in enumerate(found.records, 1) if any(cell.strip() for cell in record)]
    if not filled:
        raise EmptyFile()
    bound_rows(len(filled) - 1, limits)
    width = max(len(record) for _, record in filled)
    if width > limits.columns or width * len(filled) > limits.cells:
        raise TooLarge(
            N_("This table has {columns} columns and {rows} rows; this page takes up to {limit} columns."),
            columns=width,
            rows=len(filled),
            limit=limits.columns,
        )
    headed, why = (choices.header, Reason("header_chosen")) if choices.header is not None else has_header([record for _, record in filled])
    header = filled[0][1] if headed else []
    body = filled[1:] if headed else filled
    if not body:
        raise EmptyFile(
            N_("This file has a header row and nothing below it."),
            N_("Add at least ten rows with a question and an answer, then choose it again."),
        )
    if header and _has_row_names(len(header), body):
        header = ["", *header]
    expected = len(header) if headed else len(body[0][1])
    names, rows, ragged = _square(header, body, expected)
    names, renamed = tidy(names)
    numbers = [number for number, _ in body]
    bound_cells(rows, numbers, limits)
    last, first = numbers[-1], numbers[0]
    blank = sorted(set(range(first, last)) - set(numbers)) if last - first + 1 > len(numbers) else []
    findings = [*ragged, *renamed]
    if blank:
        findings.append(Finding("blank_rows", "info", tuple(blank)))
    return Table(names, rows, range(first, last + 1) if not blank else numbers), [why], findings


def _square(
    header: list[str], body: list[tuple[int, list[str]]], expected: int
) -> tuple[tuple[str, ...], list[tuple[str, ...]], list[Finding]]:
    """Every row as wide as the widest: short rows padded, further cells kept under columns of their own, both named."""
    long = [number for number, record in body if len(record) > expected and any(cell.strip() for cell in record[expected:])]
    short = [number for number, record in body if len(record) < expected]
    over = set(long)
    width = max([expected, *(len(record) for number, record in body if number in over)])
    padding = ("",) * width
    rows = [(*record, *padding[len(record) :]) if len(record) < width else tuple(record[:width]) for _, record in body]
    names = (*header, *("" for _ in range(width - len(header))))
    # a last column without name or content is what a delimiter at the end of every line leaves behind
    while width > 1 and not names[width - 1].strip() and not any(row[width - 1].strip() for row in rows):
        width -= 1
        names, rows = names[:width], [row[:width] for row in rows]
    if not long and not short:
        return names, rows, []
    params = {"columns": expected, "short": len(short), "long": len(long)}
    return names, rows, [Finding("ragged_rows", "warning", tuple(sorted([*long, *short])), params, "leave_out")]


def _has_row_names(columns: int, body: list[tuple[int, list[str]]]) -> bool:
    """Whether every row has one cell more than the header and begins with another name: R writes a nameless first column of row names."""
    first = {record[0] for _, record in body if len(record) == columns + 1}
    return len(body) > 1 and len(first) == len(body)


def bound_rows(n: int, limits: Limits) -> None:
    """Raise TooLarge for more rows than are taken."""
    if n > limits.rows:
        raise TooLarge(N_("This file has {n} rows; this page takes up to {limit}."), n=n, limit=limits.rows)


def bound_cells(rows: Sequence[tuple[str, ...]], numbers: Sequence[int], limits: Limits) -> None:
    """Raise TooLarge, with its row, for a cell that is longer than any question or answer."""
    for number, row in zip(numbers, rows, strict=True):
        if max(map(len, row)) > limits.cell:
            raise TooLarge(
                N_("A cell in row {row} is {n} characters long; this page takes up to {limit}."),
                LOST_QUOTE,
                row=number,
                n=max(map(len, row)),
                limit=limits.cell,
            )
