"""The answers of the Playground while they come: drawn side by side as they grow, each with its Stop."""

import time
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.playground.answering import Answering
from pages.ui import answers, conversation
from pages.ui.answers import Look
from pages.ui.play_models import Side
from pages.ui.text import escape, number, t

TICK_S: Final = 0.1  # between two looks at what has come
BYTES_A_SECOND: Final = 2_000_000  # of text that is drawn anew: a reply of a megabyte is looked at less often


def follow(place: str, sides: tuple[Side, ...], look: Look, spot: DeltaGenerator) -> None:
    """Draw the last exchange while its answers come, until all are there; each has a button that stops it and keeps its part.

    The answers belong to the app, not to this run: a click elsewhere, a reload or another page leaves them at work, and the next run finds
    them where they are then. So the field below has no Stop of its own, which would end nothing but the drawing: Streamlit ends a run in
    the same way for every click (runner.fastReruns), and cannot tell the two apart.
    """
    talks = conversation.talks()
    talk = talks.read(place)
    exchange = talk.exchanges[-1]
    live = talks.live(place, exchange["id"])
    answers.question(conversation.bubble(spot, look), exchange, look)
    # each element has its place whether or not it is there: what an earlier run drew elsewhere would stand there until this one ends
    halt = spot.empty()
    if len(live) > 1 or look.large:
        words = t("Stop") if look.large else t("Stop all")
        halt.button(words, icon=":material/stop_circle:", key=f"halt_{place}", on_click=talks.stop, args=(place,))
    coming = []
    for column, side in zip(spot.columns(len(sides)), sides, strict=True):
        with column.container(border=True):
            st.markdown(f"**{escape(side.label)}**")
            stop, text, clock = st.empty(), st.empty(), st.empty()
            if not look.large:
                # of an answer that has ended it stays, disabled: an empty place would keep the old one, which does nothing, until all end
                key = f"stop_{place}_{side.key}"
                over = side.key not in live
                stop.button(
                    t("Stop"),
                    icon=":material/stop_circle:",
                    key=key,
                    disabled=over,
                    on_click=talks.stop,
                    args=(place, side.key),
                )
            if side.key not in live:
                with text.container():
                    answers.answer(exchange["answers"].get(side.key), look, key=f"{exchange['id']}_{side.key}")
                continue
            coming.append(_Coming(live[side.key], stop, text, clock, look, f"{exchange['id']}_{side.key}"))
    while any([one.look_at() for one in coming]):
        time.sleep(max(TICK_S, sum(one.size for one in coming) / BYTES_A_SECOND))


class _Coming:
    """Where one answer is drawn while it comes."""

    def __init__(self, one: Answering, stop: DeltaGenerator, text: DeltaGenerator, clock: DeltaGenerator, look: Look, key: str) -> None:
        self._one, self._stop, self._text, self._clock, self._look, self._key = one, stop, text, clock, look, key
        self._drawn, self._since, self._ended = "", time.monotonic(), False
        self._clock.caption(t("Waiting for the first words…"))  # a model of this machine is read from the disk first

    @property
    def size(self) -> int:
        """Characters that are drawn."""
        return 0 if self._ended else len(self._drawn)

    def look_at(self) -> bool:
        """Draw what has come since; True while more is to come. Always draws something, since that is where a page can be stopped."""
        if self._ended:
            return False
        over, kept = self._one.over, self._one.kept
        if over:
            self._ended = True
            self._stop.empty()
            self._clock.empty()
            with self._text.container():
                answers.answer(kept, self._look, key=self._key)
            return False
        if kept["text"] != self._drawn and kept["text"].strip():  # blank lines alone would look as if nothing went on
            self._drawn = kept["text"]
            self._look.text(self._text, self._drawn)
        seconds = number(int(time.monotonic() - self._since))
        self._clock.caption(
            t("Writing, {seconds} s", seconds=seconds) if self._drawn else t("Waiting for the first words, {seconds} s", seconds=seconds)
        )
        return True
