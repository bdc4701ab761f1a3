"""Where the rows come from: a project of before, an uploaded file, a pasted table or one of the examples that ship."""

from pathlib import Path
from typing import Any, Literal

import streamlit as st

from core.base.errors import EmptyFile
from core.io.workspace import Project
from core.prepare.samples import MESSY, Sample, samples
from core.prepare.work import SMALL_BYTES
from pages.ui import folder, former, preparing, reading, state, story
from pages.ui.names import told_apart
from pages.ui.parts import larger_file, show_errors
from pages.ui.steps import done_steps, go, next_step, step
from pages.ui.text import Raw, day, escape, t, tn

MOST_MB = 200
RECENT = 3
_ICONS = {"bank_support": "account_balance", "marv": "sentiment_very_dissatisfied", "sensor_advice": "electric_meter"}


def choose() -> None:
    """The start: go on where one left off, bring a file, or take one of the examples."""
    _recent()
    with st.container(border=True):
        st.header(t("Your own file"), anchor=False)
        st.markdown(
            t(
                "A table with a column of questions and one or more columns of answers, or a file of conversations: "
                "Excel, CSV, JSON, Parquet, or a zip of one of these."
            )
        )
        _upload(None)
        _from_folder(None)
        _paste(None)
    st.header(t("Or begin with an example"), anchor=False)
    st.markdown(t("Each one takes you through all six steps, says what happens, and asks you to type nothing."))
    with st.grid(3, min_column_width=250):
        for one in samples().values():
            if not one.messy:
                # what is said on top, what is clicked at the foot: the buttons of the cards stand in one line
                with st.container(border=True, height="stretch", vertical_alignment="distribute"):
                    _example(one)


def _example(one: Sample) -> None:
    with st.container():
        st.markdown(f":material/{_ICONS[one.id]}: **{story.title(one.id)}**")
        st.markdown(story.about(one.id))
    with st.container():
        st.badge(story.lasts(one.id), icon=":material/schedule:", color="gray")
        _open_buttons(one)


def _open_buttons(one: Sample) -> None:
    button = {
        "bank_support": t("Use the bank example"),
        "marv": t("Use the Marv example"),
        "sensor_advice": t("Use the sensor example"),
    }
    # the one that ends with a score is the first choice of whoever has no wish of their own
    main: Literal["primary", "secondary"] = "primary" if one.id == "bank_support" else "secondary"
    if st.button(button[one.id], type=main, icon=":material/play_arrow:", key=f"example_{one.id}", width="stretch"):
        _open_example(one.id)
    if st.button(
        t("See what goes wrong"),
        type="tertiary",
        icon=":material/bug_report:",
        key=f"example_{one.id}{MESSY}",
        help=story.goes_wrong(one.id),
    ):
        _open_example(one.id + MESSY)


def _open_example(name: str) -> None:
    one = samples()[name]
    with show_errors():
        _take(one.read(), one.file, None, example=one)


def _recent() -> None:
    """The projects that were worked on last, one click away."""
    ws = state.workspace()
    projects = ws.projects()
    names = told_apart({p.id: p.name for p in reversed(projects)})
    latest = sorted(projects, key=lambda p: p.updated_at, reverse=True)[:RECENT]
    if not latest:
        return
    st.header(t("Go on where you left off"), anchor=False)
    with st.grid(3, min_column_width=250):
        for project in latest:
            with st.container(border=True, height="stretch", vertical_alignment="distribute"):
                following = step(next_step(done_steps(project, ws)))
                with st.container():
                    st.markdown(f":material/history: **{escape(names[project.id])}**")
                    st.caption(t("Last worked on: {day}", day=Raw(day(project.updated_at.date()))))
                    st.badge(t("Next: {step}", step=following.title), icon=":material/arrow_forward:", color="green")
                if st.button(t("Open this project"), icon=":material/folder_open:", key=f"recent_{project.id}", width="stretch"):
                    state.open_project(project.id)
                    go(following.key)


def show(project: Project, shown: dict[str, Any]) -> None:
    """The file in use, how it was read, its first rows, and a way to replace it."""
    source = shown["source"]
    size = (
        tn("{name} – {n} row, columns: {columns}", "{name} – {n} rows, columns: {columns}", source["rows"], **_facts(project, source))
        if source["kind"] == "table"
        else tn("{name} – {n} conversation", "{name} – {n} conversations", source["rows"], **_facts(project, source))
    )
    st.markdown(f":material/description: {size}")
    reading.show(project, source)
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
        _from_folder(project)
        _paste(project)


def _upload(project: Project | None) -> None:
    file = st.file_uploader(
        t("Choose a file"), max_upload_size=MOST_MB, key=f"upload_{project.id if project else 'new'}", label_visibility="collapsed"
    )
    larger_file()
    taken = st.session_state.get("taken_upload")
    if file is not None and file.file_id != taken:
        with show_errors():
            _take(file.getvalue(), file.name, project, upload_id=file.file_id)


def _from_folder(project: Project | None) -> None:
    taken = folder.choose(project.id if project else "new")
    if taken is not None:
        with show_errors():
            if taken["bytes"] <= SMALL_BYTES:
                preparing.try_file(state.workspace().read_file(taken["sha"]), taken["name"])
            _use(taken["sha"], taken["name"], project)


def _paste(project: Project | None) -> None:
    with st.expander(t("Or paste a table"), icon=":material/content_paste:"):
        key = project.id if project else "new"
        text = st.text_area(t("Rows copied from a spreadsheet, the column names first"), key=f"paste_{key}", height=120)
        if st.button(t("Use these rows"), key=f"use_paste_{key}"):
            with show_errors():
                if not text.strip():
                    raise EmptyFile()
                _take(text.encode(), t("pasted rows"), project)


def _take(data: bytes, name: str, project: Project | None, *, example: Sample | None = None, upload_id: str | None = None) -> None:
    preparing.try_file(data, name)
    _use(state.workspace().put_file(data, name, now=state.now()).sha256, name, project, example=example, upload_id=upload_id)


def _use(sha: str, name: str, project: Project | None, *, example: Sample | None = None, upload_id: str | None = None) -> None:
    """Make a stored file the source of the project, or of a new one."""
    ws, now = state.workspace(), state.now()
    if project is not None:
        former.remember(project)
    if project is None:
        where = state.chosen_connection()
        called = story.title(example.id) if example else Path(name).stem[:80] or name[:80]
        project = ws.create_project(called, now=now, connection_id=where.id)
        if where.asks_address:
            ws.update_project(project.id, now, base_url=where.base_url)
    # another file in a project made from an example makes it a project of the user's own
    draft = example.draft.to_dict() if example else {}
    ws.update_project(project.id, now, source=sha, source_name=name, draft=draft, example=example.id if example else None)
    if upload_id is not None:
        st.session_state["taken_upload"] = upload_id
    state.open_project(project.id)
    st.rerun()
