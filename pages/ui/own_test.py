"""The user's own test file: brought, looked at for rows that the training contains, and taken away again."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.io.workspace import Project
from core.prepare.draft import Draft, OwnTest
from core.prepare.prepared import finding_from_json
from core.prepare.reading import read_table
from pages.ui import preparing, reading, state
from pages.ui.new_rows import TYPES
from pages.ui.parts import show_errors
from pages.ui.sentences import title
from pages.ui.text import number, t

MOST_MB = 20


def show(project: Project, shown: dict[str, Any], draft: Draft) -> None:
    """The file in use with what the training has seen of it, or the way to bring one."""
    st.markdown(t("**A test file of your own.** Its rows are the test, and none of the others are taken for it."))
    if draft.own_test is None:
        file = st.file_uploader(
            t("File with test rows, in the same columns"), type=TYPES, max_upload_size=MOST_MB, key=f"own_test_{project.id}"
        )
        if file is not None and file.file_id != st.session_state.get("taken_own_test"):
            with show_errors():
                _take(project, file.getvalue(), file.name)
                st.session_state["taken_own_test"] = file.file_id
                st.rerun()
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("In use: {name}", name=draft.own_test.name), width="content")
        st.button(
            t("Take the test file away"), icon=":material/delete:", key=f"drop_own_test_{project.id}", on_click=_drop, args=(project,)
        )
    seen = next((found for found in shown["findings"] if found["code"] == "test_rows_seen"), None)
    if seen is not None:
        st.warning(
            t(
                "Also in the training: {seen} of its {tested} questions. The repair is among the checks above.",
                seen=number(seen["params"]["seen"]),
                tested=number(seen["params"]["tested"]),
            ),
            icon=":material/warning:",
        )
    elif wrong := [found for found in shown["findings"] if found["code"].startswith("own_test") and found["severity"] == "error"]:
        st.error(title(finding_from_json(wrong[0])), icon=":material/error:")
    else:
        st.success(t("None of its questions stand in the training."), icon=":material/check_circle:")


def _take(project: Project, data: bytes, name: str) -> None:
    read_table(data, name)  # what cannot be read is refused here, in words, before anything else changes
    stored = state.workspace().put_file(data, name, now=state.now())
    preparing.change(project, lambda now: replace(now, own_test=OwnTest(stored.sha256, name)))
    reading.hold_test_files(project)


def _drop(project: Project) -> None:
    preparing.change(project, lambda draft: replace(draft, own_test=None))
    reading.hold_test_files(project)
    state.workspace().sweep()
