"""What becomes of the worse answers of preference pairs, in plain words."""

from typing import Any

import streamlit as st

from core.prepare.prepared import finding_from_json
from pages.ui.sentences import title
from pages.ui.text import tn


def show(shown: dict[str, Any]) -> None:
    """Before saving: which file holds what. Nothing where the data are no pairs."""
    if n := shown.get("n_pairs"):  # what an earlier version worked out of a large file does not tell
        st.info(
            tn(
                "{n} row is a pair of a better and a worse answer. The training file holds the better answer alone. Both are saved beside "
                "it as a file of pairs: Train offers to learn from them, too, where a model can.",
                "{n} rows are pairs of a better and a worse answer. The training file holds the better answers alone. Both are saved "
                "beside it as a file of pairs: Train offers to learn from them, too, where a model can.",
                n,
            ),
            icon=":material/thumbs_up_down:",
        )
        if few := next((one for one in shown["findings"] if one["code"] == "few_pairs"), None):
            st.caption(title(finding_from_json(few)))
