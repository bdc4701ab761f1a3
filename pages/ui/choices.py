"""The choices of the Train page that every training has: what is learned and how thoroughly; and how settings are named."""

from typing import Any

import streamlit as st

from core.io.connections import BaseModel, Connection, connections
from core.io.workspace import Dataset, Project
from core.train.method import Method, offer
from core.train.plan import PRESETS
from core.train.ranges import AUTO
from pages.ui import wishes
from pages.ui.sentences import say, training
from pages.ui.text import number, t


def choose_method(project: Project, dataset: Dataset, where: Connection, model: BaseModel) -> Method:
    """Ask what is learned where the data and the model leave a choice; nothing is asked of data without pairs."""
    found = offer(dataset, where, model)
    chosen: Method = found.methods[0]
    if len(found.methods) > 1:
        wished = wishes.recall(project, where).wishes.method
        chosen = st.radio(
            t("What to learn"),
            found.methods,
            index=found.methods.index(wished if wished in found.methods else chosen),
            format_func=lambda name: t(training.METHODS[name]),
            captions=[t(training.METHODS_EXPLAINED[name]) for name in found.methods],
            **wishes.kept_as("method", project, where),
        )
    for reason in found.reasons:
        st.caption(say(reason))
    return chosen


def choose_preset(project: Project, where: Connection) -> str:
    """Ask how thorough the training should be."""
    return st.segmented_control(
        t("How thorough"),
        PRESETS,
        default=wishes.recall(project, where).wishes.preset or "balanced",
        required=True,
        format_func=preset_name,
        **wishes.kept_as("preset", project, where),
        help=t("Balanced is right for most. Quick is for a first look; careful reads the examples more often."),
    )


def preset_name(preset: str) -> str:
    """A preset as the page names it."""
    return {"quick": t("Quick"), "balanced": t("Balanced"), "careful": t("Careful")}[preset]


def setting_name(name: str) -> str:
    """A hyperparameter as the page names it."""
    return t(training.SETTINGS[name])


def used_value(name: str, value: Any, base_model: str) -> str | None:
    """What the server says that it used for a setting; "not used" where the practice model only repeats what it has no use for."""
    practice = {model.id for where in connections() for model in where.base_models if model.practice}
    if name == "learning_rate_multiplier" and base_model in practice:
        return t("not used")
    return None if value is None else setting_value(value) if isinstance(value, int | float | str) else str(value)


def setting_value(value: float | str | bool) -> str:
    """A hyperparameter's value as the page shows it."""
    if isinstance(value, bool):  # some servers are told with every job that they train an adapter: lora = true
        return t("yes") if value else t("no")
    if isinstance(value, str) and value in training.VALUES:
        return t(training.VALUES[value])
    return t("automatic") if value == AUTO else number(value) if isinstance(value, int | float) else str(value)
