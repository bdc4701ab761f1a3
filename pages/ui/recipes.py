"""Choices kept for the next file: offered where they fit, saved under a name, carried to another machine."""

from hashlib import sha256
from typing import Any

import streamlit as st

from core.io.workspace import Project
from core.prepare.draft import Draft
from core.prepare.recipes import MOST_BYTES, Fit, Recipe, apply, fit, forget, from_file, is_untouched, keep, recipe, recipes, to_file
from pages.ui import mapped, preparing, state
from pages.ui.parts import show_errors
from pages.ui.text import escape, t, tn

OFFERED = 3  # beyond these the panel below has them all
NAMED = 6  # changes of another version that are told by name


def offer(project: Project, shown: dict[str, Any]) -> None:
    """Above the columns: choices of before that fit this file, while nothing has been chosen for it yet; and the way back after."""
    draft = Draft.from_dict(project.draft)
    used = st.session_state.get(_used(project))
    if used is not None and project.draft == used["after"]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(":material/bookmark: " + t("The choices of {name} are in use.", name=used["name"]))
            st.button(t("Undo"), icon=":material/undo:", key=f"leave_recipe_{project.id}", on_click=_leave, args=(project,))
        return
    if not is_untouched(draft):
        return
    columns = mapped.columns(shown)
    fitting = [(one, found) for one in recipes(state.workspace()) if (found := fit(one, columns)) is not None]
    for one, found in sorted(fitting, key=lambda pair: len(pair[1].missing))[:OFFERED]:
        with st.container(border=True):
            st.markdown(":material/bookmark: " + t("The choices that you saved as {name} fit this file.", name=one.name))
            _left_out(one)
            _told(found)
            _use_button(project, one, columns)


def panel(project: Project, shown: dict[str, Any]) -> None:
    """Below the columns: save the choices as they are now, and all that were saved."""
    with st.expander(t("Use these choices for other files"), icon=":material/bookmarks:"):
        st.markdown(t("Prepare next month’s file in the same way: columns, repairs and how rows are shared out are kept under a name."))
        _save(project, shown)
        columns = mapped.columns(shown)
        for one in recipes(state.workspace()):
            _kept(project, one, columns)
        _import()


def _told(found: Fit) -> None:
    """What would differ from the file of before."""
    if found.missing:
        st.markdown(t("It lacks these columns, which would be left out: {columns}.", columns=", ".join(found.missing)))
    if found.new:
        st.caption(t("New in this file: {columns}.", columns=", ".join(found.new[:12])))


def _left_out(one: Recipe) -> None:
    """What the choices ask for and this version cannot do."""
    if one.left_out:
        names = ", ".join(one.left_out[:NAMED]) + (", …" if len(one.left_out) > NAMED else "")
        st.caption(
            tn(
                "{n} change of another version was left out: {names}.",
                "{n} changes of another version were left out: {names}.",
                len(one.left_out),
                names=names,
            )
        )


def _use_button(project: Project, one: Recipe, columns: list[str], *, disabled: bool = False, place: str = "offer") -> None:
    st.button(
        t("Use the choices of {name}", name=one.name),
        icon=":material/bookmark_added:",
        key=f"use_{place}_{_short(one)}_{project.id}",
        on_click=_use,
        args=(project, one, columns),
        disabled=disabled,
        help=t("This file has other columns.") if disabled else None,
    )


def _save(project: Project, shown: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            t("Name of these choices"),
            value=project.name,
            key=f"recipe_name_{project.id}",
            max_chars=80,
            help=t("They are offered under it when a file with such columns is opened. The same name again replaces the old ones."),
        )
        pressed = st.button(t("Save these choices"), icon=":material/bookmark_add:", key=f"save_recipe_{project.id}")
    if pressed:
        draft = Draft.from_dict(project.draft)
        with show_errors():
            made = recipe(name, draft, mapped.own(draft, shown) if shown["mapping"] is not None else None, mapped.columns(shown))
            keep(state.workspace(), made)
            st.success(t("Saved: {name}", name=made.name), icon=":material/check_circle:")


def _kept(project: Project, one: Recipe, columns: list[str]) -> None:
    found = fit(one, columns)
    st.markdown(f":material/bookmark: **{escape(one.name)}**")
    _left_out(one)
    if found is not None:
        _told(found)
    with st.container(horizontal=True):
        _use_button(project, one, columns, disabled=found is None, place="kept")
        st.download_button(
            t("Download"),
            data=lambda: to_file(one),
            file_name="choices.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key=f"download_recipe_{_short(one)}_{project.id}",
            help=t("A small file with these choices and no data, for another machine."),
        )
        st.button(
            t("Forget"),
            icon=":material/delete:",
            key=f"forget_recipe_{_short(one)}_{project.id}",
            on_click=_forget,
            args=(one.name,),
            help=t("Projects that were prepared with them stay as they are."),
        )


def _import() -> None:
    file = st.file_uploader(
        t("Or bring choices that were saved on another machine"), type=["json"], max_upload_size=MOST_BYTES // 1_000_000, key="recipe_file"
    )
    if file is not None and file.file_id != st.session_state.get("taken_recipe"):
        with show_errors():
            keep(state.workspace(), from_file(file.getvalue()))
            st.session_state["taken_recipe"] = file.file_id
            st.rerun()


def _use(project: Project, one: Recipe, columns: list[str]) -> None:
    before = state.workspace().project(project.id).draft
    preparing.change(project, lambda draft: apply(one, draft, columns))
    st.session_state[_used(project)] = {"name": one.name, "before": before, "after": state.workspace().project(project.id).draft}
    mapped.draw_anew(project)


def _leave(project: Project) -> None:
    used = st.session_state.pop(_used(project))
    preparing.change(project, lambda draft: Draft.from_dict(used["before"]))
    mapped.draw_anew(project)


def _forget(name: str) -> None:
    forget(state.workspace(), name)


def _used(project: Project) -> str:
    return f"recipe_used_{project.id}"


def _short(one: Recipe) -> str:
    return sha256(one.name.encode("utf-8", "replace")).hexdigest()[:8]
