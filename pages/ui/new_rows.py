"""Answers for a whole file: the trained model asked every row, shown as a table and taken away as CSV."""

import hashlib
from collections import abc
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.base.answers import AnswerShape
from core.base.export import safe_csv
from core.base.replies import Prediction
from core.base.types import Example
from core.compare.rows import shape_of
from core.compare.run import Candidate, find
from core.compare.run import start as start_run
from core.compare.table import marks
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset, Project, Run
from core.prepare.mapping import Mapping
from core.prepare.new_rows import NewRows, new_rows
from pages.ui import consent, costs, recalled, results, runs, state
from pages.ui.parts import larger_file, show_errors
from pages.ui.text import t, tn

LISTED = 30
TextByRow = abc.Mapping[int, str]
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
        if which == "test":
            run = find(state.workspace().runs(project.id), candidate, dataset.id, rows)
            if run is None:
                run = _ask(project, candidate, where, base, dataset, rows, dataset.id)
            name = dataset.source_name
        else:
            run, name = _of_file(project, dataset, candidate, where, base)
        if run is not None:
            # a conversation of the test rows is asked with its own system prompt, a row of a file with that of the training
            systems = {row.row: row.system for row in rows} if which == "test" else {}
            _answers(run, name, dataset, candidate, where, systems, watched=run.id in shown)


@st.cache_resource(show_spinner=False, max_entries=2)
def _read(sha: str, _data: bytes, name: str, _mapping: Mapping | None, dataset_id: str, system_prompt: str) -> NewRows:
    return new_rows(_data, name, _mapping, system_prompt)


def _of_file(project: Project, dataset: Dataset, candidate: Candidate, where: Connection, base: BaseModel) -> tuple[Run | None, str]:
    """The run over the file that is chosen now, or over the one of before; None where it is not begun."""
    place = f"new_rows/{project.id}/{dataset.id}/{candidate.model}"
    st.markdown(
        t(
            "The file needs the same question columns as your data; its answers may be blank or left out. "
            "Each row is asked with the system prompt of the training."
        )
    )
    file = st.file_uploader(t("File with new rows"), type=TYPES, max_upload_size=MOST_MB, key=f"new_rows_{candidate.model}")
    larger_file()
    kept: dict[str, Any] = state.workspace().get_setting(place) or {}
    run = next((run for run in state.workspace().runs(project.id) if run.id == kept.get("run")), None)
    if file is None:
        return run, str(kept.get("name", ""))
    data = file.getvalue()
    sha = hashlib.sha256(data).hexdigest()
    if run is not None and sha == kept.get("sha256"):
        return run, file.name
    mapping = dataset.settings.get("mapping")
    found = _read(sha, data, file.name, Mapping.from_dict(mapping) if mapping else None, dataset.id, dataset.system_prompt)
    _told(found)
    run = _ask(project, candidate, where, base, dataset, found.examples[: runs.MOST_ROWS], None)
    if run is not None:
        state.workspace().set_setting(place, {"run": run.id, "name": file.name, "sha256": sha})
        st.rerun()
    return None, file.name


def _told(found: NewRows) -> None:
    """Say what the file holds, and what of it is not asked."""
    told = [tn("{n} row asks something.", "{n} rows ask something.", len(found.examples))]
    if found.columns:
        told.append(t("It is made of: {columns}.", columns=", ".join(found.columns)))
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


def _answers(run: Run, name: str, dataset: Dataset, candidate: Candidate, where: Connection, systems: TextByRow, *, watched: bool) -> None:
    working = not watched and runs.show_progress([run], where, {run.id: candidate.label})
    working = working or (watched and not state.workspace().progress(run.id).is_over)
    predictions = state.workspace().predictions(run.id)
    if not predictions:
        return
    shape = shape_of(dataset)
    st.markdown(t("Answers to {file}: {done} of {total} rows.", file=name, done=len(predictions), total=run.total))
    st.dataframe(_shown(predictions, shape), hide_index=True, key=f"answers_{run.id}", alt=t("Every row of the file with its answer."))
    if not working:
        made = (run.finished_at or run.created_at).isoformat()
        st.download_button(
            t("Download the answers (CSV)"),
            data=lambda: safe_csv(answers_table(predictions, dataset, systems, run, name, made)),
            file_name="answers.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"download_{run.id}",
        )


def _shown(predictions: Sequence[Prediction], shape: AnswerShape) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {t("Row"): [one.row for one in predictions], t("Question"): [one.question for one in predictions]}
    columns[t("Answer")] = [results.plain(recalled.spoken(one.answer or "", one.notes), shape) or one.error for one in predictions]
    if any(one.expected for one in predictions):
        columns[t("In the file")] = [results.plain(one.expected, shape) for one in predictions]
    foreign = [", ".join(map(str, one.notes.get("foreign", ()))) for one in predictions]
    if any(foreign):
        columns[t("Numbers of another reading")] = foreign
    return pd.DataFrame(columns)


def answers_table(predictions: Sequence[Prediction], dataset: Dataset, systems: TextByRow, run: Run, file: str, made: str) -> pd.DataFrame:
    """What is taken away: the input, the system prompt and the output of each row, what is known of it, and where it comes from."""
    prompts = [systems.get(one.row, dataset.system_prompt) for one in predictions]
    asked = [
        {"row": one.row, "input": one.question, "system_prompt": prompt, "output": one.answer, "note": one.error}
        for one, prompt in zip(predictions, prompts, strict=True)
    ]
    told = [marks(one.notes) | {"expected": one.expected} for one in predictions]
    lines = [line | more for line, more in zip(asked, told, strict=True)]
    # object columns: a blank cell must not turn whole numbers into decimals
    return pd.DataFrame(lines, dtype=object).assign(
        model=run.model, server=run.origin, file=file, trained_on=dataset.train_sha, answered_at=made
    )
