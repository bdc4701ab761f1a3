"""A model of another connection as a candidate: where it answers, its name, and the key that it needs."""

from typing import Any

import streamlit as st

from core.io.connections import connection, connections
from pages.ui import sidebar, state
from pages.ui.parts import show_errors
from pages.ui.text import t


def ask(key: str, label: str = "") -> dict[str, Any] | None:
    """Draw the form; what was chosen, once that was said by the button `label`: `key`, `what`, `connection`, `origin` and `model`."""
    offered = {one.id: one for one in connections()}
    chosen = st.selectbox(t("Connection"), list(offered), format_func=lambda one: t(offered[one].name), key=f"elsewhere_at_{key}")
    where = offered[str(chosen)]
    with show_errors():
        if where.asks_address:
            typed = st.text_input(t("Address of the server"), key=f"elsewhere_address_{key}_{where.id}", placeholder="https://…/v1").strip()
            if not typed:
                return None
            where = connection(where.id, base_url=typed)
        # the practice model's "before" is no model that one would compare with, and a trained one is in the list already
        names = [model.id for model in where.base_models if not model.practice]
        model = st.selectbox(
            t("Model"),
            names,
            index=None,
            key=f"elsewhere_model_{key}_{where.id}",
            accept_new_options=True,
            placeholder=t("Choose one, or type its name"),
        )
        if where.needs_key and where.origin != state.chosen_connection().origin:
            sidebar.key_field(where, f"_elsewhere_{key}")
        label = label or t("Let it take part")
        if st.button(label, icon=":material/group_add:", disabled=not model, key=f"elsewhere_add_{key}") and model:
            if where.asks_address:
                # a run is known by its server's origin; the path of the address is looked up there
                state.workspace().set_setting(f"address {where.origin}", where.base_url)
            spec = {"what": "elsewhere", "connection": where.id, "origin": where.origin, "model": str(model).strip()}
            return spec | {"key": f"{where.origin} {spec['model']}"}
    return None
