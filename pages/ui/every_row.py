"""Every row of a comparison with all answers: as a table on the page, and as a file to take away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.base.answers import AnswerShape
from core.base.export import safe_csv
from core.base.types import Message
from core.compare.outcome import Outcome
from core.io.workspace import Dataset
from pages.ui import long_text, results
from pages.ui.review import speaker
from pages.ui.text import t


def show(found: Outcome, shape: AnswerShape, earlier: Mapping[int, Sequence[Message]]) -> None:
    """Every row with all answers, as a table; `earlier` holds, by row, what was said before the question."""
    st.header(t("Every row"), anchor=False)
    table = found.table
    judged = shape.kind != "text"  # of free text no row is right or wrong
    columns: dict[str, Any] = {t("Row"): table["row"], t("Question"): table["question"].map(long_text.in_a_cell)}
    if any(row in earlier for row in table["row"]):
        columns[t("Said before")] = [_turns(earlier.get(row, ())) for row in table["row"]]
    columns[t("Expected")] = table["expected"].map(lambda text: results.plain(text, shape))
    for candidate in found.candidates:
        name = found.columns[candidate.id]
        texts = table[f"{name}_answer"].map(lambda text: results.plain(text, shape))
        # the mark stands in the answer's own cell: columns of their own would push the answers out of sight
        marked = [f"{_mark(r)} {text}".strip() for r, text in zip(table[f"{name}_right"], texts, strict=True)]
        columns[candidate.label] = marked if judged else texts
    if found.seen:
        columns[t("Like a training row")] = table["seen"].map({"exact": t("the same"), "near": t("nearly"), "": ""})
    if table["note"].any():
        columns[t("Note")] = table["note"]
    # all columns fit beside the sidebar on a screen of 1280, where 790 pixels are left
    each = max(110, 520 // (len(columns) - 2))
    fixed = {t("Row"): 56, t("Question"): 210}
    widths = {name: st.column_config.TextColumn(width=fixed.get(name, each)) for name in columns}
    height: Literal["content"] | int = "content" if len(table) < 6 else 480
    st.dataframe(pd.DataFrame(columns), hide_index=True, key="every_row", height=height, row_height=results.LINES, column_config=widths)


def _turns(turns: Sequence[Message]) -> str:
    return long_text.in_a_cell("\n".join(f"{speaker(turn.role)} {turn.content}" for turn in turns))


def _mark(right: bool | None) -> str:
    return "" if right is None else "✓" if right else "✗"


def export(found: Outcome, dataset: Dataset, *, systems: Mapping[int, str], notes: Mapping[int, str], made: datetime) -> None:
    """Offer every row as CSV, with where its numbers come from, safe in a spreadsheet.

    By row: `systems` are the system prompts that were sent, `notes` the reader's own.
    """
    table = found.table.assign(system_prompt=[systems.get(row, dataset.system_prompt) for row in found.table["row"]])
    if notes:
        table["reader_note"] = [notes.get(row, "") for row in table["row"]]
    models = {f"{found.columns[one.id]}_model": one.model for one in found.candidates}
    table = table.assign(**models, data_set=dataset.test_sha or dataset.train_sha, answered_at=made.isoformat())
    st.download_button(
        t("Download every row (CSV)"),
        data=lambda: safe_csv(table),
        file_name="comparison.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_rows",
    )
