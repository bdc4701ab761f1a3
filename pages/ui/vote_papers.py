"""Votes of other people: a file for each of them goes out, and comes back with the votes filled in."""

import hashlib
from collections.abc import Mapping

import streamlit as st

from core.base.errors import UnreadableFile
from core.base.export import safe_csv
from core.base.replies import Prediction
from core.compare.vote import LONGEST_NAME
from core.compare.vote_file import Odd, read_votes, vote_file
from core.io.workspace import Project
from core.prepare.reading import read_table
from pages.ui import state
from pages.ui.parts import show_errors
from pages.ui.text import t, tn

_MOST_MB = 20
_LISTED = 10  # lines that are named
_LONGEST = 60  # letters of a cell that are repeated


def show(project: Project, pair: str, first: Mapping[int, Prediction], second: Mapping[int, Prediction], rater: str) -> None:
    """Offer a file of this pair's rows for another person, and take one back; folded away until it is wanted."""
    with st.expander(t("Let other people vote"), icon=":material/group:", key=f"papers_{pair}", on_change="rerun") as box:
        if not box.open:
            return
        st.markdown(
            t(
                "Give each person a file of their own. They write A, B, tie or bad into the column “vote” and give it back. "
                "The sides are shuffled for each name, and the file does not say which is which."
            )
        )
        name = st.text_input(
            t("Whose file?"), max_chars=LONGEST_NAME, key=f"paper_name_{pair}", placeholder=t("A name other than yours")
        ).strip()
        if name and name != rater:
            st.download_button(
                t("Download the file of {name}", name=name),
                data=lambda: safe_csv(vote_file(first, second, pair, name)),
                file_name="votes.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                key=f"paper_out_{pair}",
            )
        given = st.file_uploader(
            t("A file that came back"), type=["csv", "xlsx", "xls", "ods"], max_upload_size=_MOST_MB, key=f"paper_in_{pair}"
        )
        if given is not None:
            with show_errors():
                _take(project, pair, first, second, given.getvalue(), given.name)


def _take(project: Project, pair: str, first: Mapping[int, Prediction], second: Mapping[int, Prediction], data: bytes, name: str) -> None:
    # a file that has been taken is not taken again at each rerun: votes that were changed here since would be lost
    done = f"paper_taken_{pair}_{hashlib.sha256(data).hexdigest()[:16]}"
    if done not in st.session_state:
        table = read_table(data, name).table
        if table is None:
            raise UnreadableFile()
        columns = list(table.columns)
        lines = list(zip(*(table.column(column) for column in columns), strict=True))
        votes, odd = read_votes(columns, lines, pair, [row for row in first if row in second])
        state.workspace().keep_votes(project.id, pair, [(one.row, one.rater, one.choice, one.reason) for one in votes], state.now())
        st.session_state[done] = (len(votes), sorted({one.rater for one in votes}), odd)
        st.rerun()
    n, raters, odd = st.session_state[done]
    if not n and not odd:
        st.info(t("Nothing is written into the column “vote” of this file."), icon=":material/info:")
        return
    if n:
        told = tn("{n} vote by {names} is taken over.", "{n} votes by {names} are taken over.", n, names=", ".join(raters))
        st.success(told, icon=":material/check:")
    if odd:
        problems = [_why(one) for one in odd[:_LISTED]]
        if len(odd) > _LISTED:
            problems.append(tn("And {n} more line like that.", "And {n} more lines like that.", len(odd) - _LISTED))
        if any(one.cell == "vote" for one in odd):
            problems.append(t("Write A, B, tie or bad."))
        st.warning(" ".join(problems), icon=":material/warning:")


def _why(one: Odd) -> str:
    match one.cell:
        case "vote":
            return t("Line {line}: “{text}” is not understood.", line=one.line, text=one.text[:_LONGEST])
        case "row":
            return t("Line {line}: no row of this vote has the number “{text}”.", line=one.line, text=one.text[:_LONGEST])
        case "rater":
            return t("Line {line}: the column “rater” does not say who voted.", line=one.line)
