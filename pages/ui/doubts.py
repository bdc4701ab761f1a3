"""Labels in doubt, row by row: the present one, the one that fits better, how sure the model is, and a tick for each to decide on."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.base.types import Finding
from core.io.workspace import Project
from core.prepare.draft import Step
from core.prepare.repairs import keep_given, use_better
from core.prepare.rows import leave_out
from pages.ui.text import percent, t, tn

_LABEL, _QUESTION, _NARROW = 115, 250, 58  # pixels: the question, the labels and how sure stand side by side without scrolling
_ROW = 72  # pixels: three lines of a question

Json = dict[str, Any]


def show(project: Project, finding: Finding, take: Callable[[Step], None]) -> None:
    """The table of a finding's doubts; `take` is given the step for the rows that were ticked."""
    doubts: Sequence[Json] = finding.params["doubts"]
    # the content is part of the key: ticks belong to these rows and to no others
    digest = hashlib.sha256(json.dumps(doubts).encode()).hexdigest()[:12]
    key = f"doubts_{project.id}_{finding.code}_{digest}"
    table = _table(doubts)
    st.data_editor(
        table,
        hide_index=True,
        column_config=_config(table),
        disabled=[name for name in table if name != "use"],
        num_rows="fixed",
        row_height=_ROW,
        key=key,
        alt=t("Rows with the present label and the suggested one, to be ticked."),
    )
    rows = len({doubt["row"] for doubt in doubts})
    if finding.params.get("n", finding.count) > rows:
        st.caption(tn("The first row is shown.", "The first {n} rows are shown.", rows))
    chosen = [doubts[at] for at, cells in st.session_state[key]["edited_rows"].items() if cells.get("use")]
    with st.container(horizontal=True):
        st.button(
            t("Use the suggested labels"),
            icon=":material/build:",
            key=f"better_{project.id}_{finding.code}",
            disabled=not chosen,
            on_click=_better,
            args=(finding, chosen, take),
        )
        st.button(
            t("Leave out the ticked rows"),
            icon=":material/remove_circle:",
            key=f"out_{project.id}_{finding.code}",
            disabled=not chosen,
            on_click=_out,
            args=(chosen, take),
        )
        st.button(
            t("Keep the labels where ticked")
            if chosen
            else tn("Keep the label of this row", "Keep the labels of all {n} rows shown", rows),
            icon=":material/check:",
            key=f"keep_{project.id}_{finding.code}",
            on_click=_keep,
            args=(finding, chosen or doubts, take),
            help=t("For labels that are right: nothing changes, and they are not doubted again."),
        )


def _keep(finding: Finding, chosen: Sequence[Json], take: Callable[[Step], None]) -> None:
    take(keep_given(finding.params["step"]["given"], [(doubt["row"], doubt["field"]) for doubt in chosen]))


def _better(finding: Finding, chosen: Sequence[Json], take: Callable[[Step], None]) -> None:
    take(use_better(finding.params["step"]["labels"], [(doubt["row"], doubt["field"]) for doubt in chosen]))


def _out(chosen: Sequence[Json], take: Callable[[Step], None]) -> None:
    take(leave_out(sorted({doubt["row"] for doubt in chosen})))


def _table(doubts: Sequence[Json]) -> Any:
    import pandas as pd

    frame = pd.DataFrame(index=range(len(doubts)))
    frame["use"] = False
    frame["row"] = [doubt["row"] for doubt in doubts]
    frame["question"] = [doubt["question"] for doubt in doubts]  # before the labels: it is what decides between them
    if len({doubt["field"] for doubt in doubts}) > 1:
        frame["field"] = [doubt["field"] for doubt in doubts]
    frame["given"] = [doubt["given"] for doubt in doubts]
    frame["likelier"] = [doubt["likelier"] for doubt in doubts]
    frame["sure"] = [percent(doubt["chance"]) for doubt in doubts]
    return frame


def _config(frame: Any) -> Json:
    columns = {
        "use": st.column_config.CheckboxColumn(t("Tick"), width=_NARROW),
        "row": st.column_config.NumberColumn(t("Row"), width=_NARROW, format="localized"),
        "question": st.column_config.TextColumn(t("Question"), width=_QUESTION),
        "field": st.column_config.TextColumn(t("Field"), width="small"),
        "given": st.column_config.TextColumn(t("Label now"), width=_LABEL),
        "likelier": st.column_config.TextColumn(t("Suggested label"), width=_LABEL),
        "sure": st.column_config.TextColumn(
            t("Sure"), width=_NARROW, help=t("How sure the quick model is of the suggested label. It had not seen the row.")
        ),
    }
    return {name: column for name, column in columns.items() if name in frame}
