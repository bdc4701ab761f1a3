"""The parts that every page is made of: its head, its errors, its empty state and the way on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from core.base.errors import TunesmithError
from pages.ui import state, story
from pages.ui.steps import go, step
from pages.ui.text import t


def head(key: str) -> None:
    """The page's title, the sentence that says what this step is for, and the hint of the example that is open."""
    info = step(key)
    st.title(info.title, anchor=False)
    st.markdown(info.purpose)
    story.show(state.project(), key)


@contextmanager
def show_errors() -> Iterator[None]:
    """Turn a typed error raised inside into a message with a way on; the rest of the page stays."""
    try:
        yield
    except TunesmithError as error:
        show_error(error)


def show_error(error: TunesmithError) -> None:
    """What happened, what to do, and the server's or the library's own words folded away below."""
    st.error(_filled(error.message, error.params), icon=":material/error:")
    if error.hint:
        st.markdown(_filled(error.hint, error.params))
    if error.details:
        with st.expander(t("Technical details"), icon=":material/terminal:"):
            st.code(error.details, language=None, wrap_lines=True)


def _filled(sentence: str, params: dict[str, Any]) -> str:
    try:
        return t(sentence, **params)
    except KeyError:  # an error that another version stored may lack a parameter
        return t(sentence)


def larger_file() -> None:
    """The way on for a file over the limit of an upload: the browser refuses it by itself, in words that are not ours."""
    st.caption(t("Is the file larger? Split it, or remove the columns that are not needed."))


def way_on(key: str, sentence: str, *, label: str | None = None, primary: bool = True) -> None:
    """The foot of a page: one sentence on what comes next and the button that leads there."""
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        text = label or t("Next: {step}", step=step(key).title)
        if st.button(text, type="primary" if primary else "secondary", icon=":material/arrow_forward:", key=f"next_{key}"):
            go(key)
        st.markdown(sentence, width="stretch")


def nothing_yet(title: str, body: str, *, go_to: str, label: str, preview: str = "") -> None:
    """An empty page: what will be here (`preview` shows a line of it), why it is not, and the one click that brings it nearer."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.header(title, anchor=False, width="content")
        st.markdown(body, width="content", text_alignment="center")
        if preview:
            st.caption(preview, width="content", text_alignment="center")
        if st.button(label, type="primary", icon=":material/arrow_forward:", key=f"empty_{go_to}"):
            go(go_to)
        st.space("small")


def page_of(pages: int, *, key: str) -> int:
    """Which page of a long list is wanted, from 1; nothing is drawn where there is one only.

    A field and no second st.pagination: a screen reader could not tell the two apart, since both have the same fixed name.
    """
    if pages <= 1:
        return 1
    # another number of pages is another field: one that is kept could stand beyond the last page
    return int(st.number_input(t("Page (of {n})", n=pages), 1, pages, key=f"{key}_{pages}", width=160))


def new_project_button() -> None:
    """A way on for whoever has no project open."""
    if st.button(t("Start a new project"), type="primary", icon=":material/add:", key="new_project"):
        go("prepare")
