"""A row before and after a repair: what stays, what changes word by word, and what is left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.compare.differences import ALIKE, difference
from pages.ui.review import marked
from pages.ui.text import escape, number, t

Json = Mapping[str, Any]
LONG = 300  # characters: of a text that stays as it is, more would only push the changed one off the screen


def names() -> dict[str, str]:
    """The parts of an example as a reader calls them."""
    return {"system": t("System prompt"), "question": t("Question"), "answer": t("Answer"), "worse": t("Worse answer")}


def show(changes: Sequence[Json], *, repairs: bool, copy_of: Mapping[int, int]) -> None:
    """Draw each row as it is and, where a repair is offered (`repairs`), as it would be afterwards; a copy with the row that it repeats."""
    if not repairs or all(change["after"] is None for change in changes):
        _table(changes, copy_of)
        if repairs:
            st.markdown(f":material/remove_circle: {t('These rows are left out.')}")
        return
    for change in changes:
        st.caption(t("Row {row}", row=change["row"]))
        if change["after"] is None:
            _table([change], copy_of)
            st.markdown(f":material/remove_circle: {t('This row is left out.')}")
        else:
            _side_by_side(change["before"], change["after"])


def _table(changes: Sequence[Json], copy_of: Mapping[int, int]) -> None:
    columns = {t("Row"): [number(change["row"]) for change in changes]}
    if copy_of:
        columns[t("Repeats row")] = [number(of) if (of := copy_of.get(change["row"])) is not None else "" for change in changes]
    for part, name in names().items():
        if part != "system" and any(part in change["before"] for change in changes):
            columns[name] = [escape(_short(change["before"].get(part, ""))) for change in changes]
    st.table(columns, hide_index=True)


def _side_by_side(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    for part, name in names().items():
        if part not in after:
            continue
        left, right = st.columns(2)
        compared = difference(before[part], after[part])
        with left:
            st.markdown(f"**{t('{part} now', part=name)}**")
            if compared.alike >= ALIKE:
                st.markdown(marked(compared.first))
            else:
                st.text(before[part] or t("(blank)"))
        with right:
            st.markdown(f"**{t('{part} afterwards', part=name)}**")
            if compared.alike >= ALIKE:
                st.markdown(marked(compared.second))
            else:
                st.text(after[part] or t("(blank)"))


def _short(text: str) -> str:
    return text if len(text) <= LONG else text[:LONG] + "…"
