"""Token counts of a validation file, which some servers bill as well."""

import streamlit as st

from core.base.model_table import encoding_for
from core.base.preference import is_pair
from core.base.tokens import count_examples
from core.base.types import TokenCount
from core.io.workspace import Dataset
from core.train.method import Method, material
from pages.ui import counting, state, work
from pages.ui.data import examples
from pages.ui.text import t


@st.cache_resource(show_spinner=False, max_entries=16)
def _counted(home: str, dataset_id: str, encoding: str, exact: bool, method: Method) -> TokenCount:
    rows = examples(state.workspace().dataset(dataset_id), "validation")
    pairs = method == "dpo"
    return count_examples([one for one in rows if is_pair(one)] if pairs else rows, encoding, exact=exact, pairs=pairs)


def tokens(dataset: Dataset, model: str, method: Method = "supervised") -> TokenCount | None:
    """The tokens of the validation file, none of them where there is none; None, with the progress on the page, while they are counted."""
    encoding, exact = encoding_for(model)
    sha = material(dataset, method).validation_sha
    if sha is None or dataset.counts["validation"] <= counting.SMALL:
        return _counted(str(state.engine_home()), dataset.id, encoding, exact, method)
    args = {"sha": sha, "encoding": encoding, "exact": exact}
    told = work.result("core.estimate.work:count", args, t("Counting tokens…"))
    return None if told is None else TokenCount(**{**told, "per_example": tuple(told["per_example"])})
