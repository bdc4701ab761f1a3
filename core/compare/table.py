"""Every test row with all answers beside each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from core.base.replies import Prediction
from core.compare.candidate import Candidate
from core.compare.score import Judged

MARKS = ("recalled_from", "similarity", "foreign_numbers", "differs_in")


def columns_of(candidates: Sequence[Candidate]) -> dict[str, str]:
    """How each candidate's columns begin, by its id: what it is, with a number where several are."""
    names: dict[str, str] = {}
    for one in candidates:
        name = f"{one.kind}_{one.prompt.shots}_shots" if one.prompt.shots else one.kind if one.prompt.system else f"{one.kind}_no_system"
        at = sum(kept == name or kept.startswith(f"{name}#") for kept in names.values())
        names[one.id] = f"{name}#{at + 1}" if at else name
    return {key: name.replace("#", "_") for key, name in names.items()}


def rows_table(
    answers: Mapping[str, Sequence[Prediction]],
    judged: Mapping[str, Sequence[Judged]],
    columns: Mapping[str, str],
    seen: Mapping[int, tuple[str, int]],
) -> pd.DataFrame:
    """One line a row, in the order of the test set: row, question, expected, each candidate's NAME_answer, then each one's NAME_right,
    seen, seen_row and note.

    `columns` gives the NAME of each candidate by its id. NAME_right is True, False, or None where there is no answer; `note` says why there
    is none. `seen` maps a row to how it was found in a training ("exact" or "near") and the training row; it is empty text elsewhere.
    """
    by_row = {key: {one.row: one for one in some} for key, some in answers.items()}
    right = {key: {one.row: one.right for one in some} for key, some in judged.items()}
    lines = []
    for row in dict.fromkeys(one.row for some in answers.values() for one in some):
        here = {key: some.get(row) for key, some in by_row.items()}
        said = [one for one in here.values() if one is not None]
        how, train_row = seen.get(row, ("", None))
        line: dict[str, Any] = {"row": row, "question": said[-1].question, "expected": said[-1].expected}
        line |= {f"{columns[key]}_answer": one.answer if one else None for key, one in here.items()}
        line |= {f"{columns[key]}_right": right[key].get(row) for key in here}
        line |= {"seen": how, "seen_row": train_row, "note": " ".join(dict.fromkeys(one.error for one in said if one.error))}
        lines.append(line)
    # object columns keep whole numbers whole and None apart from False
    return pd.DataFrame(lines, columns=_columns(columns), dtype=object)


def with_marks(table: pd.DataFrame, predictions: Sequence[Prediction]) -> pd.DataFrame:
    """The table with the columns of MARKS, where the candidate that answered so says where its answers come from."""
    notes = {one.row: one.notes for one in predictions}
    told = [marks(notes.get(row, {})) for row in table["row"]]
    if any(line["recalled_from"] for line in told):
        table[list(MARKS)] = pd.DataFrame(told, columns=list(MARKS), dtype=object)
    return table


def _columns(columns: Mapping[str, str]) -> list[str]:
    answers, rights = [f"{name}_answer" for name in columns.values()], [f"{name}_right" for name in columns.values()]
    return ["row", "question", "expected", *answers, *rights, "seen", "seen_row", "note"]


def marks(notes: Mapping[str, Any]) -> dict[str, Any]:
    """What the notes of an answer say, flat: the example that it was recalled from, and what in it may not be true of this row."""
    similarity = notes.get("similarity")
    return {
        "recalled_from": str(notes.get("matched", "")),
        "similarity": float(similarity) if isinstance(similarity, int | float) and "matched" in notes else None,
        "foreign_numbers": ", ".join(map(str, notes.get("foreign", ()))),
        "differs_in": ", ".join(map(str, notes.get("differs", ()))),
    }
