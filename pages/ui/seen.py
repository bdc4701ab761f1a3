"""Which test rows the training contained: looked up once for a data set, by the worker process where it is large."""

import streamlit as st

from core.base.leakage import SeenRow
from core.compare.rows import Side, seen
from core.io.workspace import Dataset
from pages.ui import state, work
from pages.ui.text import t

SMALL = 3_000  # rows on both sides together: compared in well under a second


@st.cache_resource(show_spinner=False, max_entries=8)
def _seen(home: str, dataset_id: str, side: Side) -> tuple[SeenRow, ...]:
    found = seen(state.workspace(), {"dataset": dataset_id, "side": side}, lambda done, total: None)
    return tuple(SeenRow(*row) for row in found)


def seen_rows(dataset: Dataset, side: Side) -> tuple[SeenRow, ...] | None:
    """The rows of one side of the split that are, exactly or nearly, among the training rows; None while they are being looked for."""
    if dataset.counts["train"] + dataset.counts[side] <= SMALL:
        return _seen(str(state.engine_home()), dataset.id, side)
    label = t("Looking for test rows that the training contained…")
    found = work.result("core.compare.rows:seen", {"dataset": dataset.id, "side": side}, label)
    return None if found is None else tuple(SeenRow(*row) for row in found)
