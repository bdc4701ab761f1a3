"""How the file was read, and its controls: whatever the reader decided by itself can be decided otherwise."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import streamlit as st

from core.base.types import Reason
from core.io.workspace import Project
from core.prepare.draft import Draft
from core.prepare.source import AS_FOUND, Choices
from pages.ui import preparing, state
from pages.ui.sentences import data, say
from pages.ui.text import Raw, t

_RECORDS = ("preference_pairs", "sharegpt", "alpaca", "prompt_completion_turns", "layout_table")


def show(project: Project, source: dict[str, Any]) -> None:
    """One line that says how it was read, and under it those controls that this file has."""
    how = ", ".join(say(Reason(d["code"], d["params"])) for d in source["decisions"])
    if how:
        st.caption(t("How it was read: {how}.", how=Raw(how)))
    if waiting := _waiting(Draft.from_dict(project.draft)):
        st.caption(t("What you did with {names} is kept, and comes back when you choose it again.", names=", ".join(waiting)))
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


def table_of(project: Project, draft: Draft) -> str:
    """Ends the keys of what belongs to the rows of one table of the file; empty for the one that the reader found by itself."""
    table = (draft.reading.sheet, draft.reading.member, draft.reading.layout)
    return "" if table == (None, None, None) else "_" + sha256(repr((project.source, table)).encode()).hexdigest()[:8]


def _waiting(draft: Draft) -> list[str]:
    """The other tables of this file that something was done with, by name."""
    names: dict[str, None] = {}
    for one in draft.others:
        if one.draft.has_work and not one.is_on(draft.reading):
            layout = t("the records as a plain table") if one.draft.reading.layout else t("the records as conversations")
            name = one.sheet or one.member or layout
            names[f"{one.member} / {one.sheet}" if one.sheet and one.member else name] = None
    return list(names)


def _opened(source: dict[str, Any]) -> Choices:
    """The sheet and the file in the zip that are in use, by name."""
    params = {name: value for decision in source["decisions"] for name, value in decision["params"].items()}
    return Choices(sheet=params.get("sheet"), member=params.get("member"))


def _found(draft: Draft, opened: Choices, part: str) -> str | None:
    """What the reader takes by itself for this part, as far as it has been seen."""
    reading = draft.reading
    if getattr(reading, part) is None:
        return getattr(opened, part)
    alike = (one for one in draft.others if getattr(one.draft.reading, part) is None and getattr(one, part))
    return next((getattr(one, part) for one in alike if part == "member" or one.draft.reading.member == reading.member), None)


def _controls(project: Project, source: dict[str, Any]) -> None:
    draft, opened = Draft.from_dict(project.draft), _opened(source)
    if len(source["members"]) > 1:
        _select(project, draft, opened, "member", t("File in the zip"), {name: name for name in source["members"]})
    if len(source["sheets"]) > 1:
        _select(project, draft, opened, "sheet", t("Sheet"), {name: name for name in source["sheets"]})
    if source["format"] in ("text", "json"):
        _select(project, draft, opened, "encoding", t("Letters (encoding)"), _encodings())
    if source["format"] == "text":
        signs = {",": t("comma ,"), ";": t("semicolon ;"), "tab": t("tab"), "|": t("bar |")}
        _select(project, draft, opened, "delimiter", t("Columns are separated by"), signs)
    if source["format"] in ("text", "workbook"):
        header = {True: t("holds the column names"), False: t("is a row like the others")}
        _select(project, draft, opened, "header", t("First row"), header)
    if any(decision["code"] in _RECORDS for decision in source["decisions"]):
        _select(project, draft, opened, "layout", t("Records"), {"table": t("a plain table, one column for each field")})
    if source["format"] == "parquet" and not source["members"]:
        st.caption(t("A Parquet file says itself how it is to be read."))


def _encodings() -> dict[Any, str]:
    """The ways to store letters that can be chosen, the usual ones first."""
    return {
        "utf-8": t("UTF-8: nearly all files of today"),
        "utf-16": t("UTF-16: “Unicode text” of Excel"),
        **{code: t(name) for code, name in data.ENCODINGS.items()},
    }


def _select(project: Project, draft: Draft, opened: Choices, part: str, label: str, names: dict[Any, str]) -> None:
    """One choice; the first option leaves it to the reader, and a table that it would take is not offered a second time by name."""
    now = getattr(draft.reading, part)
    found = _found(draft, opened, part) if part in ("sheet", "member") else None
    names = {name: shown for name, shown in names.items() if name != found or name == now}
    if now is not None and now not in names:
        names = {now: str(now), **names}
    options = [None, *names]
    # another table brings back its own choices, which the control has to show
    rest = replace(
        draft.reading, encoding=None, delimiter=None, header=None, **({part: None} if part in ("sheet", "member", "layout") else {})
    )
    key = f"read_{part}_{project.id}_{(project.source or '')[:8]}" + table_of(project, replace(draft, reading=rest))
    by_itself = t("{name}, as the app found it", name=Raw(found)) if found else t("as the app found it")
    st.selectbox(
        label,
        options,
        index=options.index(now),
        format_func=lambda one: by_itself if one is None else names[one],
        key=key,
        on_change=_set,
        args=(project, opened, part, key),
    )


def _set(project: Project, opened: Choices, part: str, key: str) -> None:
    _change(project, lambda draft: draft.read_as(opened, **{part: st.session_state[key]}))


def _take_back(project: Project) -> None:
    _change(project, Draft.read_back)


def _change(project: Project, make: Callable[[Draft], Draft]) -> None:
    preparing.change(project, make)
    hold_test_files(project)


def hold_test_files(project: Project) -> None:
    """Keep the own test file of every reading: the one that waits with another sheet, too."""
    draft = Draft.from_dict(state.workspace().project(project.id).draft)
    held: dict[str, str | None] = {}
    for one in (*(kept.draft for kept in draft.others), draft):
        place = f"own_test{table_of(project, one)}"
        held[place] = one.own_test.sha if one.own_test else held.get(place) if one is not draft else None
    for place, sha in held.items():
        state.workspace().hold_file(project.id, place, sha)
