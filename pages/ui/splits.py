"""How the examples are shared out between training, validation and test, and why so."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.base.types import Reason
from core.io.workspace import Project
from core.prepare.draft import Draft
from pages.ui import preparing
from pages.ui.sentences import say
from pages.ui.text import number, number_columns, t


def show(project: Project, shown: dict[str, Any]) -> None:
    """The three sizes with their reasons, the balance of the classes, and the settings under Advanced."""
    split = shown["split"]
    st.header(t("Which rows train, which test"), anchor=False)
    with st.grid(3, min_column_width=180):
        st.metric(t("Training"), number(split["train"]), border=True, height="stretch", help=t("The model learns from these."))
        st.metric(
            t("Validation"),
            number(split["validation"]),
            border=True,
            height="stretch",
            help=t("Looked at during the training, never learned: they show whether it still gets better."),
        )
        st.metric(
            t("Test"),
            number(split["test"]),
            border=True,
            height="stretch",
            help=t("Kept away from the training. Only these can say whether the model got better."),
        )
    st.markdown("\n".join(f"- {say(Reason(r['code'], r['params']))}" for r in split["reasons"]))
    if split["classes"] > 1:
        with st.expander(
            t("How each category is shared out"), icon=":material/bar_chart:", on_change="rerun", key=f"balance_{project.id}"
        ) as box:
            if box.open:
                import pandas as pd  # 0.4 s that the first page would wait for

                names = {"label": t("Category"), "train": t("Training"), "validation": t("Validation"), "test": t("Test")}
                table = pd.DataFrame(split["balance"]).rename(columns=names)
                st.dataframe(table, hide_index=True, key=f"balance_table_{project.id}", column_config=number_columns(table))
    with st.expander(t("Advanced"), icon=":material/tune:"):
        _advanced(project)


def _advanced(project: Project) -> None:
    draft = Draft.from_dict(project.draft)
    left, middle, right = st.columns(3)
    key = f"{project.id}_{(project.source or '')[:8]}"  # another file begins with a draft of its own
    left.number_input(
        t("Seed"),
        0,
        2_147_483_647,
        draft.seed,
        key=f"split_seed_{key}",
        on_change=_set_seed,
        args=(project, f"split_seed_{key}"),
        help=t("The same seed gives the same split. Another one draws other test rows."),
    )
    shares = draft.shares
    for column, at, label in ((middle, 1, t("Validation share (%)")), (right, 2, t("Test share (%)"))):
        column.number_input(
            label,
            0,
            45,
            None if shares is None else round(100 * shares[at]),
            key=f"share_{at}_{key}",
            placeholder=t("automatic"),
            on_change=_set_shares,
            args=(project, key),
        )


def _set_seed(project: Project, key: str) -> None:
    seed = st.session_state[key]
    preparing.change(project, lambda draft: replace(draft, seed=int(seed)))


def _set_shares(project: Project, key: str) -> None:
    validation, test = st.session_state[f"share_1_{key}"], st.session_state[f"share_2_{key}"]
    if validation is None and test is None:
        preparing.change(project, lambda draft: replace(draft, shares=None))
        return
    held = ((validation or 0) / 100, (test or 0) / 100)
    preparing.change(project, lambda draft: replace(draft, shares=(round(1 - sum(held), 4), *held)))
