"""One row of the blind vote: both answers without names, the keys, the way back; a part of the page that is drawn anew by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.base.replies import Prediction
from core.base.types import Message
from core.compare.vote import CHOICES, Choice, Vote, is_flipped, of_side, order
from core.io.workspace import Dataset, Project
from pages.ui import long_text, picture, recalled, state
from pages.ui.answers import said_nothing
from pages.ui.text import t

_LONGEST_REASON = 500
_TIE, _BOTH_BAD = CHOICES[2:]
_KINDS: Mapping[str, Choice] = {word: word for word in CHOICES}


@dataclass(frozen=True, slots=True)
class Pair:
    """What is voted on: the answers of two models by row, with the names that are told at the end; `id` names it in the workspace.

    `apart` rows that the training contained are not among them. `rehearsal` says that one of the two says the same sentence to everything,
    by which anybody can tell it.
    """

    id: str
    first: Mapping[int, Prediction]
    second: Mapping[int, Prediction]
    names: tuple[str, str]
    apart: int = 0
    rehearsal: bool = False

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows that both have answered."""
        return tuple(
            row for row, one in self.first.items() if one.answer is not None and row in self.second and self.second[row].answer is not None
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """How far a rater is: the votes by row, the rows in this rater's own order, and the one to vote on next, None after the last."""

    mine: Mapping[int, Vote]
    asked: Sequence[int]
    row: int | None


def turn(pair: Pair, rater: str, votes: Sequence[Vote]) -> Turn:
    """Where a rater stands, by all the votes on a pair; the row that was gone back to comes first."""
    by_row = {vote.row: vote for vote in votes if vote.rater == rater}
    mine = {row: by_row[row] for row in pair.rows if row in by_row}
    asked = order(pair.id, rater, pair.rows)
    again = st.session_state.get(_place(pair, rater))
    return Turn(mine, asked, again if again in pair.rows else next((one for one in asked if one not in mine), None))


def is_on(pair: Pair, rater: str) -> bool:
    """Whether this rater has begun, and has not stopped."""
    return bool(st.session_state.get(_on(pair, rater)))


def switch(pair: Pair, rater: str, on: bool) -> None:
    """Begin or stop."""
    st.session_state[_on(pair, rater)] = on


@st.fragment
def cast(
    project: Project,
    dataset: Dataset,
    pair: Pair,
    rater: str,
    earlier: Callable[[Sequence[Message]], None],
    turns: Mapping[int, Sequence[Message]],
) -> None:
    """Draw row after row, until the last one or a stop, when the page comes back whole."""
    now = turn(pair, rater, votes_on(project, pair))
    if now.row is None or not is_on(pair, rater):
        st.rerun()
    _ballot(project, dataset, pair, rater, now.row, now.mine, now.asked, earlier, turns)
    progress(pair, rater, now)  # below the keys: what says that a vote was counted comes when the next row can be voted on


def progress(pair: Pair, rater: str, now: Turn) -> None:
    """Draw how far a rater is."""
    done, total = len(now.mine), len(pair.rows)
    st.progress(done / total, t("{done} of {total} rows voted on by {name}", done=done, total=total, name=rater))


def _on(pair: Pair, rater: str) -> str:
    return f"voting_{pair.id}_{rater}"


def _place(pair: Pair, rater: str) -> str:
    return f"vote_at_{pair.id}_{rater}"


def votes_on(project: Project, pair: Pair) -> list[Vote]:
    """Every vote on this pair that the workspace holds."""
    found = state.workspace().votes(project.id, pair.id)
    return [Vote(one.row, one.rater, _KINDS[one.choice], one.reason) for one in found if one.choice in _KINDS]


def _ballot(
    project: Project,
    dataset: Dataset,
    pair: Pair,
    rater: str,
    row: int,
    mine: Mapping[int, Vote],
    asked: Sequence[int],
    earlier: Callable[[Sequence[Message]], None],
    turns: Mapping[int, Sequence[Message]],
) -> None:
    place, flipped = _place(pair, rater), is_flipped(pair.id, rater, row)
    left, right = (pair.second[row], pair.first[row]) if flipped else (pair.first[row], pair.second[row])
    with st.container(border=True, key=f"ballot_{pair.id}_{row}"):
        earlier(turns.get(row, ()))
        picture.draw(left.question, row, picture.histories(dataset), key=f"vote_{row}")
        if not picture.fields(left.question):
            st.text(left.question)
        for column, name, one in zip(st.columns(2), ("A", "B"), (left, right), strict=True):
            with column.container(border=True, height="stretch"):
                st.markdown(f"**{t('Answer {letter}', letter=name)}**")
                text = recalled.spoken(one.answer or "", one.notes)
                if text.strip():
                    long_text.show(text, key=f"vote_{name}_{row}")
                else:
                    st.caption(said_nothing(text))
        before = mine.get(row)
        reason = f"vote_reason_{pair.id}_{rater}_{row}"
        choices: tuple[tuple[str, str, Choice], ...] = (
            (t("A is better"), "A", of_side("left", flipped)),
            (t("B is better"), "B", of_side("right", flipped)),
            (t("As good as each other"), "T", _TIE),
            (t("Both are bad"), "X", _BOTH_BAD),
        )
        with st.container(horizontal=True, key="vote_choices"):
            for label, letter, choice in choices:
                st.button(
                    label,
                    shortcut=letter,
                    type="primary" if before is not None and before.choice == choice else "secondary",
                    key=f"vote_{letter}_{row}",  # of this row: a press that comes late never votes on a row that nobody has seen yet
                    on_click=_vote,
                    args=(project, pair, rater, row, choice, reason, before is not None),
                )
            voted = [one for one in asked if one in mine and one != row]
            last = voted[-1] if voted else None
            st.button(
                t("Back"),
                shortcut="Z",
                icon=":material/undo:",
                type="tertiary",
                key=f"vote_Z_{row}",
                disabled=last is None,
                on_click=_look_at,
                args=(place, last),
            )
        st.text_input(
            t("Why? (may be left blank)"),
            value=before.reason if before else "",
            max_chars=_LONGEST_REASON,
            key=reason,
        )
    st.caption(t("By keyboard: A, B, T for as good as each other, X for both bad, Z to go back. Every vote is kept at once."))
    st.button(t("Stop for now"), type="tertiary", icon=":material/pause:", key="vote_stop", on_click=switch, args=(pair, rater, False))


def _vote(project: Project, pair: Pair, rater: str, row: int, choice: Choice, reason: str, changes: bool) -> None:
    if not changes and any((one.row, one.rater) == (row, rater) for one in votes_on(project, pair)):
        # the key was pressed twice, before the next row was there to be seen: the first press counts, and Z is how one changes it
        st.toast(t("Too quick: the next row was not there yet. The first key counts."), icon=":material/speed:")
        return
    why = str(st.session_state.get(reason, "")).strip()
    state.workspace().keep_votes(project.id, pair.id, [(row, rater, choice, why)], state.now())
    st.session_state.pop(_place(pair, rater), None)


def _look_at(place: str, row: int | None) -> None:
    st.session_state[place] = row
