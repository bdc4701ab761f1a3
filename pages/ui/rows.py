"""The rows by hand: a page of them at a time, each to be corrected or left out; every change is a step that undo takes back."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.base.answers import AnswerShape
from core.io.workspace import Project
from core.prepare.prepared import finding_from_json
from core.prepare.rows import MOST_EDITED, Line, edit, leave_out, parts, with_edits
from pages.ui import preparing
from pages.ui.parts import page_of
from pages.ui.sentences import title
from pages.ui.text import number, t, tn, unescape

ON_PAGE = 25
# Pixels. Question and answer fit a phone of 400 beside each other; on a wider screen all columns share what is left.
_ROW, _QUESTION, _ANSWER, _NARROW, _USE = 46, 124, 114, 78, 46
_LINES = 76  # the height of a row: three lines of a text that is longer than its column
_FIELD = "answer "  # before the name of a JSON answer's field, so that no field can be mistaken for another column

Json = dict[str, Any]


def show(project: Project, shown: Json) -> None:
    """Draw the editor, folded away until it is wanted."""
    key = f"edit_rows_{project.id}"
    with st.expander(t("Change rows by hand"), icon=":material/edit_note:", on_change="rerun", key=key) as box:
        if not box.open:
            return
        st.markdown(t("Correct a question or an answer, or take the tick away to leave a row out. Your file itself stays as it is."))
        found = preparing.lines(project)
        if found is not None:
            _editor(project, shown, found)


def _editor(project: Project, shown: Json, found: Sequence[Line]) -> None:
    chosen = _chosen(project, shown, found)
    if shown["n"] + shown["n_waiting"] > MOST_EDITED:
        st.caption(t("The first {n} rows can be changed here; change the others in your file.", n=MOST_EDITED))
    if not chosen:
        st.info(t("No row is like that."), icon=":material/search_off:")
        return
    pages = -(-len(chosen) // ON_PAGE)
    at = page_of(pages, key=f"edit_page_{project.id}")
    here = chosen[(at - 1) * ON_PAGE : at * ON_PAGE]
    shape = AnswerShape(shown["shape"]["kind"], tuple(shown["shape"]["fields"]), _bare(shown))
    columns = _columns(here, shape)
    # the content is part of the key: a row that has been changed is a new table, so no change can be applied twice
    digest = hashlib.sha256(json.dumps([(one.row, one.question, one.answer) for one in here]).encode()).hexdigest()[:12]
    key = f"editor_{project.id}_{digest}"
    st.data_editor(
        columns,
        hide_index=True,
        column_config=_config(columns),
        disabled=["row"],
        num_rows="fixed",
        row_height=_LINES,
        key=key,
        alt=t("The rows of this page, to be changed by hand."),
    )
    st.caption(tn("{n} row", "{n} rows", len(chosen)))
    if _keep(project, here, shape, st.session_state[key]["edited_rows"]):
        st.rerun()


def _chosen(project: Project, shown: Json, found: Sequence[Line]) -> Sequence[Line]:
    """The rows that are wanted: all, those of one finding, those that hold some words."""
    named = {one["code"]: one for one in shown["findings"] if one["rows"]}
    left, right = st.columns(2)
    codes = ["", *named]
    labels = {code: unescape(title(finding_from_json(named[code]))) if code else t("All rows") for code in codes}
    # the browser sends the words of a choice back, and a changed row changes the count in them: the choice is kept by its code
    kept = f"edit_kept_{project.id}"
    before = st.session_state.get(kept, "")
    digest = hashlib.sha256(json.dumps(labels).encode()).hexdigest()[:12]
    which = left.selectbox(
        t("Which rows"),
        codes,
        index=codes.index(before) if before in codes else 0,
        format_func=labels.__getitem__,
        key=f"edit_which_{project.id}_{digest}",
    )
    st.session_state[kept] = which
    words = right.text_input(t("With these words"), key=f"edit_words_{project.id}", placeholder=t("any")).strip().casefold()
    rows = set(named[which]["rows"]) if which in named else None
    if rows is not None and named[which]["n"] > len(rows):
        st.caption(t("Of {n} rows the first {listed} are listed.", n=named[which]["n"], listed=len(rows)))
    return [
        one
        for one in found
        if (rows is None or one.row in rows) and (not words or words in one.question.casefold() or words in one.answer.casefold())
    ]


def _columns(here: Sequence[Line], shape: AnswerShape) -> Any:
    import pandas as pd

    answers = [parts(one.answer, shape) for one in here]
    names = list(dict.fromkeys(name for one in answers for name in one))
    frame = pd.DataFrame(index=range(len(here)))
    # names of the code's own: what stands over a column is told by its configuration
    frame["row"] = [one.row for one in here]
    frame["question"] = [one.question for one in here]
    for name in names:
        frame[_FIELD + name] = [one.get(name) for one in answers]
    frame["use"] = True
    return frame


def _config(frame: Any) -> Json:
    fields = [name for name in frame.columns if name.startswith(_FIELD)]
    each = max(_NARROW, _ANSWER // max(1, len(fields)))
    return {
        "row": st.column_config.NumberColumn(t("Row"), width=_ROW, format="localized"),
        "question": st.column_config.TextColumn(t("Question"), width=_QUESTION),
        **{name: st.column_config.TextColumn(name.removeprefix(_FIELD) or t("Answer"), width=each) for name in fields},
        "use": st.column_config.CheckboxColumn(t("Use"), width=_USE),
    }


def _bare(shown: Json) -> frozenset[tuple[str, str]]:
    return frozenset((str(field), str(value)) for field, value in shown["shape"].get("bare", ()))


def _keep(project: Project, here: Sequence[Line], shape: AnswerShape, changed: Mapping[int, Json]) -> bool:
    """Take what was changed in the table over into the draft; whether there was anything."""
    out = [here[at].row for at, cells in changed.items() if cells.get("use") is False]
    steps = [
        step
        for at, cells in changed.items()
        if here[at].row not in out
        and (
            step := edit(
                here[at],
                shape,
                cells.get("question"),
                {name.removeprefix(_FIELD): str(text or "") for name, text in cells.items() if name.startswith(_FIELD)},
            )
        )
    ]
    if out:
        steps.append(leave_out(out))
        st.toast(tn("Row {row} is left out.", "{n} rows are left out.", len(out), row=number(out[0])), icon=":material/remove_circle:")
    if steps:
        preparing.change(project, lambda draft: draft.with_steps(with_edits(draft.steps, steps)))
    return bool(steps)
