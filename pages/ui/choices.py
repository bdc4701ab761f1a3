"""The choices of the Train page: which model learns, how thoroughly, and what is set by hand under "Advanced"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base.lora_settings import BETA, SETTINGS, TUNINGS, USUAL
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset, Plan, Project
from core.train.method import Method, material, offer
from core.train.plan import PRESETS, set_by_hand, suggest_suffix
from core.train.ranges import AUTO, BETA_MAX, SEED_RANGE
from pages.ui import budgets, closed, small, state
from pages.ui.sentences import say, training
from pages.ui.text import number, t


def remembered(project: Project, where: Connection) -> Plan | None:
    """The plan that was last kept for this project on this connection, or taken along to it: its choices come back after a refresh."""
    plan = state.workspace().plan(project.plan_id) if project.plan_id else None
    return plan if plan is not None and plan.origin == where.origin else closed.carried(project, where.id)


def choose_model(where: Connection, project: Project) -> BaseModel | None:
    """Ask which base model learns; None (and a sentence) where none is named yet or the connection trains nothing."""
    if not where.trains:
        st.info(
            t("{name} answers questions but cannot train. Choose another connection in the sidebar.", name=where.name),
            icon=":material/info:",
        )
        stay_here(primary=True)
        return None
    if where.id == state.CUSTOM and not where.base_url:
        st.info(t("Type the address of the server in the sidebar first."), icon=":material/info:")
        return None
    if not where.base_models:
        kept = remembered(project, where)
        name = st.text_input(
            t("Base model"),
            value=kept.base_model if kept else "",
            key=f"base_{project.id}_{where.id}",
            persist_state="session",
            help=t(
                "The base model is the one that is fine-tuned: your examples are taught to it. Type the name by which the server knows it."
            ),
        ).strip()
        if not name:
            st.info(t("Type the name of the base model that this server can train."), icon=":material/info:")
            return None
        return where.named(name)
    models = small.known(where) if where.local else None
    by_id = {model.id: model for model in where.base_models}
    by_id |= {base.id: base.as_base() for base in (models.ready if models else ())}
    kept = remembered(project, where)
    first = where.default_model.id if where.default_model else where.base_models[0].id
    if kept is not None and kept.base_model in by_id:
        first = kept.base_model
    chosen = st.selectbox(
        t("Base model"),
        list(by_id),
        index=list(by_id).index(first),
        format_func=lambda i: t(by_id[i].name),
        key=f"base_{project.id}_{where.id}",
        persist_state="session",
        help=t("The base model is the one that is fine-tuned: your examples are taught to it."),
    )
    if by_id[chosen].practice:
        st.caption(
            t(
                "The practice model learns in seconds, on this machine, for nothing. It gives answers that it was taught and "
                "composes none: good for trying everything out, and the mark that a paid model has to beat."
            )
        )
    if models is not None:
        if (base := models.find(chosen)) is not None:
            small.describe(base)
        if models.pack.installed:
            small.get_another(models, where, chosen, f"base_{project.id}_{where.id}")
        else:
            small.pack_hint(models.pack)
    return by_id[chosen]


def stay_here(*, primary: bool = False) -> None:
    """Offer the way that is always open: the same training on this machine; `primary` where the page has no better way on."""
    st.button(
        t("Train on this machine instead"),
        type="primary" if primary else "secondary",
        icon=":material/computer:",
        key="stay_here",
        on_click=state.stay_here,
        help=t("With the practice model. It costs nothing, and nothing leaves this machine."),
    )


def choose_method(project: Project, dataset: Dataset, where: Connection, model: BaseModel) -> Method:
    """Ask what is learned where the data and the model leave a choice; nothing is asked of data without pairs."""
    found = offer(dataset, where, model)
    chosen: Method = found.methods[0]
    if len(found.methods) > 1:
        kept = remembered(project, where)
        chosen = st.radio(
            t("What to learn"),
            found.methods,
            index=found.methods.index(kept.method if kept and kept.method in found.methods else chosen),
            format_func=lambda name: t(training.METHODS[name]),
            captions=[t(training.METHODS_EXPLAINED[name]) for name in found.methods],
            key=f"method_{project.id}_{where.id}",
            persist_state="session",
        )
    for reason in found.reasons:
        st.caption(say(reason))
    return chosen


def preset_name(preset: str) -> str:
    """A preset as the page names it."""
    return {"quick": t("Quick"), "balanced": t("Balanced"), "careful": t("Careful")}[preset]


def setting_name(name: str) -> str:
    """A hyperparameter as the page names it."""
    return t(training.SETTINGS[name])


def setting_value(value: float | str) -> str:
    """A hyperparameter's value as the page shows it."""
    if isinstance(value, str) and value in training.TUNINGS:
        return t(training.TUNINGS[value])
    return t("automatic") if value == AUTO else number(value) if isinstance(value, int | float) else str(value)


@dataclass(frozen=True)
class Advanced:
    """What was set by hand; None and an empty mapping leave it to the preset and the server."""

    overrides: Mapping[str, int | float | str]
    seed: int
    suffix: str
    budget: float | None


def choose_preset(project: Project, where: Connection) -> str:
    """Ask how thorough the training should be."""
    kept = remembered(project, where)
    return st.segmented_control(
        t("How thorough"),
        PRESETS,
        default=kept.preset if kept else "balanced",
        required=True,
        format_func=preset_name,
        key=f"preset_{project.id}_{where.id}",
        persist_state="session",
        help=t("Balanced is right for most. Quick is for a first look; careful reads the examples more often."),
    )


def advanced(project: Project, dataset: Dataset, where: Connection, model: BaseModel, method: Method) -> Advanced:
    """Ask for hyperparameters by hand, seed, suffix and budget; what the kept plan had comes back."""
    kept = remembered(project, where)
    files = material(dataset, method)
    has_validation = bool(files.validation_sha)
    own = (
        set_by_hand(
            kept.hyperparameters,
            kept.preset,
            files.n_train,
            practice=model.practice,
            small=model.small,
            has_validation=has_validation,
            method=method,
        )
        if kept
        else {}
    )
    left, middle, right = st.columns(3)
    values: dict[str, Any] = {
        "n_epochs": left.number_input(
            t("Epochs"),
            1,
            50,
            own.get("n_epochs"),
            placeholder=t("from the preset"),
            help=t("How many times the model reads all the examples."),
            **_kept_as("epochs", project, where),
        ),
        "batch_size": middle.number_input(
            t("Batch size"),
            1,
            256,
            own.get("batch_size"),
            placeholder=t("automatic"),
            help=t("How many examples the model reads before it adjusts itself. One batch is one step."),
            **_kept_as("batch", project, where),
        ),
        "learning_rate_multiplier": right.number_input(
            t("Learning rate multiplier"),
            0.01,
            10.0,
            own.get("learning_rate_multiplier"),
            step=0.1,
            placeholder=t("automatic"),
            help=t("How large each adjustment is, compared with the usual: 2 means twice as large."),
            **_kept_as("rate", project, where),
        ),
    }
    if method == "dpo":
        most = BETA.high if model.small and BETA.high else BETA_MAX
        values["beta"] = st.columns(3)[0].number_input(
            setting_name("beta"),
            0.01,
            float(most),
            None if own.get("beta") is None else float(own["beta"]),
            step=0.05,
            placeholder=number(USUAL["beta"]) if model.small else t("automatic"),
            help=t(
                "How firmly the model holds to what it was: with a high beta it changes little, with a low one it follows your pairs more."
            ),
            **_kept_as("beta", project, where),
        )
    if model.small:
        values |= _of_small_models(project, where, own, has_validation=has_validation)
    left, middle, right = st.columns(3)
    seed = left.number_input(
        t("Seed"),
        0,
        SEED_RANGE[1],
        kept.seed if kept and kept.seed is not None else 42,
        help=t("The number from which all chance in the training is drawn. The same number, data and settings give the same training."),
        **_kept_as("seed", project, where),
    )
    suffix = middle.text_input(
        t("Name of your model"),
        value=kept.suffix if kept else suggest_suffix(project.name, where.suffix_max),
        max_chars=where.suffix_max,
        help=t("Becomes a part of the model's exact name, called its suffix, so that you recognise it later."),
        **_kept_as("suffix", project, where),
    )
    budget = None
    if not where.local:
        budget = budgets.ask(right, project)
    return Advanced({name: value for name, value in values.items() if value is not None}, int(seed), suffix.strip(), budget)


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
            **_kept_as(name, project, where),
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
        **_kept_as("tuning", project, where),
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
        "lora_r": ask(left, "lora_r", t("How much the adapter can hold: more for many different examples, less for few."), disabled=whole),
        "lora_alpha": ask(middle, "lora_alpha", t("How strongly the adapter speaks. Left alone it is twice the rank."), disabled=whole),
        "lora_dropout": ask(
            right,
            "lora_dropout",
            t("The share of the adapter that rests at each step, so that few examples are not learned by heart."),
            disabled=whole,
        ),
    }
    return values if whole else {**values, **adapter}


def _kept_as(name: str, project: Project, where: Connection) -> dict[str, Any]:
    return {"key": f"{name}_{project.id}_{where.id}", "persist_state": "session"}
