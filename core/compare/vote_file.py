"""A vote on paper: the rows for one rater as a table that goes out, and the same table with their votes coming back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from core.base.errors import N_, UnreadableFile
from core.base.export import restore
from core.base.replies import Prediction
from core.compare.vote import LONGEST_NAME, Choice, Vote, is_flipped, of_side, order

COLUMNS: Final = ("row", "question", "answer_a", "answer_b", "vote", "reason", "rater", "comparison")
# What people write into a cell; in English and Indonesian. "left" and "right" are not asked for, and understood.
_A, _B = frozenset({"a", "left", "kiri"}), frozenset({"b", "right", "kanan"})
_TIE = frozenset({"tie", "=", "equal", "same", "draw", "seri", "sama"})
_WHOLE: Final = re.compile(r"(\d{1,9})(?:\.0+)?")  # a spreadsheet may have made 12.0 of 12
_BAD = frozenset({"bad", "both bad", "neither", "none", "x", "buruk", "keduanya buruk", "tidak ada"})


@dataclass(frozen=True, slots=True)
class Odd:
    """A line (the header is 1) whose vote could not be taken: which cell is to blame, and what stands there."""

    line: int
    cell: Literal["vote", "row", "rater"]
    text: str = ""


def vote_file(first: Mapping[int, Prediction], second: Mapping[int, Prediction], pair: str, rater: str) -> pd.DataFrame:
    """The rows that both models answered, in this rater's order and with this rater's sides; columns COLUMNS, `vote` empty."""
    lines = []
    for row in order(pair, rater, [row for row in first if row in second]):
        one, other = first[row], second[row]
        left, right = (other, one) if is_flipped(pair, rater, row) else (one, other)
        lines.append((row, one.question, left.answer or "", right.answer or "", "", "", rater, pair))
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def read_votes(columns: Sequence[str], rows: Sequence[Sequence[str]], pair: str, known: Sequence[int]) -> tuple[list[Vote], list[Odd]]:
    """The votes of a table that came back (cells as text), and its lines whose vote could not be taken.

    Lines without a vote are neither. Raises UnreadableFile for a table that is no vote file, and for one of another comparison.
    """
    names = [restore(name).strip().casefold() for name in columns]
    missing = [name for name in ("row", "vote", "rater", "comparison") if name not in names]
    if missing:
        raise UnreadableFile(
            N_("This is not a file of votes: the column {column} is missing."),
            N_("Use the file that was downloaded here, with the votes filled in."),
            column=missing[0],
        )
    votes: list[Vote] = []
    odd: list[Odd] = []
    wanted = set(known)
    for at, cells in enumerate(rows, 2):
        line = {name: restore(str(cell or "")).strip() for name, cell in zip(names, cells, strict=False)}
        if not line.get("vote"):
            continue
        if line.get("comparison") != pair:
            raise UnreadableFile(
                N_("These votes are of another comparison."),
                N_("Choose the file that was downloaded for these two models and this data set."),
            )
        rater = line.get("rater", "")[:LONGEST_NAME]
        number = _WHOLE.fullmatch(line.get("row", ""))
        row = int(number[1]) if number else -1
        choice = _understood(line["vote"], is_flipped(pair, rater, row))
        if choice is None:
            odd.append(Odd(at, "vote", line["vote"]))
        elif row not in wanted:
            odd.append(Odd(at, "row", line.get("row", "")))
        elif not rater:
            odd.append(Odd(at, "rater"))
        else:
            votes.append(Vote(row, rater, choice, line.get("reason", "")))
    return votes, odd


def _understood(word: str, flipped: bool) -> Choice | None:
    plain = word.casefold().strip(" .!")
    if plain in _A:
        return of_side("left", flipped)
    if plain in _B:
        return of_side("right", flipped)
    return "tie" if plain in _TIE else "both_bad" if plain in _BAD else None
