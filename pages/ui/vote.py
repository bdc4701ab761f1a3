"""The blind vote on free-text answers: one row at a time by keyboard, sides shuffled and names hidden, by as many people as like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from core.base.replies import Prediction
from core.base.types import Message
from core.compare.vote import CHOICES, LONGEST_NAME, Choice, Standing, Vote, is_flipped, of_side, order, standing
from core.io.workspace import Dataset, Project
from pages.ui import long_text, picture, recalled, state, vote_papers
from pages.ui.answers import said_nothing
from pages.ui.names import told_apart
from pages.ui.sentences import say
from pages.ui.text import number, percent, t, tn

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


def show(
    project: Project, dataset: Dataset, pair: Pair, earlier: Callable[[Sequence[Message]], None], turns: Mapping[int, Sequence[Message]]
) -> bool:
    """Draw the vote: who votes, one row with both answers, and the result once this rater has voted on all rows.

    `earlier` draws what was said before a question, which `turns` holds by row. True while a row is voted on: what tells the names is not
    to be shown then.
    """
    rows = pair.rows
    if not rows:
        return False
    st.header(t("Vote without knowing which is which"), anchor=False)
    rater = _rater(project)
    votes = votes_on(project, pair)
    by_row = {vote.row: vote for vote in votes if vote.rater == rater}
    mine = {row: by_row[row] for row in rows if row in by_row}
    asked = order(pair.id, rater, rows)
    again = st.session_state.get(f"vote_at_{pair.id}_{rater}")
    row = again if again in rows else next((one for one in asked if one not in mine), None)
    is_on = bool(st.session_state.get(_on(pair.id, rater))) and row is not None
    if mine or is_on:
        st.progress(len(mine) / len(rows), t("{done} of {total} rows voted on by {name}", done=len(mine), total=len(rows), name=rater))
    if is_on and row is not None:
        _ballot(project, dataset, pair, rater, row, mine, asked, earlier, turns)
        return True
    if row is not None:
        told = t("Both answers stand side by side in random order, without names. Say which one you would rather have.")
        st.markdown(f"{told} {t('The names, and the rest of this page, come back at the end.')}")
        if pair.rehearsal:
            st.caption(_rehearsal())
        label = t("Go on voting") if mine else t("Begin the vote")
        st.button(label, icon=":material/how_to_vote:", key="vote_begin", on_click=_switch, args=(_on(pair.id, rater), True))
    if pair.apart:
        left_out = tn("{n} row that the training contained is left out.", "{n} rows that the training contained are left out.", pair.apart)
        st.caption(left_out)
    vote_papers.show(project, pair.id, {row: pair.first[row] for row in rows}, {row: pair.second[row] for row in rows}, rater)
    _result(pair, votes, rows, is_done=row is None)
    return False


def _on(pair: str, rater: str) -> str:
    return f"voting_{pair}_{rater}"


def _switch(key: str, on: bool) -> None:
    st.session_state[key] = on


def votes_on(project: Project, pair: Pair) -> list[Vote]:
    """Every vote on this pair that the workspace holds."""
    found = state.workspace().votes(project.id, pair.id)
    return [Vote(one.row, one.rater, _KINDS[one.choice], one.reason) for one in found if one.choice in _KINDS]


def _rater(project: Project) -> str:
    key, place = f"rater_{project.id}", f"voter/{project.id}"
    name = st.text_input(
        t("Who votes?"),
        value=str(state.workspace().get_setting(place) or t("Reviewer 1")),
        max_chars=LONGEST_NAME,
        key=key,
        persist_state="session",
        help=t("Each name has its own votes. A second person enters another name, here or in a file of votes."),
        on_change=lambda: state.workspace().set_setting(place, str(st.session_state[key]).strip() or None),
    )
    return name.strip() or t("Reviewer 1")


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
    place, flipped = f"vote_at_{pair.id}_{rater}", is_flipped(pair.id, rater, row)
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
                    args=(project.id, pair.id, rater, row, choice, place, reason),
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
    st.button(
        t("Stop for now"), type="tertiary", icon=":material/pause:", key="vote_stop", on_click=_switch, args=(_on(pair.id, rater), False)
    )


def _vote(project_id: str, pair: str, rater: str, row: int, choice: Choice, place: str, reason: str) -> None:
    why = str(st.session_state.get(reason, "")).strip()
    state.workspace().keep_votes(project_id, pair, [(row, rater, choice, why)], state.now())
    st.session_state.pop(place, None)


def _look_at(place: str, row: int | None) -> None:
    st.session_state[place] = row


def _result(pair: Pair, votes: Sequence[Vote], rows: Sequence[int], *, is_done: bool) -> None:
    found = standing(votes, rows)
    if not found.voted:
        return
    if not is_done:
        label = t("Show what came of it so far")
        with st.expander(label, icon=":material/visibility:", key=f"vote_peek_{pair.id}", on_change="rerun") as box:
            if box.open:
                st.caption(t("Whoever looks while voting tends to stop when it pleases. The verdict comes when all rows are voted on."))
                _told(pair, found, votes)
        return
    _told(pair, found, votes)


def _rehearsal() -> str:
    return t(
        "With the practice model this is a rehearsal: before its training it says one sentence to everything, by which you can tell it. "
        "What comes of the vote says nothing about a real model."
    )


def _told(pair: Pair, found: Standing, votes: Sequence[Vote]) -> None:
    verdict, *more = told(pair, found)
    box = st.info if pair.rehearsal else {"vote_better": st.success, "vote_worse": st.error}.get(found.verdict.code, st.info)
    box(verdict, icon=":material/how_to_vote:")
    counts = (
        (pair.names[1], found.second),
        (pair.names[0], found.first),
        (t("As good as each other"), found.tie),
        (t("Both bad"), found.both_bad),
    )
    with st.grid(4, min_column_width=130):
        for name, n in counts:
            st.metric(name, number(n), border=True, height="stretch")
    for sentence in more:
        st.markdown(sentence)
    columns, lines = by_rater(pair, votes)
    if len(lines) > 1:
        st.dataframe(
            pd.DataFrame(lines, columns=list(columns)),
            hide_index=True,
            key=f"vote_by_{pair.id}",
            alt=t("What each of the people voted."),
        )


def by_rater(pair: Pair, votes: Sequence[Vote]) -> tuple[tuple[str, ...], list[tuple[str, int, int, int, int]]]:
    """Who voted what, as a table: its columns, and for each rater by name how many rows got which vote."""
    here = [one for one in votes if one.row in set(pair.rows)]
    raters = sorted({one.rater for one in here})
    found = [(name, standing([one for one in here if one.rater == name], pair.rows)) for name in raters]
    names = (t("Who voted"), pair.names[1], pair.names[0], t("As good as each other"), t("Both bad"))
    columns = told_apart({str(at): name for at, name in enumerate(names)})
    return tuple(columns.values()), [(name, one.second, one.first, one.tie, one.both_bad) for name, one in found]


def told(pair: Pair, found: Standing) -> list[str]:
    """The result in words: the verdict, how many prefer which with the interval, and the agreement where several voted. Markdown."""
    verdict = found.verdict
    lines = [say(replace(verdict, params={**verdict.params, "one": pair.names[0], "other": pair.names[1]}))]
    lines += [_rehearsal()] if pair.rehearsal else []
    if found.first + found.second:
        lines.append(
            t(
                "Of the rows that prefer one of the two, {share} prefer “{name}” (95% interval {low} to {high}).",
                share=percent(found.second / (found.first + found.second)),
                name=pair.names[1],
                low=percent(found.low),
                high=percent(found.high),
            )
        )
    if found.agreement is None:
        return lines
    together = tn(
        "{raters} people voted on {n} row together and said the same in {share} of the cases.",
        "{raters} people voted on {n} rows together and said the same in {share} of the cases.",
        found.agreement.rows,
        raters=found.agreement.raters,
        share=percent(found.agreement.share),
    )
    if found.agreement.kappa is not None:
        together += " " + t("Cohen's kappa is {kappa}: 1 is full agreement, 0 no more than chance.", kappa=round(found.agreement.kappa, 2))
    lines.append(together)
    if found.agreement.differing:
        differing = tn("{n} row got differing votes.", "{n} rows got differing votes.", found.agreement.differing)
        counted = t(
            "Each row counts once, for the answer that more people prefer: who finds both as good or both bad takes nothing from it. "
            "Where as many prefer one as the other, it counts as “As good as each other”."
        )
        lines.append(f"{differing} {counted}")
    return lines
