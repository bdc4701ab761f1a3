"""A file from the folder that whoever set up this machine has named for large files."""

import os
from typing import Any

import streamlit as st

from core.prepare.folder import folder_of, offered
from pages.ui import state, work
from pages.ui.text import Raw, number, t

_TAKING = "taking_from_folder"


def choose(key: str) -> dict[str, Any] | None:
    """Offer the folder's files, where there is a folder; the one that was taken (sha, name, bytes) once it is copied, else None."""
    folder = folder_of(os.environ)
    if folder is None:
        return None
    wanted = st.session_state.get(_TAKING, {}).get(key)
    with st.expander(t("Or take a large file from the folder of this machine"), icon=":material/folder_open:", expanded=wanted is not None):
        files = {one.name: one for one in offered(folder)}
        if not files:
            st.markdown(t("There is no file in it that can be read."))
            return None
        name = st.selectbox(
            t("File"),
            list(files),
            index=None,
            format_func=lambda name: t("{name} ({size} MB)", name=Raw(name), size=Raw(number(files[name].bytes / 1e6, 1))),
            placeholder=t("Choose a file"),
            key=f"folder_file_{key}",
        )
        if st.button(t("Use this file"), key=f"use_folder_{key}", disabled=name is None) and name is not None:
            # each click copies anew: the file may have changed, and its last copy may have gone with a deleted project
            wanted = {"name": name, "asked": state.now().timestamp()}
            st.session_state[_TAKING] = {key: wanted}
        return None if wanted is None else _copied(wanted)


def _copied(wanted: dict[str, Any]) -> dict[str, Any] | None:
    found: dict[str, Any] | None = work.result("core.prepare.folder:take", wanted, t("Copying the file…"))
    if found is not None:
        st.session_state.pop(_TAKING, None)
    return found
