"""The blind vote on free-text answers: one row at a time by keyboard, sides shuffled and names hidden, by as many people as like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.base.types import Message
from core.compare.vote import LONGEST_NAME, Standing, Vote, standing
from core.io.workspace import Dataset, Project
from pages.ui import ballot, state, vote_papers
from pages.ui.ballot import Pair, votes_on
from pages.ui.names import told_apart
from pages.ui.sentences import say
from pages.ui.text import number, percent, t, tn


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
    now = ballot.turn(pair, rater, votes)
    if now.row is not None and ballot.is_on(pair, rater):
        ballot.cast(project, dataset, pair, rater, earlier, turns)
        return True
    if now.mine:
        ballot.progress(pair, rater, now)
    if now.row is not None:
        told = t("Both answers stand side by side in random order, without names. Say which one you would rather have.")
        st.markdown(f"{told} {t('The names, and the rest of this page, come back at the end.')}")
        if pair.rehearsal:
            st.caption(_rehearsal())
        label = t("Go on voting") if now.mine else t("Begin the vote")
        st.button(label, icon=":material/how_to_vote:", key="vote_begin", on_click=ballot.switch, args=(pair, rater, True))
    if pair.apart:
        left_out = tn("{n} row that the training contained is left out.", "{n} rows that the training contained are left out.", pair.apart)
        st.caption(left_out)
    vote_papers.show(project, pair.id, {row: pair.first[row] for row in rows}, {row: pair.second[row] for row in rows}, rater)
    _result(pair, votes, rows, is_done=now.row is None)
    return False


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
