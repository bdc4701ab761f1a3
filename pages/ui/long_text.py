"""Texts of any length: shown as they are, never as markup; a long one is cut, with a way to see all of it."""

from collections.abc import Callable

import streamlit as st

from pages.ui.text import number, t

# About a screen and a half. A model that finds no end writes hundreds of these, and every rerun would send them all to the browser again.
SHOWN = 3_000  # characters
IN_A_CELL = 1_000  # of a table, where a cell shows three lines
_HEIGHT = 400  # pixels


def cut(text: str, most: int = SHOWN) -> str:
    """A text, or its beginning and an ellipsis where it is longer than `most` characters."""
    return text if len(text) <= most else text[:most] + "…"


def in_a_cell(text: str) -> str:
    """A text as a table shows it."""
    return cut(text, IN_A_CELL)


def show(text: str, *, key: str, draw: Callable[[str], object] = st.text) -> None:
    """Write a text by `draw`; a long one is cut, and below it stands a switch that shows the whole. `key` must be the text's own."""
    if len(text) <= SHOWN:
        draw(text)
    elif see_all(text, key=key):
        with st.container(height=_HEIGHT):
            st.text(text)
    else:
        draw(cut(text))


def see_all(text: str, *, key: str) -> bool:
    """Whether all of a long text is wanted; says how long it is."""
    label = t("Show all {n} characters", n=number(len(text)))
    return bool(st.toggle(label, key=f"all_{key}", persist_state="session"))
