"""Answers for a whole file: the file, which rows of it the trained model is asked, and the run over them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.base.types import Example
from core.compare.answered_file import Own
from core.compare.run import Candidate, find
from core.compare.run import start as start_run
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset, Project, Run
from core.prepare.mapping import Mapping
from core.prepare.new_rows import NewRows, new_rows
from pages.ui import answered, consent, costs, runs, state
from pages.ui.answered import Asked
from pages.ui.parts import larger_file, show_errors
from pages.ui.text import t, tn, unescape

LISTED = 30
TYPES = ["csv", "tsv", "txt", "xlsx", "xlsm", "xlsb", "xls", "ods", "jsonl", "json", "parquet", "zip"]
MOST_MB = 20  # 2,000 rows of ten thousand characters each


def show(
    project: Project,
    dataset: Dataset,
    candidate: Candidate,
    where: Connection,
    base: BaseModel,
    rows: Sequence[Example],
    shown: frozenset[str],
) -> None:
    """Let the trained model answer the test rows (`rows`) or a file of the user's; `shown` names runs whose progress stands above."""
    st.header(t("Answers for a whole file"), anchor=False)
    st.markdown(t("Let the trained model answer many rows at once, and take the answers away as a table."))
    which = "file"
    if dataset.test_sha:
        names = {"file": t("A file of your own"), "test": t("The test rows")}
        chosen = st.segmented_control(
            t("Which rows?"),
            list(names),
            default="file",
            required=True,
            format_func=lambda one: names[one],
            key=f"which_rows_{project.id}",
            persist_state="session",
        )
        which = str(chosen)
    with show_errors():
        tested = find(state.workspace().runs(project.id), candidate, dataset.id, rows) if dataset.test_sha else None
        if which == "test":
            run = tested or _ask(project, candidate, where, base, dataset, rows, dataset.id)
            # a conversation of the test rows is asked with its own system prompt, a row of a file with that of the training
            systems = {row.row: row.system for row in rows}
            asked = Asked(run, dataset.source_name, systems=systems) if run is not None else None
        else:
            asked = _of_file(project, dataset, candidate, where, base)
        if asked is not None:
            asked = replace(asked, tested=tested, watched=asked.run.id in shown)
            answered.show(project, dataset, where, asked, candidate.label)


@st.cache_resource(show_spinner=False, max_entries=2)
def _read(sha: str, _data: Callable[[], bytes], name: str, _mapping: Mapping | None, dataset_id: str, system_prompt: str) -> NewRows:
    return new_rows(_data(), name, _mapping, system_prompt)


def _rows_of(dataset: Dataset, sha: str, name: str, data: Callable[[], bytes]) -> NewRows:
    mapping = dataset.settings.get("mapping")
    return _read(sha, data, name, Mapping.from_dict(mapping) if mapping else None, dataset.id, dataset.system_prompt)


def _of_file(project: Project, dataset: Dataset, candidate: Candidate, where: Connection, base: BaseModel) -> Asked | None:
    """The run over the file in use, which stays in use until it is taken away; None where there is none or it is not begun."""
    place = f"new_rows/{project.id}/{dataset.id}/{candidate.model}"
    st.markdown(
        t(
            "The file needs the same question columns as your data; its answers may be blank or left out. "
            "Each row is asked with the system prompt of the training."
        )
    )
    file = st.file_uploader(t("File with new rows"), type=TYPES, max_upload_size=MOST_MB, key=f"new_rows_{candidate.model}")
    larger_file()
    if file is not None and file.file_id != st.session_state.get(f"taken {place}"):
        _take(project, dataset, place, file.getvalue(), file.name)
        st.session_state[f"taken {place}"] = file.file_id
    kept: dict[str, Any] = state.workspace().get_setting(place) or {}
    if not kept:
        return None
    name, sha = str(kept.get("name", "")), str(kept.get("sha256", ""))
    run = next((run for run in state.workspace().runs(project.id) if run.id == kept.get("run")), None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("In use: {name}", name=name), width="content")
        away = t("Take the file away")
        st.button(away, icon=":material/delete:", key=f"drop_{sha[:12]}", on_click=_drop, args=(project, place))
    if not kept.get("held"):  # an older version kept the answers alone
        st.caption(t("Choose the file again to have its own columns beside the answers. Nothing is asked anew."))
        return Asked(run, name) if run is not None else None
    found = _rows_of(dataset, sha, name, lambda: state.workspace().read_file(sha))
    if run is None:
        _told(found)
        run = _ask(project, candidate, where, base, dataset, found.examples[: runs.MOST_ROWS], None)
        if run is not None:
            state.workspace().set_setting(place, {**kept, "run": run.id})
            st.rerun()
        return None
    return Asked(run, name, Own(found.table.columns, found.table.rows, found.table.numbers), _unasked(found))


def _take(project: Project, dataset: Dataset, place: str, data: bytes, name: str) -> None:
    """Put a file in use and keep it with the project, so that a refresh finds it; what cannot be read is refused before that."""
    ws, sha = state.workspace(), hashlib.sha256(data).hexdigest()
    _rows_of(dataset, sha, name, lambda: data)
    kept: dict[str, Any] = ws.get_setting(place) or {}
    ws.hold_file(project.id, place, ws.put_file(data, name, now=state.now()).sha256)
    same = {"run": kept["run"]} if kept.get("sha256") == sha and "run" in kept else {}
    ws.set_setting(place, {"name": name, "sha256": sha, "held": True, **same})
    ws.sweep()


def _drop(project: Project, place: str) -> None:
    state.workspace().set_setting(place, None)
    state.workspace().hold_file(project.id, place, None)
    state.workspace().sweep()


def _unasked(found: NewRows) -> dict[int, str]:
    """Why a row of the file has no answer, by row."""
    late = {row.row for row in found.examples[runs.MOST_ROWS :]}
    asked = {row.row for row in found.examples} - late
    others = [row for row in found.table.numbers if row not in asked]
    beyond = t("Not asked: at most {n} rows are answered at a time.", n=runs.MOST_ROWS)
    nothing = t("Not asked: it asks nothing, or belongs to the conversation of another row.")
    return {row: unescape(beyond if row in late else nothing) for row in others}


def _told(found: NewRows) -> None:
    """Say what the file holds, and what of it is not asked."""
    told = [tn("{n} row asks something.", "{n} rows ask something.", len(found.examples))]
    if found.columns:
        told.append(t("Each question is made of: {columns}.", columns=", ".join(found.columns)))
    if found.blank:
        told.append(tn("{n} row asks nothing and is left out.", "{n} rows ask nothing and are left out.", found.blank))
    st.markdown(" ".join(told))
    if found.unread:
        st.warning(
            tn(
                "{n} line cannot be read and is left out: {rows}. Mend it in a text editor and choose the file again.",
                "{n} lines cannot be read and are left out: {rows}. Mend them in a text editor and choose the file again.",
                len(found.unread),
                rows=", ".join(map(str, found.unread[:LISTED])) + ("…" if len(found.unread) > LISTED else ""),
            ),
            icon=":material/warning:",
        )
    if len(found.examples) > runs.MOST_ROWS:
        st.warning(
            t("At most {n} rows are answered at a time: the first ones. Split the file for the others.", n=runs.MOST_ROWS),
            icon=":material/content_cut:",
        )


def _ask(
    project: Project,
    candidate: Candidate,
    where: Connection,
    base: BaseModel,
    dataset: Dataset,
    rows: Sequence[Example],
    dataset_id: str | None,
) -> Run | None:
    """Offer to ask these rows; the run once that was clicked.

    Rows of a file are none of the data set's (`dataset_id` None), so that the comparison never takes their run for one of its two.
    """
    key = hashlib.sha256("\n".join(row.question for row in rows).encode("utf-8", "replace")).hexdigest()[:12]
    agreed = consent.ask_questions(where, key=f"rows_{key}", n=len(rows), usd=costs.answering(dataset, where, base, len(rows)))
    label = tn("Answer {n} row", "Answer {n} rows", len(rows))
    if not st.button(label, icon=":material/play_arrow:", disabled=not agreed, key=f"answer_rows_{key}"):
        return None
    run = start_run(state.workspace(), project.id, candidate, rows, now=state.now(), dataset_id=dataset_id)
    runs.go_on(run, where)
    if dataset_id is not None:
        st.rerun()
    return run
