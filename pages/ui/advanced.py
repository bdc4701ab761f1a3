"""What is set by hand under "Advanced": hyperparameters, seed, the model's name, notes and the budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base.errors import N_
from core.base.lora_settings import BETA, SETTINGS, TUNINGS, USUAL
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset, Project
from core.train.method import Method, material
from core.train.notes import write_notes
from core.train.plan import suggest_suffix
from core.train.ranges import BETA_MAX, SEED_RANGE, WHOLE_RANGES
from pages.ui import budgets, wishes
from pages.ui.choices import setting_name
from pages.ui.sentences import training
from pages.ui.text import number, t

_ADAPTER = {
    "lora_r": N_("How much the adapter can hold: more for many different examples, less for few."),
    "lora_alpha": N_("How strongly the adapter speaks."),
    "lora_dropout": N_("The share of the adapter that rests at each step, so that few examples are not learned by heart."),
}


@dataclass(frozen=True)
class Advanced:
    """What was set by hand; None and an empty mapping leave it to the preset and the server. `notes` are as they were typed."""

    overrides: Mapping[str, int | float | str]
    seed: int
    suffix: str
    budget: float | None
    notes: str = ""


def ask(project: Project, dataset: Dataset, where: Connection, model: BaseModel, method: Method) -> Advanced:
    """Ask for hyperparameters by hand, seed, suffix and budget; what the kept plan had comes back."""
    kept = wishes.fitted(project, dataset, where, model).wishes
    own = kept.by_hand
    has_validation = bool(material(dataset, method).validation_sha)
    left, middle, right = st.columns(3)
    values: dict[str, Any] = {
        "n_epochs": left.number_input(
            t("Epochs"),
            1,
            _most(where, "n_epochs"),
            _whole(own.get("n_epochs")),
            placeholder=t("by “How thorough”"),
            help=t("How many times the model reads all the examples."),
            **wishes.kept_as("n_epochs", project, where),
        ),
        "batch_size": middle.number_input(
            t("Batch size"),
            1,
            _most(where, "batch_size"),
            _whole(own.get("batch_size")),
            placeholder=t("automatic"),
            help=t("How many examples the model reads before it adjusts itself. One batch is one step."),
            **wishes.kept_as("batch_size", project, where),
        ),
        "learning_rate_multiplier": right.number_input(
            t("Learning rate multiplier"),
            0.01,
            10.0,
            _real(own.get("learning_rate_multiplier")),
            step=0.1,
            placeholder=t("automatic"),
            help=t("How large each adjustment is, compared with the usual: 2 means twice as large."),
            **wishes.kept_as("learning_rate_multiplier", project, where),
        ),
    }
    if method == "dpo":
        most = BETA.high if model.small and BETA.high else BETA_MAX
        values["beta"] = st.columns(3)[0].number_input(
            setting_name("beta"),
            0.01,
            float(most),
            _real(own.get("beta")),
            step=0.05,
            placeholder=number(USUAL["beta"]) if model.small else t("automatic"),
            help=t(
                "How firmly the model holds to what it was: with a high beta it changes little, with a low one it follows your pairs more."
            ),
            **wishes.kept_as("beta", project, where),
        )
    values |= _of_connection(project, where, own)
    if model.small:
        values |= _of_small_models(project, where, own, has_validation=has_validation)
    left, middle, right = st.columns(3)
    seed = left.number_input(
        t("Seed"),
        0,
        SEED_RANGE[1],
        42 if kept.seed is None else kept.seed,
        help=t("The number from which all chance in the training is drawn. The same number, data and settings give the same training."),
        **wishes.kept_as("seed", project, where),
    )
    suffix = middle.text_input(
        t("Name of your model"),
        value=suggest_suffix(project.name, where.suffix_max) if kept.suffix is None else kept.suffix,
        max_chars=where.suffix_max,
        help=t("Becomes a part of the model's exact name, called its suffix, so that you recognise it later."),
        **wishes.kept_as("suffix", project, where),
    )
    budget = None
    if not where.local:
        budget = budgets.ask(right, project)
    notes = st.text_area(
        t("Notes"),
        value=write_notes(kept.metadata),
        height="content",
        placeholder=t("team = support"),
        help=t("Kept by the server with the training, one on each line: a name, an equals sign, a value."),
        **wishes.kept_as("notes", project, where),
    )
    by_hand = {name: value for name, value in values.items() if value is not None}
    return Advanced(by_hand, int(seed), suffix.strip(), budget, notes)


def _most(where: Connection, name: str) -> int:
    """The largest whole number that the connection takes."""
    own = where.dialect.range_of(name)
    return int(own.high) if own is not None and own.high is not None else WHOLE_RANGES[name][1]


def _of_connection(project: Project, where: Connection, own: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for what this connection has beyond OpenAI's settings; None leaves it to the server."""
    asked = [one for one in where.dialect.ranges if one.name in _ADAPTER]
    values: dict[str, Any] = {}
    for one, place in zip(asked, st.columns(len(asked)) if asked else (), strict=True):
        number_of = int if one.whole else float
        value = own.get(one.name)
        values[one.name] = place.number_input(
            setting_name(one.name),
            number_of(one.low),
            None if one.high is None else number_of(one.high),
            None if value is None else number_of(value),
            step=1 if one.whole else 0.05,
            placeholder=t("automatic"),
            help=t(_ADAPTER[one.name]),
            **wishes.kept_as(one.name, project, where),
        )
    return values


def _of_small_models(project: Project, where: Connection, own: Mapping[str, Any], *, has_validation: bool) -> dict[str, Any]:
    """Ask for what only small open models have; None is what the engine takes by itself."""

    def ask(place: DeltaGenerator, name: str, help: str, *, disabled: bool = False) -> int | float | None:
        setting = SETTINGS[name]
        low, high = setting.low or 0, setting.high or 0
        number_of = int if setting.whole else float
        value = own.get(name)
        return place.number_input(
            setting_name(name),
            number_of(low),
            number_of(high),
            None if value is None else number_of(value),
            step=1 if setting.whole else 0.05,
            placeholder=number(USUAL[name]),
            help=help,
            disabled=disabled,
            **wishes.kept_as(name, project, where),
        )

    left, middle, right = st.columns(3)
    tuning = left.selectbox(
        setting_name("tuning"),
        TUNINGS,
        index=TUNINGS.index(own.get("tuning", USUAL["tuning"])),
        format_func=lambda name: t(training.TUNINGS[name]),
        help=t(
            "An adapter is a small addition to the model, quick to teach and easy to carry away; the model itself stays as it is. "
            "Teaching all of the model takes more memory and time, and makes a file as large as the model."
        ),
        **wishes.kept_as("tuning", project, where),
    )
    whole = tuning == "full"
    values: dict[str, Any] = {"tuning": "full"} if whole else {}
    values["context_length"] = ask(middle, "context_length", t("What is longer than this loses its end. Longer examples take more memory."))
    values["early_stopping"] = ask(
        right,
        "early_stopping",
        t("Ends the training when so many checks in a row on the validation rows were no better; 0 never does. It needs validation rows."),
        disabled=not has_validation,
    )
    left, middle, right = st.columns(3)
    adapter = {
        "lora_r": ask(left, "lora_r", t(_ADAPTER["lora_r"]), disabled=whole),
        "lora_alpha": ask(middle, "lora_alpha", t("How strongly the adapter speaks. Left alone it is twice the rank."), disabled=whole),
        "lora_dropout": ask(right, "lora_dropout", t(_ADAPTER["lora_dropout"]), disabled=whole),
    }
    return values if whole else {**values, **adapter}


def _whole(value: float | str | None) -> int | None:
    return value if isinstance(value, int) else None


def _real(value: float | str | None) -> float | None:
    return float(value) if isinstance(value, int | float) else None
