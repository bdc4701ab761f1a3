"""Estimate: can it run, how long is the data, and what will it cost, before anything is spent."""

from pages.ui.frame import require_frame

require_frame()

import streamlit as st

from pages.ui import access, base_models, choices, costs, counting, learning, lengths, lifetime, must_beat, state
from pages.ui.data import dataset_of
from pages.ui.parts import head, nothing_yet, show_errors, way_on
from pages.ui.text import t

head("estimate")
project = state.project()
dataset = dataset_of(project)
if project is None or dataset is None:
    nothing_yet(
        t("No data set yet"),
        t("An estimate needs examples to count. Prepare turns your rows into them."),
        go_to="prepare",
        label=t("Prepare the data"),
        preview=t("What you will see: what it costs over its whole life, whether it can run at all, and what it must beat."),
    )
    st.stop()

where = state.chosen_connection()
model = base_models.choose(where, project)
if model is None:
    st.stop()

method = choices.choose_method(project, dataset, where, model)

with show_errors():
    access.show(where, model, project)

with show_errors():
    tokens, asked = (counting.tokens(dataset, model.id, of) for of in (method, "supervised"))
    if tokens is None or asked is None:
        st.stop()
    costs.show_price(tokens, asked, where, model, dataset, method)
    lifetime.show(where, model, method, tokens, asked, dataset, project)
    lengths.show(dataset, model, method)

with show_errors():
    must_beat.show(dataset)

with show_errors():
    learning.show(dataset)

if st.session_state.get("next_train"):
    state.mark_done("estimate")
way_on("train", t("Nothing is started yet: the next page shows the whole plan first."), label=t("Plan the training"))
