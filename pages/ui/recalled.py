"""How the practice model came to an answer: the badge that says it was recalled, and on demand from which example."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.text import number, percent, t, tn

Notes = Mapping[str, Any]


def spoken(text: str, notes: Notes) -> str:
    """An answer, in the reader's language where the engine says that it has none: that sentence is the app's own, not a model's."""
    return t(text) if notes.get("own_words") is True else text


def show(notes: Notes) -> None:
    """Mark a recalled answer, warn where it carries another reading's number, and offer the example that it came from."""
    if "confidence" in notes:
        st.caption(t("The model's own confidence: {share}", share=percent(float(notes["confidence"]))))
    if "matched" not in notes:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(
            t("Recalled"), icon=":material/history:", color="violet", help=t("Not composed anew: the practice model gives taught answers.")
        )
        with st.popover(t("From which example?"), type="tertiary", icon=":material/search:"):
            _example(notes)
    warn(notes)


def warn(notes: Notes) -> None:
    """Say in words what of a recalled advice may not be true of this reading."""
    foreign = [str(text) for text in notes.get("foreign", ())]
    if foreign:
        st.warning(
            tn(
                "{n} number here belongs to another reading: {numbers}.",
                "{n} numbers here belong to another reading: {numbers}.",
                len(foreign),
                numbers=", ".join(foreign),
            ),
            icon=":material/warning:",
        )
    differs = [str(name) for name in notes.get("differs", ())]
    if differs:
        st.warning(
            t("No taught reading agrees with this one in everything. The closest one differs in: {fields}.", fields=", ".join(differs)),
            icon=":material/compare_arrows:",
        )


def _example(notes: Notes) -> None:
    st.markdown(t("The closest question that was taught:"))
    st.text(str(notes["matched"]))
    similarity = number(float(notes.get("similarity", 0.0)), 2)
    st.caption(t("Similarity: {similarity}, where 1 is the same question and 0 has nothing in common.", similarity=similarity))
    if "row" in notes:
        st.caption(t("It stands in row {row} of the data.", row=int(notes["row"])))
    filled = [line for line in notes.get("filled", ()) if len(line) == 3]
    if filled:
        st.markdown(t("Numbers of this reading that were put in:"))
        names = [t("Field"), t("Taught"), t("Here")]
        st.dataframe(pd.DataFrame([[str(cell) for cell in line] for line in filled], columns=names), hide_index=True)
