"""What was changed so far: every repair and every change by hand, with undo and redo."""

from typing import Any

import streamlit as st

from core.io.workspace import Project
from core.prepare.draft import Draft
from pages.ui import preparing
from pages.ui.sentences import repair_label
from pages.ui.text import Raw, t, tn

LISTED = 12  # the latest; a list of hundreds of changes by hand is read in the exported file
NAME_LENGTH = 80  # of a change that only another version knows


def show(project: Project, shown: dict[str, Any]) -> None:
    """The changes in order, the last ones of a long list, and the two buttons."""
    draft, applied = Draft.from_dict(project.draft), shown["applied"]
    if not applied and not draft.undone:
        return
    if applied:  # after the last undo only the way back is left
        st.markdown(f"**{t('Changes so far')}**")
    if len(applied) > LISTED:
        st.caption(tn("{n} earlier change", "{n} earlier changes", len(applied) - LISTED))
    for step in applied[-LISTED:]:
        _line(step)
    with st.container(horizontal=True):
        st.button(
            t("Undo the last change"),
            icon=":material/undo:",
            key=f"undo_{project.id}",
            on_click=preparing.undo,
            args=(project,),
            disabled=not applied,
        )
        st.button(
            t("Redo"), icon=":material/redo:", key=f"redo_{project.id}", on_click=preparing.redo, args=(project,), disabled=not draft.undone
        )


def _line(step: dict[str, Any]) -> None:
    """One change: its name, and how many rows it touched, or why it touched none."""
    if step.get("unknown"):
        name = step["repair"][:NAME_LENGTH] or "?"
        st.markdown(f":material/question_mark: {t('{name} – a change made by another version, not applied', name=name)}")
    elif step.get("idle"):
        st.markdown(f":material/build: {t('{repair} – nothing to do in this file', repair=Raw(repair_label(step['repair'])))}")
    else:
        st.markdown(f":material/build: {repair_label(step['repair'])} – " + tn("{n} row", "{n} rows", step["n"]))
