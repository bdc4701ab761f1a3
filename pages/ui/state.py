"""What the pages carry between them: the open project, its connection and the client, kept in the session, the URL and the workspace.

The session is the quick copy, `?project=` survives a refresh and can be shared, the workspace survives everything.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from core.base.errors import BadSetting, NeedsKey, NotInWorkspace
from core.io import keys, local_engine, openai_calls
from core.io.connections import Connection, connection, connections
from core.io.workspace import Project, Workspace, open_workspace, workspace_home
from core.monitor.watch import GONE

PROJECT = "project"
TYPED_KEYS = "typed_keys"
CONNECTION = "connection_id"
BASE_URL = "custom_base_url"
ADDRESSES = "addresses"
CUSTOM = "custom"


def now() -> datetime:
    """The time, in one place, so that core gets it as an argument."""
    return datetime.now(UTC)


@st.cache_resource(show_spinner=False)
def _open(home: str) -> Workspace:
    return open_workspace(Path(home))


def workspace() -> Workspace:
    """The workspace of this machine, opened once per server."""
    return _open(str(workspace_home(os.environ)))


def enter() -> Project | None:
    """Settle at the start of a run which project is open: the URL wins, then the session; the URL is then made to say it."""
    wanted = st.query_params.get(PROJECT) or st.session_state.get(PROJECT)
    if not wanted:
        return None
    try:
        project = workspace().project(wanted)
    except NotInWorkspace:
        close_project()
        raise
    st.session_state[PROJECT] = project.id
    st.query_params[PROJECT] = project.id
    return project


def project() -> Project | None:
    """The open project, fresh from the workspace, or None."""
    wanted = st.session_state.get(PROJECT)
    return workspace().project(wanted) if wanted else None


def open_project(project_id: str) -> None:
    """Make a project the open one."""
    st.session_state[PROJECT] = project_id
    st.query_params[PROJECT] = project_id


def close_project() -> None:
    """Leave the open project; nothing is deleted."""
    st.session_state.pop(PROJECT, None)
    st.query_params.pop(PROJECT, None)


def change_project(**fields: Any) -> None:
    """Keep new values of the open project's fields."""
    if wanted := st.session_state.get(PROJECT):
        workspace().update_project(wanted, now=now(), **fields)


def chosen_connection() -> Connection:
    """The connection of the open project, else the one chosen in this session, else this machine."""
    open_one = project()
    chosen = open_one.connection_id if open_one else st.session_state.get(CONNECTION, connections()[0].id)
    try:
        found = connection(chosen)
    except BadSetting:  # stored by another version; the sidebar must be there to choose anew
        return connections()[0]
    try:
        return connection(chosen, base_url=custom_address()) if found.asks_address else found
    except BadSetting:  # the address that was typed is that of another connection
        return found


def choose_connection(connection_id: str) -> None:
    """Keep the choice of connection for the open project and for new ones of this session; each keeps the address that was typed for it."""
    open_one = project()
    before = open_one.connection_id if open_one else st.session_state.get(CONNECTION, connections()[0].id)
    address = _exchange(before, connection_id, custom_address())
    st.session_state[CONNECTION] = connection_id
    st.session_state[BASE_URL] = address
    change_project(connection_id=connection_id, base_url=address)


def _exchange(before: str, after: str, address: str | None) -> str | None:
    """Put the address of the connection that is left away, and give that of the one that is chosen."""
    asks = {one.id for one in connections() if one.asks_address}
    open_one = st.session_state.get(PROJECT)
    kept = workspace().get_setting(f"addresses/{open_one}/", {}) if open_one else st.session_state.get(ADDRESSES, {})
    if before in asks and before != after:
        kept = kept | {before: address}
        if open_one:
            workspace().set_setting(f"addresses/{open_one}/", kept)
        else:
            st.session_state[ADDRESSES] = kept
    # what a project holds that was never left by this way is the address of its last one
    return kept.get(after) if after in asks and kept else address


def connection_box() -> str:
    """The key of the sidebar's box of connections: one for each project."""
    return f"connection_{st.session_state.get(PROJECT, '')}"


def go_over(connection_id: str) -> None:
    """Choose a connection by another way than the sidebar's box; for a callback."""
    choose_connection(connection_id)
    st.session_state[connection_box()] = connection_id  # the box would go on showing what was last chosen in it


def custom_address() -> str | None:
    """The address that was typed for the open project's server, if one was."""
    open_one = project()
    return open_one.base_url if open_one else st.session_state.get(BASE_URL)


def set_custom_address(typed: str) -> None:
    """Keep the address of the chosen connection's server, in its plain form; raises BadSetting for one that must not be used."""
    where = connection(chosen_connection().id, base_url=typed)
    st.session_state[BASE_URL] = where.base_url
    change_project(base_url=where.base_url)
    # a job is known by its server's origin; the path of the address is looked up here even when the project has moved on
    workspace().set_setting(f"address {where.origin}", where.base_url)


def connection_at(connection_id: str, origin: str) -> Connection:
    """The connection that something was made on, wherever the project is now."""
    found = connection(connection_id)
    return connection(connection_id, base_url=workspace().get_setting(f"address {origin}", origin)) if found.asks_address else found


def remember_key(where: Connection, key: str) -> None:
    """Keep a typed key in this session only, bound to the connection's host."""
    st.session_state[TYPED_KEYS] = keys.keep_key(st.session_state.get(TYPED_KEYS, {}), where, key)


def key_for(where: Connection) -> str | None:
    """The key for a connection: typed in this session, else from the environment, else from secrets.toml."""
    return keys.find_key(where, st.session_state.get(TYPED_KEYS, {}), os.environ, _secrets())


def key_source(where: Connection) -> keys.KeySource | None:
    """Where that key came from, for the page to name."""
    return keys.key_source(where, st.session_state.get(TYPED_KEYS, {}), os.environ, _secrets())


def _secrets() -> dict[str, Any]:
    try:
        return dict(st.secrets)
    except FileNotFoundError:  # StreamlitSecretNotFoundError is one: no secrets file exists
        return {}


def engine_home() -> Path:
    """Where the local engine of this workspace keeps its things."""
    return workspace_home(os.environ)


@st.cache_resource(show_spinner=False)
def _keep_alive(home: str) -> local_engine.KeepAlive:
    beat = local_engine.KeepAlive(Path(home))
    beat.start()
    return beat


@st.cache_resource(show_spinner=False, max_entries=8)
def _client(where: Connection, key: str) -> openai_calls.Client:
    # the key is an argument, so that one session's client can never be handed to a session with another key
    return openai_calls.make_client(where, key)


def client(where: Connection | None = None) -> openai_calls.Client:
    """A client for a connection (the chosen one unless named); starts the local engine on first use. Raises NeedsKey, EngineError."""
    where = where or chosen_connection()
    if where.local:
        address = local_engine.ensure_engine(engine_home())
        _keep_alive(str(engine_home()))
        return _client(connection(where.id, base_url=address.base_url), address.token)
    if lacks_key(where):
        raise NeedsKey(host=where.host)
    return _client(where, key_for(where) or "")


def lacks_key(where: Connection) -> bool:
    """Whether nothing can be asked there before a key is typed."""
    return where.needs_key and not where.key_optional and not key_for(where)


def is_busy(project_id: str) -> bool:
    """Whether the project has a training that goes on, or may: deleting its record would leave it running and billed unseen."""
    return any(
        job.state in ("creating", "uncertain") or (job.snapshot is not None and not job.snapshot.status.is_terminal)
        for job in workspace().jobs(project_id)
        if not (job.snapshot is not None and job.snapshot.raw_status == GONE)
    )


def mark_done(step: str) -> None:
    """Remember that a step without a record of its own (Estimate, Playground) was done in the open project."""
    wanted = st.session_state.get(PROJECT)
    if wanted and step not in marked_done(wanted):
        workspace().set_setting(f"done/{wanted}/", sorted({*marked_done(wanted), step}))


def marked_done(project_id: str) -> list[str]:
    """The steps that were marked as done."""
    return list(workspace().get_setting(f"done/{project_id}/", []))
