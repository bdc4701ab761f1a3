"""What was changed so far: every repair and every change by hand, with undo and redo."""

from datetime import date
from typing import Any

import streamlit as st

from core.io.workspace import Project
from core.prepare.draft import Draft
from pages.ui import preparing
from pages.ui.sentences import repair_label
from pages.ui.text import Raw, day, t, tn

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
    sources = [step.params.get("kept") for step in draft.steps]
    if len(sources) != len(applied):  # of a draft that was changed since
        sources = [None] * len(applied)
    for step, source in list(zip(applied, sources, strict=True))[-LISTED:]:
        _line(step)
        if isinstance(source, dict):
            _source(step, source)
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


def _source(step: dict[str, Any], source: dict[str, Any]) -> None:
    """Where an answer that was kept in the Playground came from, and its row."""
    on, row = str(source.get("day", "")), next(iter(step["rows"]), None)
    try:
        told = day(date.fromisoformat(on))
    except ValueError:  # another version wrote something else
        told = on
    model = str(source.get("model", ""))
    if row is None:
        st.caption(t("Kept in the Playground on {day}, below an answer of “{model}”.", day=told, model=model))
    else:
        st.caption(t("Row {row}: kept in the Playground on {day}, below an answer of “{model}”.", row=row, day=told, model=model))
