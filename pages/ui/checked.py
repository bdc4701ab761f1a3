"""Token counts of a validation file, which some servers bill as well."""

import streamlit as st

from core.base.model_table import encoding_for
from core.base.tokens import count_examples
from core.base.types import TokenCount
from core.io.workspace import Dataset
from pages.ui import counting, state, work
from pages.ui.data import examples
from pages.ui.text import t


@st.cache_resource(show_spinner=False, max_entries=16)
def _counted(home: str, dataset_id: str, encoding: str, exact: bool) -> TokenCount:
    return count_examples(examples(state.workspace().dataset(dataset_id), "validation"), encoding, exact=exact)


def tokens(dataset: Dataset, model: str) -> TokenCount | None:
    """The tokens of the validation file, none of them where there is none; None, with the progress on the page, while they are counted."""
    encoding, exact = encoding_for(model)
    if dataset.validation_sha is None or dataset.counts["validation"] <= counting.SMALL:
        return _counted(str(state.engine_home()), dataset.id, encoding, exact)
    args = {"sha": dataset.validation_sha, "encoding": encoding, "exact": exact}
    told = work.result("core.estimate.work:count", args, t("Counting tokens…"))
    return None if told is None else TokenCount(told["encoding"], tuple(told["per_example"]), told["assistant"], told["exact"])
