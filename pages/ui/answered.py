"""The answers to a file: the doubtful ones first where wanted, how often each category comes, and all of it as a table to take away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.base.answers import AnswerShape, parse_answer
from core.base.export import safe_csv
from core.base.replies import Prediction
from core.compare.answered_file import AnsweredFile, Known, Own, answered_file
from core.compare.doubt import Doubt
from core.compare.frequencies import Frequencies, frequencies
from core.compare.rows import shape_of
from core.io.connections import Connection
from core.io.workspace import Dataset, Project, Run
from pages.ui import charts, doubting, long_text, recalled, results, runs, state
from pages.ui.data import examples
from pages.ui.names import class_name, told_apart
from pages.ui.text import Raw, escape, percent, t, tn

Order = Literal["file", "first", "only"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A run over a file called `name` with the file's own columns, its rows that were not asked (why, by row) and its system prompts.

    `tested` is the run of the same model over the test rows, where there is one; `watched` says that the progress stands elsewhere.
    """

    run: Run
    name: str
    own: Own = field(default_factory=Own)
    unasked: Mapping[int, str] = field(default_factory=dict)
    systems: Mapping[int, str] = field(default_factory=dict)
    tested: Run | None = None
    watched: bool = False


def show(project: Project, dataset: Dataset, where: Connection, asked: Asked, label: str) -> None:
    """Draw how far the run is, its answers, what is doubtful in them, and the way to take them away."""
    run, ws = asked.run, state.workspace()
    working = not asked.watched and runs.show_progress([run], where, {run.id: label})
    working = working or (asked.watched and not ws.progress(run.id).is_over)
    predictions = ws.predictions(run.id)
    if not predictions:
        return
    shape, over = shape_of(dataset), not working and ws.progress(run.id).is_over
    st.markdown(t("Answers to {file}: {done} of {total} rows.", file=asked.name, done=len(predictions), total=run.total))
    doubts = doubting.of_run(project, dataset, run, predictions) if over else None
    made = (run.finished_at or run.created_at).isoformat()
    about = {"model": run.model, "server": run.origin, "file": asked.name, "trained_on": dataset.train_sha, "answered_at": made}
    said = doubting.words(doubts or ())
    by_row = None if doubts is None else {one.row: one for one in doubts}
    table = answered_file(predictions, asked.own, shape, Known(dataset.system_prompt, asked.systems, by_row, said, asked.unasked, about))
    order = _doubtful(project, dataset, asked, doubts) if doubts is not None else "file"
    _table(table, predictions, shape, order, key=run.id)
    if not working:
        st.download_button(
            t("Download the answers (CSV)"),
            data=lambda: safe_csv(table.frame),
            file_name="answers.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"download_{run.id}",
            help=t("All columns of the file as they were, in its order, and the answers beside them."),
        )
    if over:
        _categories(dataset, predictions, shape, key=run.id)


def _doubtful(project: Project, dataset: Dataset, asked: Asked, doubts: Sequence[Doubt]) -> Order:
    """Say how many answers are doubtful and what that is worth, and let the reader choose which come first."""
    n = sum(bool(one.reasons) for one in doubts)
    told = tn("{n} answer is doubtful: look at it first.", "{n} answers are doubtful: look at them first.", n)
    st.markdown(f"**{told if n else t('No answer is doubtful by what can be checked.')}**")
    worth = doubting.worth(project, dataset, asked.tested)
    if worth is not None:
        st.markdown(doubting.told(worth))
    if worth is not None and not worth.helps:
        st.caption(t("That is no clear difference: with these data a flag tells little, so look at rows without one, too."))
    elif shape_of(dataset).kind == "text" or worth is None:
        st.caption(t("A flag says where to look first. Whether an answer is right, only a reader can tell."))
    if not n:
        return "file"
    names: dict[Order, str] = {"file": t("As in the file"), "first": t("Doubtful ones first"), "only": t("Doubtful ones alone")}
    chosen = st.segmented_control(
        t("Which rows first?"),
        list(names),
        default="first",
        required=True,
        format_func=lambda one: names[one],
        key=f"doubtful_{asked.run.id}",
        persist_state="session",
    )
    return chosen if chosen in names else "file"


def _table(table: AnsweredFile, predictions: Sequence[Prediction], shape: AnswerShape, order: Order, *, key: str) -> None:
    """The answers as a reader wants them: the question and what came of it first, then all columns of the file."""
    frame, names = table.frame, table.names
    notes = {one.row: one.notes for one in predictions}
    rows = frame[names["row"]]
    said = [recalled.spoken(text or "", notes.get(row, {})) for row, text in zip(rows, frame[names["output"]], strict=True)]
    columns: dict[str, Any] = {"row": rows, "question": frame[names["input"]]}
    labels = {"row": t("Row"), "question": t("Question")}
    fields = [name for name in shape.fields if shape.kind == "json"]
    if fields:
        for name in fields:
            columns[f"field {name}"], labels[f"field {name}"] = frame[names[f"output_{name}"]], t("Answer: {field}", field=Raw(name))
    if not fields or any(text and parse_answer(text, shape) is None for text in said):
        columns["output"] = [results.plain(text, shape) for text in said]
        labels["output"] = t("Answer as it came") if fields else t("Answer")
    more = {
        "why_doubtful": t("Why doubtful"),
        "note": t("Note"),
        "expected": t("In the file"),
        "foreign_numbers": t("Numbers of another reading"),
    }
    for name, label in more.items():
        if name in names and any(frame[names[name]]):
            columns[name], labels[name] = frame[names[name]], label
    if "expected" in columns:
        columns["expected"] = [results.plain(text, shape) for text in columns["expected"]]
    for at, name in enumerate(table.own):
        columns[f"own {at}"], labels[f"own {at}"] = frame[name], name
    columns["system_prompt"], labels["system_prompt"] = frame[names["system_prompt"]], t("System prompt")
    # the file's own names stay as they are, and ours give way
    apart = told_apart({name: labels[name] for name in sorted(labels, key=lambda name: not name.startswith("own "))})
    shown = pd.DataFrame({apart[name]: [_cell(value) for value in values] for name, values in columns.items()}, dtype=object)
    doubtful = frame[names["doubtful"]].eq(True)
    if order == "only":
        shown = shown[doubtful]
    elif order == "first":
        shown = shown.loc[(~doubtful).sort_values(kind="stable").index]
    # question, answer and doubt fit beside the sidebar on a screen of 1280, where 790 pixels are left; what is the file's own comes behind
    # what is ours fits beside the sidebar on a screen of 1280, where 790 pixels are left; the columns of the file come behind it
    fixed = {"row": 56, "question": 210, "why_doubtful": 220}
    ours = [name for name in columns if name != "system_prompt" and not name.startswith("own ")]
    left = 786 - sum(fixed[name] for name in ours if name in fixed)
    each = max(110, left // max(1, sum(name not in fixed for name in ours)))
    widths = {apart[name]: st.column_config.TextColumn(width=fixed.get(name, each)) for name in ours}
    st.dataframe(
        shown,
        hide_index=True,
        key=f"answers_{key}",
        placeholder="",
        row_height=results.LINES,
        column_config=widths,
        alt=t("Every row of the file with its answer."),
    )


def _cell(value: Any) -> Any:
    return long_text.in_a_cell(value) if isinstance(value, str) else value


def _categories(dataset: Dataset, predictions: Sequence[Prediction], shape: AnswerShape, *, key: str) -> None:
    """Draw how often each category comes beside its share in the training; free text has none, and nothing is said of it."""
    if shape.kind == "text":
        return
    name = shape.fields[0]
    st.subheader(t("How often each category comes"), anchor=False)
    if len(shape.fields) > 1:
        name = str(
            st.segmented_control(
                t("Field"), list(shape.fields), default=name, required=True, key=f"category_field_{key}", persist_state="session"
            )
        )
    taught = [one.answer for one in examples(dataset, "train")]
    found = frequencies([one.answer for one in predictions], taught, shape, name)
    if found is None or not found.answered:
        return
    lines = [*found.categories, *([found.rest] if found.rest else [])]
    labels = [class_name([one.name]) or t("(blank)") for one in found.categories]
    labels += [tn("{n} other", "{n} others", found.others)] if found.rest else []
    parts = {
        t("Answers"): [found.share(one) for one in lines],
        t("Training rows"): [found.taught_share(one) for one in lines],
    }
    alt = t("Share of each category among the answers, beside its share in the training rows.")
    title = t("Category")
    charts.beside(labels, parts, alt=alt, key=f"categories_{key}", label_title=title, value_title=t("Share"))
    _drift(found)


def _drift(found: Frequencies) -> None:
    far = found.furthest
    if far is not None:
        st.caption(
            t(
                "Furthest apart is {name}: {share} of the answers, {taught} of the training rows. Where a share has changed, "
                "either people ask for other things now, or the model prefers an answer.",
                name=Raw(escape(class_name([far.name]) or t("(blank)"))),
                share=percent(found.share(far)),
                taught=percent(found.taught_share(far)),
            )
        )
    elif found.taught:
        st.caption(
            tn(
                "With {n} answer no share differs more than chance would explain.",
                "With {n} answers no share differs more than chance would explain.",
                found.answered,
            )
        )
    if found.invalid:
        st.caption(
            tn(
                "{n} answer is not built as the taught ones are, and is not counted here.",
                "{n} answers are not built as the taught ones are, and are not counted here.",
                found.invalid,
            )
        )
