"""Where the rows come from: an uploaded file, a pasted table or the example that ships."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.base.errors import EmptyFile
from core.base.types import Reason
from core.io.workspace import Project
from pages.ui import preparing, state
from pages.ui.parts import show_errors
from pages.ui.sentences import say
from pages.ui.text import Raw, escape, t, tn

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
MOST_MB = 200
RECENT = 3


def choose() -> None:
    """The start: bring a file, or take the example."""
    upload, example = st.columns([3, 2], gap="medium")
    with upload.container(border=True, height="stretch"):
        st.subheader(t("Your own file"), anchor=False)
        st.markdown(
            t(
                "A table with a column of questions and one or more columns of answers, or conversations (JSONL). "
                "From Excel: save it as CSV first."
            )
        )
        _upload(None)
        _paste(None)
    with example.container(border=True, height="stretch"):
        st.subheader(t("An example to start with"), anchor=False)
        st.markdown(
            t(
                "Bank support: customers' questions, each sorted into a top and a sub category. "
                "From here to a scored model takes about five minutes."
            )
        )
        if st.button(t("Use the bank support example"), type="primary", icon=":material/account_balance:", key="example_bank"):
            with show_errors():
                _take(
                    (SAMPLES / "bank_support.csv").read_bytes(), "bank_support.csv", None, example="bank_support", title=t("Bank support")
                )


def recent() -> None:
    """The projects that were worked on last, one click away."""
    latest = sorted(state.workspace().projects(), key=lambda p: p.updated_at, reverse=True)[:RECENT]
    if not latest:
        return
    st.caption(t("Or go on with:"))
    with st.container(horizontal=True, gap="small"):
        for project in latest:
            if st.button(escape(project.name), icon=":material/history:", key=f"recent_{project.id}"):
                state.open_project(project.id)
                st.rerun()


def show(project: Project, shown: dict[str, Any]) -> None:
    """The file in use, how it was read, its first rows, and a way to replace it."""
    source = shown["source"]
    how = ", ".join(say(Reason(d["code"], d["params"])) for d in source["decisions"])
    size = (
        tn("{name} – {n} row, columns: {columns}", "{name} – {n} rows, columns: {columns}", source["rows"], **_facts(project, source))
        if source["kind"] == "table"
        else tn("{name} – {n} conversation", "{name} – {n} conversations", source["rows"], **_facts(project, source))
    )
    st.markdown(f":material/description: {size}")
    if how:
        st.caption(t("How it was read: {how}.", how=Raw(how)))
    if source["preview"]:
        import pandas as pd

        names = [column["name"] for column in source["columns"]]
        with st.expander(t("Look at the first rows"), icon=":material/table_rows:", on_change="rerun", key=f"rows_{project.id}") as box:
            if box.open:
                frame = pd.DataFrame(
                    [line["cells"] for line in source["preview"]], columns=names, index=[line["row"] for line in source["preview"]]
                )
                st.dataframe(frame, key=f"preview_{project.id}")
    replace(project, expanded=False)


def _facts(project: Project, source: dict[str, Any]) -> dict[str, Any]:
    return {"name": Raw(f"**{escape(project.source_name)}**"), "columns": len(source["columns"])}


def replace(project: Project, *, expanded: bool = True) -> None:
    """Take another file into the same project."""
    with st.expander(t("Use another file in this project"), icon=":material/swap_horiz:", expanded=expanded):
        _upload(project)
        _paste(project)


def _upload(project: Project | None) -> None:
    file = st.file_uploader(
        t("Choose a file"), max_upload_size=MOST_MB, key=f"upload_{project.id if project else 'new'}", label_visibility="collapsed"
    )
    taken = st.session_state.get("taken_upload")
    if file is not None and file.file_id != taken:
        with show_errors():
            _take(file.getvalue(), file.name, project, upload_id=file.file_id)


def _paste(project: Project | None) -> None:
    with st.expander(t("Or paste a table"), icon=":material/content_paste:"):
        key = project.id if project else "new"
        text = st.text_area(t("Rows copied from a spreadsheet, the column names first"), key=f"paste_{key}", height=120)
        if st.button(t("Use these rows"), key=f"use_paste_{key}"):
            with show_errors():
                if not text.strip():
                    raise EmptyFile()
                _take(text.encode(), t("pasted rows"), project)


def _take(
    data: bytes, name: str, project: Project | None, *, example: str | None = None, title: str | None = None, upload_id: str | None = None
) -> None:
    preparing.try_file(data, name)
    ws, now = state.workspace(), state.now()
    stored = ws.put_file(data, name, now=now)
    if project is None:
        where = state.chosen_connection()
        project = ws.create_project(title or Path(name).stem[:80] or name[:80], now=now, example=example, connection_id=where.id)
        if where.id == state.CUSTOM:
            ws.update_project(project.id, now, base_url=where.base_url)
    ws.update_project(project.id, now, source=stored.sha256, source_name=name, draft={})
    if upload_id is not None:
        st.session_state["taken_upload"] = upload_id
    state.open_project(project.id)
    st.rerun()
