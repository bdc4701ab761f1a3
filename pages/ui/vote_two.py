"""Whose answers are voted on where more than two models have answered."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.base.replies import Prediction
from core.compare.candidate import Candidate
from core.compare.outcome import Answered
from core.io.workspace import Dataset
from pages.ui.ballot import Pair
from pages.ui.text import t


def choose(answered: Sequence[Answered], dataset: Dataset, *, untaught: str | None = None) -> tuple[Pair, tuple[Candidate, Candidate]]:
    """The two whose answers are voted on: the first two, as which before and after come, unless others are chosen.

    `untaught` is the id of the one that says the same sentence to everything, where one does: a vote with it is a rehearsal.
    """
    by_id = {one.candidate.id: one for one in answered}
    first, second = list(by_id)[:2]
    if len(by_id) > 2:
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            first = _box(t("Vote on the answers of"), by_id, first, key=f"vote_first_{dataset.id}")
        others = {id: one for id, one in by_id.items() if id != first}
        with right:
            second = _box(t("and of"), others, second if second in others else next(iter(others)), key=f"vote_second_{dataset.id}")
    one, other = by_id[first], by_id[second]
    names = (one.candidate.label, other.candidate.label)
    # a vote ends in a verdict, too: what either of the two was trained on has no part in it
    apart = frozenset(each.row for each in (*one.seen, *other.seen))
    pair = Pair(f"{dataset.id}/{first}/{second}", _rows(one, apart), _rows(other, apart), names, len(apart), untaught in (first, second))
    return pair, (one.candidate, other.candidate)


def _box(label: str, among: Mapping[str, Answered], usual: str, *, key: str) -> str:
    options = list(among)
    kept = st.session_state.get(key)
    if kept is not None and kept not in options:  # it is the other box's now, or does not take part any more
        del st.session_state[key]
    chosen = st.selectbox(
        label,
        options,
        index=options.index(usual),
        format_func=lambda id: among[id].candidate.label,
        key=key,
        persist_state="session",
    )
    return str(chosen)


def _rows(one: Answered, apart: frozenset[int]) -> dict[int, Prediction]:
    return {each.row: each for each in one.predictions if each.row not in apart}
