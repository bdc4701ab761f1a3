"""The file that a project had before the one in use: a large file is tried only after it has taken the place of the other."""

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from core.io.workspace import Project
from core.prepare.draft import Draft
from pages.ui import state
from pages.ui.text import t


@dataclass(frozen=True)
class _Former:
    """What `update_project` needs to bring the file back with all that was chosen for it."""

    source: str
    source_name: str
    draft: dict[str, Any]
    example: str | None


def remember(project: Project) -> None:
    """Keep the file in use and its choices; for the moment before another one takes its place."""
    if project.source:
        kept = _Former(project.source, project.source_name, project.draft, project.example)
        own_test = Draft.from_dict(project.draft).own_test
        state.workspace().hold_file(project.id, "former", project.source)
        state.workspace().hold_file(project.id, "former_own_test", own_test.sha if own_test else None)
        state.workspace().set_setting(_place(project), asdict(kept))


def offer(project: Project) -> None:
    """A button that brings the former file back, where there is one."""
    kept = state.workspace().get_setting(_place(project))
    if kept and kept["source"] != project.source:
        st.button(
            t("Go back to {file}", file=kept["source_name"]),
            icon=":material/undo:",
            key=f"former_{project.id}",
            on_click=_bring_back,
            args=(project,),
        )


def _bring_back(project: Project) -> None:
    former = state.workspace().get_setting(_place(project))
    own_test = Draft.from_dict(former["draft"]).own_test
    state.workspace().hold_file(project.id, "own_test", own_test.sha if own_test else None)
    remember(project)
    state.workspace().update_project(project.id, state.now(), **former)


def _place(project: Project) -> str:
    return f"former/{project.id}/file"
