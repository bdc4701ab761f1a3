"""Take the data away: the three files in the format of whoever trains, as a table, the change log and the data card."""

import json
from collections.abc import Mapping
from typing import get_args

import streamlit as st

from core.compare.rows import Side
from core.io.workspace import Dataset, Project
from core.prepare.exports import CSV, SIDES, Export, archive, change_log, dialects, export
from pages.ui import data, data_card, state
from pages.ui.text import Raw, day, t, tn


@st.cache_resource(show_spinner=False, max_entries=3)
def _made(home: str, dataset_id: str, chosen: str) -> Export:
    dataset = data.by_id(dataset_id)
    return export(chosen, {str(side): data.examples(dataset, side) for side in get_args(Side)})


def show(project: Project, dataset: Dataset) -> None:
    """Draw the choice of format and the downloads of the saved data set, folded away until they are wanted."""
    key = f"exports_{project.id}"
    with st.expander(t("Take the data away"), icon=":material/download:", on_change="rerun", key=key) as box:
        if not box.open:
            return
        st.markdown(t("The files of version {version}, for training elsewhere or for your records.", version=dataset.version))
        if dataset.is_pairs:
            st.markdown(
                t(
                    "These rows are pairs of a better and a worse answer. A format for preference pairs holds both, for a training by "
                    "preference; every other one holds the better answer alone."
                )
            )
        offered = [one for one in dialects().values() if dataset.is_pairs or not one.pairs]
        names = {**{one.id: t(one.name) for one in offered}, CSV: t("Table (CSV)")}
        chosen = st.selectbox(t("Format"), list(names), format_func=names.__getitem__, key=f"format_{project.id}", persist_state="session")
        if chosen in dialects():
            read = dialects()[chosen]
            st.caption(t("As documented at {source}, read on {day}.", source=read.source, day=Raw(day(read.read))))
        made = _made(str(state.engine_home()), dataset.id, chosen)
        left_out = sum(map(len, made.left_out.values()))
        if left_out:
            rows = ", ".join(str(row) for side in SIDES for row in made.left_out.get(side, ()))[:200]
            st.warning(
                tn(
                    "{n} row cannot be written in this format and is left out: {rows}",
                    "{n} rows cannot be written in this format and are left out: {rows}",
                    left_out,
                    rows=Raw(rows),
                ),
                icon=":material/content_cut:",
            )
        with st.container(horizontal=True):
            _files(project, dataset, chosen, made.files)
        data_card.show(dataset)


def _files(project: Project, dataset: Dataset, chosen: str, files: Mapping[str, bytes]) -> None:
    card, log = data_card.markdown(dataset), json.dumps(change_log(dataset.settings), ensure_ascii=False, indent=2, default=str)
    name = f"tunesmith-data-v{dataset.version}"
    if files:
        st.download_button(
            t("Download the data (ZIP)") if chosen != CSV else t("Download the table (CSV)"),
            data=lambda: (
                files["data.csv"]
                if chosen == CSV
                else archive({**files, "README.md": card.encode("utf-8", "replace"), "change_log.json": log.encode("utf-8", "replace")})
            ),
            file_name=f"{name}-{chosen}.{'csv' if chosen == CSV else 'zip'}",
            icon=":material/download:",
            on_click="ignore",
            key=f"download_data_{project.id}",
        )
    st.download_button(
        t("Download the data card"),
        data=card,
        file_name=f"{name}-card.md",
        mime="text/markdown",
        icon=":material/description:",
        on_click="ignore",
        key=f"download_card_{project.id}",
    )
    st.download_button(
        t("Download the change log"),
        data=log,
        file_name=f"{name}-changes.json",
        mime="application/json",
        icon=":material/history:",
        on_click="ignore",
        key=f"download_log_{project.id}",
    )
