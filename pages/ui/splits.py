"""How the examples are shared out between training, validation and test, and why so."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.base.types import Reason
from core.io.workspace import Project
from core.prepare.draft import Draft
from pages.ui import mapped, own_test, preparing
from pages.ui.names import class_name
from pages.ui.sentences import say
from pages.ui.text import number, number_columns, t

DRAWN = 30  # categories; more bars could not be told apart


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
                _balance(project, split)
    # a key of its own: an upload inside it must not fold it shut
    with st.expander(t("Advanced"), icon=":material/tune:", on_change="rerun", key=f"split_advanced_{project.id}"):
        draft = Draft.from_dict(project.draft)
        _advanced(project, draft)
        if shown["source"]["kind"] == "table":
            _columns(project, draft, [column["name"] for column in shown["source"]["columns"]])
        own_test.show(project, shown, draft)


def _balance(project: Project, split: dict[str, Any]) -> None:
    """The rows of each category by side, as a chart of the largest and as a table of all."""
    import pandas as pd  # 0.4 s that the first page would wait for

    from pages.ui import charts

    names = {"label": t("Category"), "train": t("Training"), "validation": t("Validation"), "test": t("Test")}
    drawn = split["balance"][:DRAWN]
    charts.stacked(
        [class_name(line["label"]) or t("(no category)") for line in drawn],
        {names[side]: [line[side] for line in drawn] for side in ("train", "validation", "test")},
        alt=t(
            "Bars: of each category the rows that train, validate and test; {train}, {validation} and {test} in all.",
            train=number(split["train"]),
            validation=number(split["validation"]),
            test=number(split["test"]),
        ),
        key=f"balance_chart_{project.id}",
        value_title=t("Rows"),
    )
    table = pd.DataFrame([{**line, "label": class_name(line["label"])} for line in split["balance"]]).rename(columns=names)
    st.dataframe(table, hide_index=True, key=f"balance_table_{project.id}", column_config=number_columns(table))


def _columns(project: Project, draft: Draft, columns: list[str]) -> None:
    """Columns whose equal values stay on one side, and the one that tells the time."""
    key = mapped.base(project)
    left, right = st.columns(2)
    left.multiselect(
        t("Keep rows together by"),
        columns,
        [name for name in draft.groups if name in columns],
        key=f"split_groups_{key}",
        on_change=_set_groups,
        args=(project, f"split_groups_{key}"),
        placeholder=t("no column"),
        help=t("All rows with the same value in this column, such as one customer or one device, go to the training or all to the test."),
    )
    right.selectbox(
        t("Test the latest rows by"),
        columns,
        columns.index(draft.time) if draft.time in columns else None,
        key=f"split_time_{key}",
        on_change=_set_time,
        args=(project, f"split_time_{key}"),
        placeholder=t("no order in time"),
        help=t("A column of dates or numbers. The model trains on the past and is tested on what came after."),
    )


def _advanced(project: Project, draft: Draft) -> None:
    left, middle, right = st.columns(3)
    key = mapped.base(project)  # another file begins with a draft of its own, and kept choices are drawn anew
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


def _set_groups(project: Project, key: str) -> None:
    chosen = tuple(st.session_state[key])
    preparing.change(project, lambda draft: replace(draft, groups=chosen))


def _set_time(project: Project, key: str) -> None:
    chosen = st.session_state[key]
    preparing.change(project, lambda draft: replace(draft, time=chosen))


def _set_shares(project: Project, key: str) -> None:
    validation, test = st.session_state[f"share_1_{key}"], st.session_state[f"share_2_{key}"]
    if validation is None and test is None:
        preparing.change(project, lambda draft: replace(draft, shares=None))
        return
    held = ((validation or 0) / 100, (test or 0) / 100)
    preparing.change(project, lambda draft: replace(draft, shares=(round(1 - sum(held), 4), *held)))
