"""Token counts of a training file: at once for a small one, by the worker process for a large one, kept for next time."""

import streamlit as st

from core.base.model_table import encoding_for
from core.base.tokens import count_examples
from core.base.types import TokenCount
from core.io.workspace import Dataset
from pages.ui import state, work
from pages.ui.data import examples
from pages.ui.text import t

SMALL = 2_000  # examples: counted in well under 100 ms, so that starting a process would only take longer


@st.cache_resource(show_spinner=False, max_entries=16)
def _counted(home: str, dataset_id: str, encoding: str, exact: bool) -> TokenCount:
    return count_examples(examples(state.workspace().dataset(dataset_id), "train"), encoding, exact=exact)


def tokens(dataset: Dataset, model: str) -> TokenCount | None:
    """The tokens of the training file for a model; None, with the progress on the page, while they are being counted."""
    encoding, exact = encoding_for(model)
    if dataset.counts["train"] <= SMALL:
        return _counted(str(state.engine_home()), dataset.id, encoding, exact)
    args = {"sha": dataset.train_sha, "encoding": encoding, "exact": exact}
    told = work.result("core.estimate.work:count", args, t("Counting tokens…"))
    return None if told is None else TokenCount(told["encoding"], tuple(told["per_example"]), told["assistant"], told["exact"])
