"""What of the user's choices this model on this connection cannot take: named, so that nothing is dropped unseen."""

from typing import Any

import streamlit as st

from core.io.connections import BaseModel, Connection, connections
from core.io.workspace import Dataset, Project
from pages.ui import small, wishes
from pages.ui.choices import setting_name, setting_value
from pages.ui.sentences import training
from pages.ui.text import Raw, escape, t


def show(project: Project, dataset: Dataset, where: Connection, model: BaseModel) -> None:
    """Say in one sentence what is left out of the choices, and in another that the model's name was cut; nothing where all is taken."""
    found = wishes.fitted(project, dataset, where, model)
    behind = wishes.recall(project, where).behind
    named = [_base(behind)] if behind else []
    named += [_choice(name, value) for name, value in found.left_out]
    host = t("this machine") if where.local else where.host
    if named:
        st.info(
            t(
                "{model} on {host} does not take some of what you had chosen, so it is left out: {choices}.",
                model=t(model.name),
                host=host,
                choices=Raw("; ".join(named)),
            ),
            icon=":material/filter_alt_off:",
        )
    if found.cut:
        st.info(
            t(
                "The name of your model, “{name}”, was cut to “{short}”: this connection takes {n} characters.",
                name=found.cut,
                short=found.wishes.suffix or "",
                n=where.suffix_max,
            ),
            icon=":material/content_cut:",
        )


def _base(id: str) -> str:
    known = {model.id: model.name for one in connections() for model in one.base_models}
    return t("{setting}: {value}", setting=t("Base model"), value=t(known[id]) if id in known else small.name_of(id))


def _choice(name: str, value: Any) -> str:
    """One choice as the page names it. Markdown."""
    if name == "method":
        return escape(t(training.METHODS[value]))
    return t("{setting}: {value}", setting=setting_name(name), value=setting_value(value))
