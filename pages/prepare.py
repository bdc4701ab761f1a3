"""Prepare: from a file to checked training examples, shared out and saved."""

from pages.ui.frame import require_frame

require_frame()

import streamlit as st

from pages.ui import (
    exports,
    findings,
    former,
    mapping,
    pairs,
    pictures,
    preparing,
    reading,
    repair_log,
    rows,
    sources,
    splits,
    state,
    worksheet,
)
from pages.ui.data import dataset_of
from pages.ui.parts import head, show_errors, way_on
from pages.ui.text import t

head("prepare")
project = state.project()
if project is None or project.source is None:
    sources.choose()
    st.stop()

shown = None
with show_errors():
    shown = preparing.overview(project)
if shown is None:
    reading.back(project)
    former.offer(project)
    sources.replace(project)
    st.stop()

sources.show(project, shown)
st.header(t("What is asked, what is answered"), anchor=False)
mapping.show(project, shown)
if shown["split"] is None:
    st.stop()

st.header(t("Checks"), anchor=False)
findings.verdict(shown)
findings.show(project, shown)
repair_log.show(project, shown)
rows.show(project, shown)
worksheet.show(project, shown)
pictures.show(project)
splits.show(project, shown)
pairs.show(shown)

dataset = dataset_of(project)
if preparing.is_saved(project, dataset, shown) and dataset is not None:
    st.success(t("Saved as version {version}.", version=dataset.version), icon=":material/check_circle:")
    exports.show(project, dataset)
    way_on("estimate", t("See what a training with this data would cost."))
    st.stop()

word = shown["verdict"]["word"]
sure = word != "teaches_nothing" or st.checkbox(t("Save it all the same"), key=f"save_anyway_{project.id}")
can_save = word != "not_ready" and sure
asked = st.button(t("Save this data set"), type="primary", icon=":material/save:", disabled=not can_save, key="save")
if word == "not_ready":
    findings.why_not(shown)
if can_save and preparing.is_to_be_saved(project, asked):
    with show_errors():
        if preparing.keep(project):
            st.rerun()
