"""Token counts of a training file: at once for a small one, by the worker process for a large one, kept for next time."""

from collections.abc import Sequence

import streamlit as st

from core.base.model_table import encoding_for
from core.base.preference import is_pair
from core.base.tokens import count_examples
from core.base.types import Example, TokenCount
from core.io.workspace import Dataset
from core.train.method import Method, material
from pages.ui import state, work
from pages.ui.data import examples
from pages.ui.text import t

SMALL = 2_000  # examples: counted in well under 100 ms, so that starting a process would only take longer


@st.cache_resource(show_spinner=False, max_entries=16)
def _counted(home: str, dataset_id: str, encoding: str, exact: bool, method: Method) -> TokenCount:
    rows = taught(state.workspace().dataset(dataset_id), method)
    return count_examples(rows, encoding, exact=exact, pairs=method == "dpo")


def taught(dataset: Dataset, method: Method) -> Sequence[Example]:
    """The examples that a method trains on, in the order of its training file."""
    rows = examples(dataset, "train")
    return [one for one in rows if is_pair(one)] if method == "dpo" else rows


def tokens(dataset: Dataset, model: str, method: Method = "supervised") -> TokenCount | None:
    """The tokens of a method's training file for a model; None, with the progress on the page, while they are being counted."""
    encoding, exact = encoding_for(model)
    if dataset.counts["train"] <= SMALL:
        return _counted(str(state.engine_home()), dataset.id, encoding, exact, method)
    args = {"sha": material(dataset, method).train_sha, "encoding": encoding, "exact": exact}
    told = work.result("core.estimate.work:count", args, t("Counting tokens…"))
    # what an earlier version counted does not tell of questions, and was no pairs
    return None if told is None else TokenCount(**{**told, "per_example": tuple(told["per_example"])})
