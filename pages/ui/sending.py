"""How far a file has been sent, drawn beside the work that sends it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx

from pages.ui.text import Raw, number, t

EVERY_S = 0.3


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Give what is to be told the bytes that have left and those in all; drawn from the first tick on, and gone at the end.

    Drawn by a thread of its own: a second click would end the run of the page at the next thing that it draws, and with it the sending.
    """
    place, over = st.empty(), threading.Event()
    at = [0, 0]

    def tell(sent: int, total: int) -> None:
        at[:] = [sent, total]

    def draw() -> None:
        while not over.wait(EVERY_S):
            sent, total = at
            if total:
                told = t("Sent {sent} of {total} MB.", sent=Raw(number(sent / 1e6, 1)), total=Raw(number(total / 1e6, 1)))
                place.progress(min(1.0, sent / total), text=told)

    thread = threading.Thread(target=draw, daemon=True, name="sending")
    add_script_run_ctx(thread)
    thread.start()
    try:
        yield tell
    finally:
        over.set()
        thread.join()
        place.empty()
