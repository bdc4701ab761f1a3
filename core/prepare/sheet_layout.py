"""What people do to a sheet to please the eye is undone: titles above the table, merged cells, column names in two rows."""

from collections.abc import Sequence

from core.base.errors import UnreadableFile
from core.base.types import Finding, Reason
from core.prepare.delimited import Records
from core.prepare.sheet_scan import DAMAGED, SAVE_AGAIN
from core.prepare.source import Choices, Limits, Table
from core.prepare.tables import as_table

Area = tuple[tuple[int, int], tuple[int, int]]  # first and last cell as (row, column), from 0


def sheet_table(
    rows: list[list[str]], areas: Sequence[Area], left: int, limits: Limits, choices: Choices
) -> tuple[Table, list[Reason], list[Finding]]:
    """The table on a sheet whose first `left` columns are blank, what was decided on the way, and what was odd."""
    notes = []
    if choices.header is not False:
        if titles := _blank_titles(rows):
            notes.append(Reason("title_rows", {"n": len(titles), "text": "; ".join(titles)[:200]}))
        if _join_headers(rows, areas):
            notes.append(Reason("header_of_two_rows"))
    if merged := _fill_down(rows, areas):
        notes.append(Reason("merged_filled", {"n": merged}))
    table, why_header, uneven = as_table(Records([row[left:] for row in rows] if left > 0 else rows), limits, choices)
    return table, [*notes, *why_header], uneven


def _fill_down(rows: list[list[str]], areas: Sequence[Area]) -> int:
    """Give every row of an area that was merged over several rows the value that stands in its first; wholly blank rows stay blank.

    Sideways nothing is filled: a title over three columns is not three titles.
    """
    filled = 0
    left = sum(map(len, rows))  # an honest sheet merges no cell twice
    blank = [not any(row) for row in rows]
    for (top, column), (bottom, _) in areas:
        value = rows[top][column] if top < len(rows) and column < len(rows[top]) else ""
        last = min(bottom, len(rows) - 1)
        if not value or last <= top:
            continue
        left -= last - top
        if left < 0:
            raise UnreadableFile(DAMAGED, SAVE_AGAIN, details="merged areas lie over one another")
        for row in range(top + 1, last + 1):
            if not blank[row] and not rows[row][column]:
                rows[row][column] = value
        filled += 1
    return filled


def _blank_titles(rows: list[list[str]]) -> list[str]:
    """Blank the rows that stand above the table as its title (one cell each, where nearly all rows below have several); what they said."""
    filled = [(at, [cell for cell in row if cell.strip()]) for at, row in enumerate(rows[:200]) if any(cell.strip() for cell in row)]
    ahead = 0
    while ahead < len(filled) and len(filled[ahead][1]) == 1:
        ahead += 1
    body = filled[ahead:]
    if not 0 < ahead <= 10 or len(body) < 3 or sum(len(cells) > 1 for _, cells in body) < 0.9 * len(body):
        return []
    for at, _ in filled[:ahead]:
        rows[at] = []
    return [cells[0].strip() for _, cells in filled[:ahead]]


def _join_headers(rows: list[list[str]], areas: Sequence[Area]) -> bool:
    """Where cells of the first row are merged over several columns and the next row names each of these, make one header of the two."""
    top = next((at for at, row in enumerate(rows) if any(row)), len(rows))
    groups = [(left, right) for (first, left), (last, right) in areas if first == last == top and right > left]
    if not groups or top + 2 >= len(rows) or not any(rows[top + 2]):
        return False
    above, below = rows[top], rows[top + 1]
    columns = {at for left, right in groups for at in range(left, min(right + 1, len(below)))}
    if len(below) < len(above) or not all(below[at].strip() for at in columns):
        return False
    names = list(above)
    for left, right in groups:
        names[left : right + 1] = [above[left]] * len(names[left : right + 1])
    rows[top + 1] = [" ".join(part for part in pair if part.strip()) for pair in zip(names, below, strict=True)]
    rows[top] = []
    return True
