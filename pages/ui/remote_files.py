"""The training files that lie at a connection, with what becomes of each and a way to delete them there."""

import streamlit as st

from core.io.connections import Connection
from core.io.workspace import Project
from core.train.remote_files import FileThere, files_there, remove_file
from core.train.start import training_name, validation_name
from pages.ui import state
from pages.ui.parts import page_of, show_errors
from pages.ui.text import Raw, escape, moment, number, t

PER_PAGE = 20


def offer(project: Project, where: Connection) -> None:
    """Offer the list; the server is asked when it is opened."""
    if state.lacks_key(where) or not (where.local or where.host):
        return
    host = t("this machine") if where.local else where.host
    with st.expander(t("Training files on {host}", host=host), icon=":material/folder_open:", key="remote_files", on_change="rerun") as box:
        if box.open:
            with show_errors():
                _list(project, where, host, files_there(state.workspace(), state.client(where), project.id))


def _list(project: Project, where: Connection, host: str, files: list[FileThere]) -> None:
    if not files:
        st.markdown(t("There are no training files on {host}.", host=host))
        return
    st.caption(t("Files stay on {host} until you delete them. A file that is needed again is sent again.", host=host))
    page = page_of(-(-len(files) // PER_PAGE), key="remote_files_page")
    for one in files[(page - 1) * PER_PAGE : page * PER_PAGE]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_about(project, one), width="stretch")
            if not one.in_use:
                _delete(where, host, one)


def size(n: int) -> str:
    """So many bytes in the unit that a reader would choose."""
    if n < 1e6:
        return t("{size} KB", size=Raw(number(max(0.1, n / 1e3), 1 if n < 1e4 else 0)))
    return t("{size} MB", size=Raw(number(n / 1e6, 1)))


def _what(project: Project, one: FileThere) -> list[str]:
    """What a file of this project is, by the names that it was sent under."""
    for dataset in state.workspace().datasets(project.id) if one.ours else ():
        version = Raw(number(dataset.version))
        for sha in filter(None, (dataset.train_sha, dataset.pairs_train_sha)):
            if one.file.name == training_name(sha):
                return [t("training rows of version {version}", version=version)]
        for sha in filter(None, (dataset.validation_sha, dataset.pairs_validation_sha)):
            if one.file.name == validation_name(sha):
                return [t("validation rows of version {version}", version=version)]
    return []


def _about(project: Project, one: FileThere) -> str:
    facts = [*_what(project, one), size(one.file.bytes)]
    if one.file.created_at is not None:
        facts.append(moment(one.file.created_at))
    if one.ours:
        facts.append(t("used by this project"))
    if one.in_use:
        facts.append(t("a training is reading it"))
    if one.file.status == "error":
        facts.append(t("could not be processed"))
    return f"{escape(one.file.name or one.file.id)}  \n:small[{' · '.join(facts)}]"


def _delete(where: Connection, host: str, one: FileThere) -> None:
    with st.popover(t("Delete"), icon=":material/delete:", key=f"delete_file_{one.file.id}"):
        st.markdown(t("{name} will be deleted on {host}. This cannot be undone there.", name=one.file.name or one.file.id, host=host))
        if st.button(t("Delete this file"), icon=":material/delete:", key=f"delete_file_now_{one.file.id}"):
            with show_errors():
                remove_file(state.workspace(), state.client(where), one.file.id)
                st.rerun()
