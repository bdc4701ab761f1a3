"""Dealing rows into folds: twins together, and every class spread as evenly as its rows allow."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FOLDS = 5


def twin_groups(texts: Sequence[str]) -> "np.ndarray":
    """A number for each text, the same for texts of one normal form."""
    import numpy as np

    from core.base.similarity import normal_form

    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(normal_form(text), len(numbers)) for text in texts], dtype=np.int64)


def deal(groups: "np.ndarray", classes: "np.ndarray", folds: int, *, seed: int) -> "np.ndarray":
    """The fold (0 to folds - 1) of each row: a group stays whole, and the groups of a class go round the folds in turn.

    Any layout will do: a class of one row lands in one fold, and with fewer groups than folds some folds stay empty. A group counts for
    the class of its first row.
    """
    import numpy as np

    _, first, member = np.unique(groups, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(first))
    in_turn = shuffled[np.argsort(classes[first][shuffled], kind="stable")]
    fold = np.empty(len(first), dtype=np.int64)
    fold[in_turn] = np.arange(len(first)) % folds
    return fold[member]
