"""Which classes have too few rows, or are never recognised while others are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.base.answers import AnswerShape

if TYPE_CHECKING:
    import numpy as np

MINIMUM: Final = 5  # different questions: one to be asked about and four to learn from, so that every fold can hold one back
NEAR_NOTHING: Final = 0.1  # of a class's own rows recognised
WELL: Final = 0.5  # of the other classes' rows
LUCK: Final = 0.01  # the chance that so few of its rows would be recognised, were it as easy as the others
LISTED: Final = 10  # as many as a table shows without scrolling


@dataclass(frozen=True, slots=True)
class Starving:
    """A class of a field: how many different questions it has, and which share of its rows was recognised (None: none was tested)."""

    field: str
    name: str
    rows: int
    recall: float | None


def starving(
    keys: Sequence[tuple[str, ...]], rows: Mapping[tuple[int, str], int], right: "np.ndarray", shape: AnswerShape
) -> tuple[tuple[Starving, ...], int]:
    """The classes that starve, those with the fewest rows first, and how many they are; at most LISTED are given.

    `keys` are the tested rows' labels, `rows` counts the different questions by (number of the field, label), `right` (repeats x tested
    rows x fields) is what models of all the other rows got right. A class with MINIMUM rows starves only where its recall is near nothing
    while the others do well, and where that can hardly be the luck of so few rows.
    """
    import numpy as np

    found = []
    for f, field in enumerate(shape.fields):
        names = np.array([key[f] for key in keys], dtype=object)
        hits = right[:, :, f].mean(axis=0) if len(right) else np.zeros(0)
        for name in sorted({name for number, name in rows if number == f}):
            mine, n = names == name, rows[f, name]
            recall = float(hits[mine].mean()) if mine.any() else None
            if n < MINIMUM or (recall is not None and recall <= NEAR_NOTHING and _others_do_well(hits[~mine], recall, n)):
                found.append(Starving(field, name, n, recall))
    found.sort(key=lambda one: (one.rows, one.recall or 0.0, one.field, one.name))
    return tuple(found[:LISTED]), len(found)


def _others_do_well(others: "np.ndarray", recall: float, rows: int) -> bool:
    from scipy.special import bdtr

    share = float(others.mean()) if len(others) else 0.0
    return share >= WELL and float(bdtr(int(recall * rows), rows, share)) < LUCK
