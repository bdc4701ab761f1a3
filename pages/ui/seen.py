"""Which test rows the training contained: looked up once for a data set, by the worker process where it is large."""

from typing import Any

import streamlit as st

from core.base.leakage import SeenRow
from core.compare.rows import Side, seen
from core.io.workspace import Dataset
from pages.ui import state, work
from pages.ui.text import t

SMALL = 3_000  # rows on both sides together: compared in well under a second


@st.cache_resource(show_spinner=False, max_entries=16)
def _seen(home: str, dataset_id: str, side: Side, trained_on: str) -> tuple[SeenRow, ...]:
    found = seen(state.workspace(), _args(dataset_id, side, trained_on), lambda done, total: None)
    return tuple(SeenRow(*row) for row in found)


def _args(dataset_id: str, side: Side, trained_on: str) -> dict[str, Any]:
    same = trained_on == dataset_id  # a task that was done before there were several is found again
    return {"dataset": dataset_id, "side": side} | ({} if same else {"trained_on": trained_on})


def seen_rows(dataset: Dataset, side: Side, trained_on: Dataset | None = None) -> tuple[SeenRow, ...] | None:
    """The rows of one side of the split that are, exactly or nearly, among the training rows; None while they are being looked for.

    `trained_on` is the data set of the training, where it is another one.
    """
    training = trained_on or dataset
    if training.counts["train"] + dataset.counts[side] <= SMALL:
        return _seen(str(state.engine_home()), dataset.id, side, training.id)
    label = t("Looking for test rows that the training contained…")
    found = work.result("core.compare.rows:seen", _args(dataset.id, side, training.id), label)
    return None if found is None else tuple(SeenRow(*row) for row in found)
