"""Rows that belong together become one conversation: who speaks in a row, which rows, and in which order."""

import json
from collections.abc import Sequence
from typing import Any, Final

from core.base.errors import N_, BadMapping
from core.prepare.columns import has_no_value
from core.prepare.mapping import Mapping
from core.prepare.moments import order_keys
from core.prepare.source import Table

_ROLES: Final[dict[str, frozenset[str]]] = {
    "user": frozenset(
        "user human customer client question asker caller visitor patient student you me inquirer prompter "
        "pengguna pelanggan nasabah penanya manusia pasien siswa tamu klien konsumen".split()
    ),
    "assistant": frozenset(
        "assistant bot chatbot ai gpt chatgpt model agent operator support advisor teacher helper answer response staff "
        "asisten agen petugas penjawab jawaban layanan".split()
    ),
    "system": frozenset("system instruction instructions sistem instruksi developer".split()),
}
ROLE_OF: Final[dict[str, str]] = {word: role for role, words in _ROLES.items() for word in words} | {"tool": "tool", "function": "function"}
_WEIGHTS: Final[dict[str, int]] = {
    **dict.fromkeys(("1", "1.0", "yes", "y", "true", "x", "ya", "iya", "benar"), 1),
    **dict.fromkeys(("0", "0.0", "no", "n", "false", "tidak", "tdk", "bukan", "salah"), 0),
}


def role_of(cell: str) -> str:
    """The role that a cell means; what is none stays as it is written, and the check of roles names its row."""
    return ROLE_OF.get(cell.strip().lower(), cell.strip())


def groups(table: Table, mapping: Mapping) -> list[list[int]]:
    """The rows of each conversation by index, conversations in the order of their first rows; a row without a value stands alone."""
    if mapping.conversation is None:
        return [[at] for at in range(len(table.rows))]
    found: dict[object, list[int]] = {}
    for at, cell in enumerate(table.column(mapping.conversation)):
        found.setdefault(at if has_no_value(cell) else cell.strip(), []).append(at)
    if mapping.order is not None:
        keys = order_keys(table.column(mapping.order))
        for rows in found.values():
            rows.sort(key=keys.__getitem__)
    return list(found.values())


def weights(table: Table, mapping: Mapping) -> list[Any] | None:
    """What the answer of each row counts: 1, 0, None where the cell is blank; another word as it is, which the check of weights names."""
    if mapping.weight is None:
        return None
    cells = table.column(mapping.weight)
    known = {cell: _weight(cell) for cell in set(cells)}
    if not any(isinstance(value, int) for value in known.values()):
        raise BadMapping(
            N_("The column {column} says of no row whether its answer counts."),
            N_("It should hold 1 or yes where the answer is to be learned, and 0 or no where it is not."),
            column=mapping.weight,
        )
    return [known[cell] for cell in cells]


def _weight(cell: str) -> Any:
    return None if has_no_value(cell) else _WEIGHTS.get(cell.strip().lower(), cell.strip())


def tools(table: Table, mapping: Mapping) -> list[list[Any] | None] | None:
    """The functions that the model may call in each row, as they stand there; None where the cell is blank."""
    if mapping.tools is None:
        return None
    known: dict[str, list[Any] | None] = {}
    cells = table.column(mapping.tools)
    for cell, number in zip(cells, table.numbers, strict=True):
        if cell not in known:
            try:
                known[cell] = read_tools(cell)
            except ValueError as wrong:
                raise BadMapping(
                    N_("Row {row} of the column {column} holds no list of tools."),
                    N_("Each cell should hold the tools of the row as they are sent to the server, or nothing."),
                    details=str(wrong),
                    row=number,
                    column=mapping.tools,
                ) from None
    return [known[cell] for cell in cells]


def read_tools(cell: str) -> list[Any] | None:
    """The list of objects that a cell holds, None where it is blank; ValueError for anything else."""
    if has_no_value(cell):
        return None
    try:
        found = json.loads(cell, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("not a list of objects")
    return found or None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON value")


def are_roles(cells: Sequence[str], nearly_all: float = 0.95) -> bool:
    """Whether a column says who speaks: nearly all cells are words for a role, the user's and the assistant's among them."""
    filled = [cell.strip().lower() for cell in cells if not has_no_value(cell)]
    found = [ROLE_OF[cell] for cell in filled if cell in ROLE_OF]
    return {"user", "assistant"} <= set(found) and len(found) >= nearly_all * len(filled)
