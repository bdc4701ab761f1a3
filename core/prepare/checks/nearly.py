"""Readings that are the same but for a hundredth: the same moment written twice, or two that differ in nothing that matters."""

import math
from collections.abc import Iterator

from core.base.errors import N_
from core.base.similarity import normal_form
from core.base.types import Finding
from core.prepare.checks.asked import asked_fields
from core.prepare.checks.registry import About, Check, Examined

WITHIN = 0.01
NEIGHBOURS = 8  # readings to either side of a sorted list that each is compared with
MOST = 0.2  # share of the rows: where more are as close, the data is dense, and nearness says nothing
FEWEST_NUMBERS = 2  # values that the two must share


def near_pairs(examined: Examined) -> list[tuple[int, int]]:
    """Pairs of examples whose words are the same and whose numbers differ by at most one in a hundred, written differently."""
    import numpy as np

    fields = list(asked_fields(examined).values())
    numbers = [field for field in fields if field.kind == "number"]
    if len(numbers) < FEWEST_NUMBERS:
        return []
    words = []
    for field in fields:
        if field.kind == "number":
            continue
        if field.kind == "text" and (field.codes == -2).any():
            return []  # prose: the twins of texts are found elsewhere
        forms: dict[str, int] = {}
        code = np.array([forms.setdefault(normal_form(word), len(forms)) for word in field.words] + [-1, -1], np.int64)
        words.append(code[field.codes])
    table = np.column_stack([field.numbers for field in numbers])
    there = ~np.isnan(table)
    enough = there.sum(axis=1) >= FEWEST_NUMBERS
    lead = max(range(len(numbers)), key=lambda at: numbers[at].distinct)
    keys = [np.where(there[:, lead], table[:, lead], -math.inf), *words, *(there[:, at] for at in range(len(numbers)))]
    order = np.lexsort(keys)
    group = np.column_stack([*words, there.astype(np.int64)]) if words else there.astype(np.int64)
    pairs = []
    for step in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
        a, b = order[:-step], order[step:]
        same = (group[a] == group[b]).all(axis=1) & enough[a]
        x, y = table[a], table[b]
        with np.errstate(invalid="ignore"):
            close = (np.abs(x - y) <= WITHIN * np.maximum(np.abs(x), np.abs(y))) | ~there[a]
            differ = ((x != y) & there[a]).any(axis=1)
        for at in np.flatnonzero(same & close.all(axis=1) & differ).tolist():
            pairs.append((int(a[at]), int(b[at])))
    return sorted(tuple(sorted(pair)) for pair in pairs)  # type: ignore[misc]


def _near_readings(examined: Examined) -> Iterator[Finding]:
    pairs = near_pairs(examined)
    near = {at for pair in pairs for at in pair}
    if pairs and len(near) <= MOST * len(examined.examples):
        rows = tuple(sorted({examined.examples[at].row for at in near}))
        first = [f"{examined.examples[a].row} / {examined.examples[b].row}" for a, b in pairs[:5]]
        yield Finding("near_readings", "info", rows, {"pairs": first})


CHECKS = (
    Check(
        "numbers",
        _near_readings,
        {
            "near_readings": About(
                N_("Rows whose readings agree with another row's within one in a hundred, such as {pairs}: {n}."),
                N_("They teach the same thing twice, and one of them in the test is easy to answer for a model that learned the other."),
            )
        },
    ),
)
