"""The rows behind a mistake, and the training rows that are worded like them: each label can be mended for a new version of the data."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.base.answers import AnswerShape, parse_answer, render_answer
from core.base.replies import Prediction
from core.base.similarity import Index
from core.base.types import Example
from core.compare.confusion import BETWEEN
from core.compare.rows import shape_of
from core.compare.score import WHOLE
from core.io.workspace import Dataset, Project
from core.prepare.draft import Draft
from core.prepare.rows import Line, edit, with_edits
from pages.ui import data, preparing
from pages.ui.long_text import in_a_cell
from pages.ui.names import class_name
from pages.ui.parts import go
from pages.ui.text import percent, t, tn

MOST_ROWS = 25  # of one mistake
CLOSEST = 3  # training rows for each of them
MOST_TRAINED = 10_000  # rows that are searched: some 2 s, once
_ROW, _QUESTION, _LABEL, _LIKE = 46, 170, 110, 58  # pixels: question and label stand side by side on a phone
_LINES = 72  # the height of a row: three lines of a question

Values = Mapping[str, str]
Cell = tuple[str, str | None]


def show(
    project: Project, dataset: Dataset, field: str, cell: Cell, rows: Sequence[int], predictions: Sequence[Prediction], *, key: str
) -> None:
    """Draw the test rows of a cell (expected, answered) and the training rows like them, to be mended where the label is what is wrong."""
    shape = shape_of(dataset)
    asked = {one.row: one for one in predictions if one.row in set(rows[:MOST_ROWS])}
    trained = data.examples(dataset, "train")
    labels = _labels(shape, field, [*(one.answer for one in trained), *(one.expected for one in predictions)])
    lines = _lines(project, dataset)
    answered = t("(no valid answer)") if cell[1] is None else class_name(cell[1])
    st.markdown(f"**{tn('The test row', 'The {n} test rows', len(rows))}**")
    test = [(one.row, one.question, one.expected, answered) for one in asked.values()]
    if dataset.split.get("own_test") or not dataset.test_sha:
        test_lines: Mapping[int, Line] = {}  # numbers of another file, or rows that are among the training rows below
    else:
        test_lines = lines
    steps = _table(test, t("Answered"), shape, field, labels, test_lines, key=f"{key}_test")
    if dataset.split.get("own_test"):
        st.caption(t("These rows are in your own test file: mend them there and give the file again in Prepare."))
    near = _closest(dataset, shape, field, cell, list(asked.values()), trained)
    if near:
        st.markdown(f"**{t('Training rows worded like them')}**")
        st.caption(t("A training row with the wrong label teaches the mistake. The share says how alike the words are."))
        steps += _table(near, t("Alike"), shape, field, labels, lines, key=f"{key}_train")
    if lines:
        st.caption(t("A double click on a label opens the list of all labels."))
    if steps:
        preparing.change(project, lambda draft: draft.with_steps(with_edits(draft.steps, steps)))
        st.toast(tn("{n} label is mended.", "{n} labels are mended.", len(steps)), icon=":material/build:")
        st.rerun()
    _way_on(project, dataset, lines)


def _lines(project: Project, dataset: Dataset) -> Mapping[int, Line]:
    """The rows as they stand in Prepare now; none where it works on another file than this data set is of."""
    if project.source != dataset.source_sha:
        return {}
    found = preparing.lines(project)
    return {} if found is None else {one.row: one for one in found}


def _labels(shape: AnswerShape, field: str, answers: Sequence[str]) -> dict[str, Values]:
    """The categories that a row can be given, by the name of each, with the values that they stand for."""
    found: dict[str, Values] = {}
    for answer in answers:
        values = parse_answer(answer, shape)
        if values is not None:
            wanted = values if field == WHOLE else {field: values[field]}
            found.setdefault(class_name(BETWEEN.join(wanted.values())), wanted)
    return dict(sorted(found.items()))


def _table(
    rows: Sequence[tuple[int, str, str, str]],
    last: str,
    shape: AnswerShape,
    field: str,
    labels: Mapping[str, Values],
    lines: Mapping[int, Line],
    *,
    key: str,
) -> list[Any]:
    """Draw rows (number, question, answer of the data set, what the last column says); the steps of the labels that were changed."""
    import pandas as pd

    now = [_label(lines[row].answer if row in lines else answer, shape, field) for row, _, answer, _ in rows]
    frame = pd.DataFrame(index=range(len(rows)))
    # names of the code's own: what stands over a column is told by its configuration
    frame["row"] = [one[0] for one in rows]
    frame["question"] = [in_a_cell(one[1]) for one in rows]
    frame["label"] = now
    frame["last"] = [one[3] for one in rows]
    # the content is part of the key: a row that has been changed is a new table, so no change can be applied twice
    digest = hashlib.sha256(json.dumps(frame.values.tolist()).encode()).hexdigest()[:12]
    options = sorted({*labels, *now})
    st.data_editor(
        frame,
        hide_index=True,
        disabled=["row", "question", "last", *([] if lines else ["label"])],
        num_rows="fixed",
        row_height=_LINES,
        column_config={
            "row": st.column_config.NumberColumn(t("Row"), width=_ROW, format="localized"),
            "question": st.column_config.TextColumn(t("Question"), width=_QUESTION),
            "label": st.column_config.SelectboxColumn(t("Label in the data"), options=options, required=True, width=_LABEL),
            "last": st.column_config.TextColumn(last, width=_LABEL if key.endswith("test") else _LIKE),
        },
        key=f"mend_{key}_{digest}",
        alt=t("Rows with their labels, which can be changed."),
    )
    steps = []
    for at, cells in st.session_state[f"mend_{key}_{digest}"]["edited_rows"].items():
        line, chosen = lines.get(rows[at][0]), labels.get(cells.get("label", ""))
        if line is not None and chosen is not None:
            known = parse_answer(line.answer, shape) or dict.fromkeys(shape.fields, "")
            step = edit(line, shape, None, {"": render_answer({**known, **chosen}, shape)})
            steps += [] if step is None else [step]
    return steps


def _label(answer: str, shape: AnswerShape, field: str) -> str:
    values = parse_answer(answer, shape)
    if values is None:
        return answer
    return class_name(BETWEEN.join(values.values()) if field == WHOLE else values[field])


def _closest(
    dataset: Dataset, shape: AnswerShape, field: str, cell: Cell, asked: Sequence[Prediction], trained: Sequence[Example]
) -> list[tuple[int, str, str, str]]:
    """Of the training rows with the expected or the answered label, the ones worded most like the rows of the cell, the closest first."""
    wanted = {class_name(label) for label in cell if label is not None}
    some = [one for one in trained if _label(one.answer, shape, field) in wanted][:MOST_TRAINED]
    index = _index(dataset.id, field, cell, [one.question for one in some])
    found, scores = index.search([one.question for one in asked], CLOSEST)
    best: dict[int, float] = {}
    for places, likeness in zip(found.tolist(), scores.tolist(), strict=True):
        for place, score in zip(places, likeness, strict=True):
            if place >= 0 and score > 0:
                best[place] = max(score, best.get(place, 0.0))
    order = sorted(best, key=lambda place: (-best[place], place))
    return [(some[place].row, some[place].question, some[place].answer, percent(best[place])) for place in order]


@st.cache_resource(show_spinner=False, max_entries=4)
def _index(dataset_id: str, field: str, cell: Cell, _questions: Sequence[str]) -> Index:
    return Index(_questions)


def _way_on(project: Project, dataset: Dataset, lines: Mapping[int, Line]) -> None:
    if not lines:
        st.caption(t("Labels can be mended here while Prepare has the file that this data set was made of."))
        return
    known, now = Draft.from_dict(dataset.settings).steps, Draft.from_dict(project.draft).steps
    if now == known:
        st.caption(
            t(
                "Change a label only where it is wrong, not because the model said otherwise: a test that is bent to the model measures "
                "nothing. Your file stays as it is, and Prepare can undo each change."
            )
        )
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        waiting = max(1, len(now) - len(known))
        st.markdown(
            tn(
                "{n} change of this project waits in Prepare. Save it there as a new version, train again, and compare again.",
                "{n} changes of this project wait in Prepare. Save them there as a new version, train again, and compare again.",
                waiting,
            ),
            width="stretch",
        )
        if st.button(t("Make the new version"), type="primary", icon=":material/arrow_forward:", key="mended"):
            go("prepare")
