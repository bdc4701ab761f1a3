"""Every test row with both answers beside each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.base.replies import Prediction
from core.compare.score import Judged

COLUMNS = ("row", "question", "expected", "base_answer", "tuned_answer", "base_right", "tuned_right", "seen", "seen_row", "note")
MARKS = ("recalled_from", "similarity", "foreign_numbers", "differs_in")


def rows_table(
    base: Sequence[Prediction],
    tuned: Sequence[Prediction],
    base_judged: Sequence[Judged],
    tuned_judged: Sequence[Judged],
    seen: Mapping[int, tuple[str, int]],
) -> pd.DataFrame:
    """One line a row, in the order of the test set, with the columns of `COLUMNS`.

    `seen` maps a row to how it was found in the training data ("exact" or "near") and the training row; `seen` is empty text elsewhere.
    `base_right` and `tuned_right` are True, False, or None where there is no answer; `note` says why there is none.
    """
    bases, tuneds = _by_row(base), _by_row(tuned)
    right = {"base": {one.row: one.right for one in base_judged}, "tuned": {one.row: one.right for one in tuned_judged}}
    lines = []
    for row in dict.fromkeys([*bases, *tuneds]):
        first, second = bases.get(row), tuneds.get(row)
        known = tuneds[row] if row in tuneds else bases[row]
        how, train_row = seen.get(row, ("", None))
        lines.append(
            {
                "row": row,
                "question": known.question,
                "expected": known.expected,
                "base_answer": first.answer if first else None,
                "tuned_answer": second.answer if second else None,
                "base_right": right["base"].get(row),
                "tuned_right": right["tuned"].get(row),
                "seen": how,
                "seen_row": train_row,
                "note": " ".join(dict.fromkeys(one.error for one in (first, second) if one and one.error)),
            }
        )
    # object columns keep whole numbers whole and None apart from False
    table = pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)
    told = [marks(tuneds[row].notes if row in tuneds else {}) for row in table["row"]]
    if any(line["recalled_from"] for line in told):  # the columns of MARKS, where the tuned model says so much
        table[list(MARKS)] = pd.DataFrame(told, columns=list(MARKS), dtype=object)
    return table


def _by_row(predictions: Sequence[Prediction]) -> dict[int, Prediction]:
    return {prediction.row: prediction for prediction in predictions}


def marks(notes: Mapping[str, Any]) -> dict[str, Any]:
    """What the notes of an answer say, flat: the example that it was recalled from, and what in it may not be true of this row."""
    similarity = notes.get("similarity")
    return {
        "recalled_from": str(notes.get("matched", "")),
        "similarity": float(similarity) if isinstance(similarity, int | float) and "matched" in notes else None,
        "foreign_numbers": ", ".join(map(str, notes.get("foreign", ()))),
        "differs_in": ", ".join(map(str, notes.get("differs", ()))),
    }
