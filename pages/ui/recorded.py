"""Answers recorded elsewhere: a file of them read, its columns mapped, matched to the test rows, and what does not fit said."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import streamlit as st

from core.base.answers import AnswerShape
from core.base.types import Example
from core.compare.candidate import Candidate
from core.compare.imported import Columns, Matched, guess, match
from core.compare.rows import shape_of
from core.compare.run import start
from core.io.workspace import Dataset, Project
from core.prepare.reading import read_table
from core.prepare.source import Source
from pages.ui import state
from pages.ui.new_rows import LISTED, MOST_MB, TYPES
from pages.ui.parts import larger_file, show_errors
from pages.ui.text import t, tn

Cells = Mapping[str, Sequence[str]]


def ask(project: Project, dataset: Dataset, rows: Sequence[Example]) -> dict[str, Any] | None:
    """Draw the way from a file to a candidate; what was taken, once that was said: `key`, `what` and `run`."""
    st.markdown(t("A file with the answers of any model to these test rows: one row each, with its row number or its question."))
    file = st.file_uploader(t("File with answers"), type=TYPES, max_upload_size=MOST_MB, key=f"recorded_{dataset.id}")
    larger_file()
    if file is None:
        return None
    with show_errors():
        data = file.getvalue()
        sha = hashlib.sha256(data).hexdigest()
        cells, numbers = _cells(_read(sha, data, file.name))
        shape = shape_of(dataset)
        columns = _columns(cells, shape, key=sha[:12])
        if columns is None:
            st.warning(t("This file needs at least two columns: one with the answers, one with the row number or the question."))
            return None
        found = match(cells, numbers, columns, rows, shape)
        _told(found, len(rows))
        name = st.text_input(t("Name of this model"), value=PurePath(file.name).stem, max_chars=60, key=f"recorded_name_{sha[:12]}").strip()
        ready = bool(found.found and name)
        if st.button(t("Take these answers"), icon=":material/group_add:", disabled=not ready, key=f"recorded_add_{sha[:12]}") and ready:
            return _take(project, dataset, rows, found, columns, name, sha)
    return None


def _take(
    project: Project, dataset: Dataset, rows: Sequence[Example], found: Matched, columns: Columns, name: str, sha: str
) -> dict[str, Any]:
    ws = state.workspace()
    settings = {"file": sha, "answer": list(columns.answer), "key": columns.key, "by": columns.by}
    candidate = Candidate("recorded", name, "recorded", "", name, settings)
    run = start(ws, project.id, candidate, rows, now=state.now(), dataset_id=dataset.id)
    ws.keep_answers(run.id, found.answers, error=t("The file has no answer for this row."), now=state.now())
    return {"what": "recorded", "run": run.id, "key": f"recorded {run.id}"}


@st.cache_resource(show_spinner=False, max_entries=2)
def _read(sha: str, _data: bytes, name: str) -> Source:
    return read_table(_data, name)


def _cells(source: Source) -> tuple[Cells, Sequence[int]]:
    """The columns of a table; conversations are a question and an answer each."""
    if source.table is not None:
        return {name: source.table.column(name) for name in source.table.columns}, source.table.numbers
    said = source.examples
    return {"question": [one.question for one in said], "answer": [one.answer for one in said]}, [one.row for one in said]


def _columns(cells: Cells, shape: AnswerShape, *, key: str) -> Columns | None:
    names = list(cells)
    first = guess(names, shape)
    if first is None:
        return None
    answers: dict[str, tuple[str, ...]] = {name: (name,) for name in names}
    if len(shape.fields) > 1 and set(shape.fields) <= set(names):
        answers = {t("One column for each: {names}", names=", ".join(shape.fields)): shape.fields, **answers}
    usual = next(at for at, columns in enumerate(answers.values()) if columns == first.answer)
    answer = st.selectbox(t("Column with the answers"), list(answers), index=usual, key=f"recorded_answer_{key}")
    by = st.selectbox(t("Column by which rows are matched"), names, index=names.index(first.key), key=f"recorded_key_{key}")
    kinds = {"row": t("Row number"), "question": t("Question")}
    chosen = st.segmented_control(
        t("That column holds the"),
        list(kinds),
        default=first.by,
        required=True,
        format_func=lambda one: kinds[one],
        key=f"recorded_by_{key}",
    )
    return Columns(answers[str(answer)], str(by), "row" if chosen == "row" else "question")


def _told(found: Matched, n: int) -> None:
    """How many rows have an answer, and every row that does not fit."""
    st.markdown(t("Test rows with an answer: {found} of {n}.", found=found.found, n=n))
    odd = (
        (found.missing, t("Without an answer in this file, and left out:")),
        (found.strangers, t("Rows of the file that no test row asks, and that are left out:")),
        (found.again, t("Rows of the file whose question had its answer already; the first one counts:")),
        (found.blank, t("Rows of the file without an answer:")),
    )
    for numbers, what in odd:
        if numbers:
            listed = ", ".join(map(str, numbers[:LISTED])) + ("…" if len(numbers) > LISTED else "")
            rows = tn("{n} row ({rows})", "{n} rows ({rows})", len(numbers), rows=listed)
            st.caption(f"{what} {rows}")
