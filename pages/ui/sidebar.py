"""The sidebar below the steps: which project, which connection, which key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from core.base.errors import TunesmithError
from core.io.connections import Connection, connections
from core.io.keys import mask
from core.io.workspace import Project
from pages.ui import languages, state
from pages.ui.names import told_apart
from pages.ui.parts import show_error, show_errors
from pages.ui.text import Raw, t

ASSETS = Path(__file__).parent / "assets"
ICON = str(ASSETS / "icon.svg")
LOGO = str(ASSETS / "logo.svg")
NEW = ""


def draw(project: Project | None) -> None:
    """Draw project, connection and key; changes are kept at once."""
    with st.sidebar:
        _project(project)
        _connection()
        where = state.chosen_connection()
        if where.local:
            st.caption(t("Everything stays on this machine unless you choose another connection."))
        elif where.host:
            st.caption(t("What you train or ask goes to {host}, after you have agreed on the page.", host=where.host))
        languages.choose()


def _project(project: Project | None) -> None:
    projects = state.workspace().projects()
    if not projects:
        return
    names = told_apart({NEW: t("New project"), **{p.id: p.name for p in reversed(projects)}})
    ids = [NEW, *(p.id for p in projects)]
    # the names belong to the key: a box that is kept would go on showing the old name of a renamed project
    key = f"open_project_{project.id if project else NEW}_{hash(tuple(names.values()))}"
    st.selectbox(
        t("Project"),
        ids,
        index=ids.index(project.id) if project else 0,
        format_func=names.__getitem__,
        key=key,
        on_change=_switch_project,
        args=(key,),
    )
    if project is not None:
        with st.popover(t("Rename or delete"), icon=":material/edit:", width="stretch"):
            st.text_input(t("Name"), value=project.name, key=f"rename_{project.id}", on_change=_rename, args=(project.id,), max_chars=80)
            busy = state.is_busy(project.id)
            if busy:
                st.caption(t("A training of this project is not over. Cancel it in Monitor before you delete the project."))
            sure = st.checkbox(t("Delete this project and its files from this machine"), key=f"sure_{project.id}", disabled=busy)
            st.button(
                t("Delete"),
                disabled=not sure or busy,
                icon=":material/delete:",
                key=f"delete_{project.id}",
                on_click=_delete,
                args=(project.id,),
            )


def _switch_project(key: str) -> None:
    chosen = st.session_state[key]
    if chosen == NEW:
        state.close_project()
    else:
        state.open_project(chosen)


def _rename(project_id: str) -> None:
    if name := st.session_state[f"rename_{project_id}"].strip():
        state.workspace().update_project(project_id, now=state.now(), name=name)


def _delete(project_id: str) -> None:
    state.workspace().delete_project(project_id)
    state.close_project()


def _connection() -> None:
    offered = {c.id: c for c in connections()}
    current = state.chosen_connection()
    key = state.connection_box()
    st.selectbox(
        t("Train and answer with"),
        list(offered),
        index=list(offered).index(current.id),
        format_func=lambda i: t(offered[i].name),
        key=key,
        on_change=lambda: state.choose_connection(st.session_state[key]),
        help=t("Where the training happens. “This machine” needs no key and sends nothing anywhere."),
    )
    if current.needs:
        st.caption(t(current.needs))
    if current.asks_address:
        _field(
            t("Address of the server"),
            address_box(current),
            state.set_custom_address,
            value=current.base_url or "",
            placeholder=f"https://{current.hosts[0].replace('*', '…')}/openai/v1" if current.hosts else "https://…/v1",
        )
    if current.needs_key and current.base_url:
        key_field(current)


def address_box(current: Connection) -> str:
    """The key of the field for a connection's address: one for each connection of each project."""
    return f"address_{current.id}_{st.session_state.get(state.PROJECT, NEW)}"


def key_field(current: Connection, place: str = "") -> None:
    """Ask for the key of a connection; `place` is where on a page, beside the sidebar's own field."""
    with show_errors():
        known = state.key_for(current)
        _field(
            t("API key for {host}", host=Raw(current.host)),
            f"key_{current.origin}{place}",
            lambda key: state.remember_key(current, key),
            type="password",
            live="1s",  # Tab leads from it to its own eye, which Streamlit takes for no leaving: what was typed would never be kept
            placeholder=mask(known) if known else "",
            help=t("Kept in this browser session only, sent to this host only, never stored."),
        )
        if known:
            source = {"typed": t("typed in this session"), "environment": t("from the environment"), "secrets": t("from secrets.toml")}
            st.caption(t("A key is set ({key}), {place}.", key=mask(known), place=Raw(source.get(state.key_source(current) or "", ""))))


def _field(label: str, key: str, keep: Callable[[str], None], **how: Any) -> None:
    """A text field whose value is kept when it changes; what is wrong with it stands below until it is changed again."""

    def changed() -> None:
        try:
            keep(st.session_state[key].strip())
            st.session_state.pop(f"problem_{key}", None)
        except TunesmithError as problem:  # a callback has no page to draw on
            st.session_state[f"problem_{key}"] = problem

    st.text_input(label, key=key, on_change=changed, **how)
    if problem := st.session_state.get(f"problem_{key}"):
        show_error(problem)
