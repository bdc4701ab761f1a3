"""Question and answer in the user's own words: a text with columns in it, and what is wrong with it right below."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from core.base.errors import InputError
from core.io.workspace import Project
from core.prepare.draft import Draft
from core.prepare.mapping import Mapping
from core.prepare.templates import placeholder
from pages.ui import mapped, state
from pages.ui.parts import show_error
from pages.ui.text import t

Field = Literal["question_template", "answer_template"]
FIELDS = ("question_template", "answer_template")


def show(project: Project, shown: dict[str, Any], mapping: Mapping) -> None:
    """The two texts, each with the columns to put in."""
    st.markdown(t("Write question and answer in your own words. A column between braces puts in its value of each row."))
    _text(project, shown, "question_template", mapping.question_template, mapping.question)
    _text(project, shown, "answer_template", mapping.answer_template, mapping.answer)


def problem_in(shown: dict[str, Any], where: str) -> None:
    """What is wrong with this text, where it was typed."""
    problem = shown["problem"]
    if problem is not None and problem["params"].get("where") == where:
        show_error(InputError(problem["message"], problem["hint"], **problem["params"]))


def as_chosen(names: Sequence[str]) -> str:
    """What the chosen columns amount to, as a text to begin with."""
    if len(names) == 1:
        return placeholder(names[0])
    # a brace in the name of a column is text here
    return "\n".join(f"{name.replace('{', '{{').replace('}', '}}')}: {placeholder(name)}" for name in names)


def _text(project: Project, shown: dict[str, Any], field: Field, text: str | None, chosen: Sequence[str]) -> None:
    key = f"{field}_{mapped.base(project)}"
    labels = {"question_template": t("Text of the question"), "answer_template": t("Text of the answer")}
    put = {"question_template": t("Put a column into the question"), "answer_template": t("Put a column into the answer")}
    help_ = {
        "question_template": t("Leave it empty to ask with the columns chosen above. Where a value is missing, its part of the text goes."),
        "answer_template": t("Leave it empty to answer with the columns chosen above."),
    }
    # beside each other where there is room, the example below the field on a phone
    typed, becomes = st.columns(2, gap="large")
    with typed:
        st.text_area(
            labels[field],
            value=text or "",
            key=key,
            height=110,
            on_change=_set,
            args=(project, shown, field, key),
            placeholder=as_chosen(chosen or mapped.columns(shown)[:2]),
            help=help_[field],
        )
        problem_in(shown, field)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                put[field],
                mapped.columns(shown),
                index=None,
                key=f"put_{key}",
                on_change=_put,
                args=(project, shown, field, key, as_chosen(chosen) if chosen else ""),
                placeholder=t("Choose a column"),
                help=t("It is added at the end of the text; move it to where it belongs."),
            )
            if text is None and chosen:
                st.button(
                    t("Begin with the columns above"),
                    key=f"begin_{key}",
                    on_click=_begin,
                    args=(project, shown, field, key, as_chosen(chosen)),
                    help=t("Writes the text that the chosen columns make now, for you to change."),
                )
            if text is None and (former := _put_aside(project, field)):
                st.button(
                    t("Take my text back"),
                    icon=":material/undo:",
                    key=f"back_{key}",
                    on_click=_begin,
                    args=(project, shown, field, key, former),
                    help=t("Brings back the text that stood here before it was emptied."),
                )
    with becomes:
        _becomes(project, shown, field, own=text is not None)


def _becomes(project: Project, shown: dict[str, Any], field: Field, *, own: bool) -> None:
    """What the text makes of the row that is looked at, and the training line with it."""
    if not shown["lines"]:
        st.caption(t("Here stands an example again once that text is right."))
        return
    line = mapped.line(project, shown)
    with st.container(border=True, key=f"becomes_{field}"):
        st.caption(t("In row {row} this becomes:", row=line["row"]))
        st.text(line["question" if field == "question_template" else "answer"])
        if own:
            st.caption(t("The exact training line (row {row})", row=line["row"]))
            st.code(line["line"], language="json", wrap_lines=True)


def _aside(project: Project, field: Field) -> str:
    return f"text/{project.id}/{field}"


def _put_aside(project: Project, field: Field) -> str:
    """The text that stood in this field before it was emptied, for this file."""
    kept = state.workspace().get_setting(_aside(project, field)) or {}
    return str(kept["text"]) if kept.get("source") == project.source else ""


def _set(project: Project, shown: dict[str, Any], field: Field, key: str) -> None:
    text = st.session_state[key] if st.session_state[key].strip() else None
    if text is None and (former := getattr(mapped.own(Draft.from_dict(project.draft), shown), field)):
        state.workspace().set_setting(_aside(project, field), {"source": project.source, "text": former})
    if field == "question_template":
        mapped.change(project, shown, lambda mapping: replace(mapping, question_template=text))
    else:
        mapped.change(project, shown, lambda mapping: replace(mapping, answer_template=text))


def _put(project: Project, shown: dict[str, Any], field: Field, key: str, begun: str) -> None:
    """Add a column to the text; a text that is still empty begins with what is in use (`begun`), or that would be thrown away."""
    name, st.session_state[f"put_{key}"] = st.session_state[f"put_{key}"], None
    if name is not None:
        now = st.session_state[key] or begun
        st.session_state[key] = f"{now} {placeholder(name)}" if now and not now[-1:].isspace() else now + placeholder(name)
        _set(project, shown, field, key)


def _begin(project: Project, shown: dict[str, Any], field: Field, key: str, text: str) -> None:
    st.session_state[key] = text
    _set(project, shown, field, key)
