"""Run every page inside the frame that streamlit_app.py draws.

On a fresh server Streamlit runs pages/x.py by itself for a first visit to /x, without the navigation and the sidebar. So every page
first asks whether it stands in the frame, and if not, runs the app instead.
"""

import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import streamlit as st

ENTRYPOINT = Path(__file__).resolve().parents[2] / "streamlit_app.py"
_inside: ContextVar[set[str] | None] = ContextVar("inside_frame", default=None)


@contextmanager
def frame() -> Iterator[None]:
    """Mark everything that runs inside as drawn by streamlit_app.py."""
    token = _inside.set(set())
    try:
        yield
    finally:
        _inside.reset(token)


def require_frame() -> None:
    """Run streamlit_app.py in this page's place unless it is already around it."""
    if _inside.get() is None:
        runpy.run_path(str(ENTRYPOINT), run_name="__main__")
        st.stop()


def first_time(what: str) -> bool:
    """Whether this run of the page is asked for the first time about this; always so in the rerun of a fragment, which draws alone."""
    drawn = _inside.get()
    if drawn is None:
        return True
    if what in drawn:
        return False
    drawn.add(what)
    return True
