"""How the file was read, and its controls: whatever the reader decided by itself can be decided otherwise."""

from dataclasses import asdict
from hashlib import sha256
from typing import Any

import streamlit as st

from core.base.types import Reason
from core.io.workspace import Project
from core.prepare.draft import Draft
from core.prepare.source import AS_FOUND, Choices
from pages.ui import preparing
from pages.ui.sentences import data, say
from pages.ui.text import Raw, t

_RECORDS = ("preference_pairs", "sharegpt", "alpaca", "prompt_completion_turns", "layout_table")


def show(project: Project, source: dict[str, Any]) -> None:
    """One line that says how it was read, and under it those controls that this file has."""
    how = ", ".join(say(Reason(d["code"], d["params"])) for d in source["decisions"])
    if how:
        st.caption(t("How it was read: {how}.", how=Raw(how)))
    with st.expander(t("Read it differently"), icon=":material/tune:", on_change="rerun", key=f"reading_{project.id}") as box:
        if box.open:
            _controls(project, source)


def back(project: Project) -> None:
    """For a file that cannot be read as the user chose: a button that takes those choices back."""
    if Draft.from_dict(project.draft).reading != AS_FOUND:
        st.button(
            t("Read the file as before"), icon=":material/undo:", key=f"reading_back_{project.id}", on_click=_take_back, args=(project,)
        )


def key_of(project: Project) -> str:
    """Ends the keys of widgets that hold columns: another file, or the same one read otherwise, has columns of its own."""
    reading = Draft.from_dict(project.draft).reading
    return f"{(project.source or '')[:8]}{sha256(repr(reading).encode()).hexdigest()[:8] if reading != AS_FOUND else ''}"


def _controls(project: Project, source: dict[str, Any]) -> None:
    reading = Draft.from_dict(project.draft).reading
    if len(source["members"]) > 1:
        _select(project, reading, "member", t("File in the zip"), {name: name for name in source["members"]})
    if len(source["sheets"]) > 1:
        _select(project, reading, "sheet", t("Sheet"), {name: name for name in source["sheets"]})
    if source["format"] in ("text", "json"):
        _select(project, reading, "encoding", t("Letters (encoding)"), _encodings())
    if source["format"] == "text":
        signs = {",": t("comma ,"), ";": t("semicolon ;"), "tab": t("tab"), "|": t("bar |")}
        _select(project, reading, "delimiter", t("Columns are separated by"), signs)
    if source["format"] in ("text", "workbook"):
        _select(project, reading, "header", t("First row"), {True: t("holds the column names"), False: t("is a row like the others")})
    if any(decision["code"] in _RECORDS for decision in source["decisions"]):
        _select(project, reading, "layout", t("Records"), {"table": t("a plain table, one column for each field")})
    if source["format"] == "parquet" and not source["members"]:
        st.caption(t("A Parquet file says itself how it is to be read."))


def _encodings() -> dict[Any, str]:
    """The ways to store letters that can be chosen, the usual ones first."""
    return {
        "utf-8": t("UTF-8: nearly all files of today"),
        "utf-16": t("UTF-16: “Unicode text” of Excel"),
        **{code: t(name) for code, name in data.ENCODINGS.items()},
    }


def _select(project: Project, reading: Choices, part: str, label: str, names: dict[Any, str]) -> None:
    """One choice; the first option leaves it to the reader."""
    now = getattr(reading, part)
    if now is not None and now not in names:
        names = {now: str(now), **names}
    options = [None, *names]
    key = f"read_{part}_{project.id}_{(project.source or '')[:8]}"
    st.selectbox(
        label,
        options,
        index=options.index(now),
        format_func=lambda one: t("as the app found it") if one is None else names[one],
        key=key,
        on_change=_set,
        args=(project, part, key),
    )


def _set(project: Project, part: str, key: str) -> None:
    preparing.change(project, lambda draft: draft.read_as(**{part: st.session_state[key]}))


def _take_back(project: Project) -> None:
    preparing.change(
        project, lambda draft: draft.read_as(**{part: None for part, value in asdict(draft.reading).items() if value is not None})
    )
