"""A reader's notes on free-text answers, row by row; which of two answers is better is told by the blind vote, not here."""

from collections.abc import Mapping
from typing import Literal, get_args

Verdict = Literal["before", "after", "both", "neither"]  # what an older version asked of each row, with both names in sight
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
LONGEST_NOTE = 2_000  # characters


def notes(kept: Mapping[str, object], former: object, words: Mapping[str, str]) -> dict[int, str]:
    """The notes by row, in the order of the rows; blank ones are none.

    `kept` are the notes by row as they were stored (JSON knows text keys alone), `former` the judgements of an older version: of a row
    without a note its judgement is the note, in `words`. What makes no sense is left out.
    """
    found = {row: words.get(word, "") for row, word in judged(former).items()}
    found |= {int(row): text for row, text in kept.items() if row.isdecimal() and isinstance(text, str)}
    return {row: found[row] for row in sorted(found) if found[row].strip()}


def judged(stored: object) -> dict[int, Verdict]:
    """The judgements of an older version as they were stored; what makes no sense is left out."""
    if not isinstance(stored, Mapping):
        return {}
    return {int(row): word for row, word in stored.items() if str(row).isdecimal() and word in VERDICTS}
