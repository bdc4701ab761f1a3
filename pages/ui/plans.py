"""The choices of the Train page and what they add up to: model, hyperparameters, price, plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.base.prices import price
from core.base.types import Estimate
from core.estimate.cost import estimate
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset, JobRecord, Plan, Project, plain
from core.train.plan import PRESETS, SEED_RANGE, TrainingPlan, build, set_by_hand, suggest_suffix
from core.train.start import next_attempt, start_training, stored_error
from pages.ui import counting, state
from pages.ui.parts import show_error
from pages.ui.sentences import training
from pages.ui.text import money, number, t

AUTO = "auto"


def remembered(project: Project, where: Connection) -> Plan | None:
    """The plan that was last kept for this project on this connection: its choices come back after a refresh."""
    plan = state.workspace().plan(project.plan_id) if project.plan_id else None
    return plan if plan is not None and plan.origin == where.origin else None


def choose_model(where: Connection, project: Project) -> BaseModel | None:
    """Ask which base model learns; None (and a sentence) where none is named yet or the connection trains nothing."""
    if not where.trains:
        st.info(
            t("{name} answers questions but cannot train. Choose another connection in the sidebar.", name=where.name),
            icon=":material/info:",
        )
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
            help=t("The name under which the server knows the model that is to be trained."),
        ).strip()
        if not name:
            st.info(t("Type the name of the base model that this server can train."), icon=":material/info:")
            return None
        return BaseModel(id=name, name=name)
    by_id = {model.id: model for model in where.base_models}
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
        help=t("The model that your examples are taught to."),
    )
    if by_id[chosen].practice:
        st.caption(
            t(
                "The practice model learns in seconds, on this machine, free. It picks among the answers that it was taught: "
                "good for rehearsing every step, and the bar that a paid model has to clear."
            )
        )
    return by_id[chosen]


def preset_name(preset: str) -> str:
    """A preset as the page names it."""
    return {"quick": t("Quick"), "balanced": t("Balanced"), "careful": t("Careful")}[preset]


def setting_name(name: str) -> str:
    """A hyperparameter as the page names it."""
    return t(training.SETTINGS[name])


def setting_value(value: float | str) -> str:
    """A hyperparameter's value as the page shows it."""
    return t("automatic") if value == AUTO else number(float(value)) if isinstance(value, float) else str(value)


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


def advanced(project: Project, dataset: Dataset, where: Connection, model: BaseModel) -> Advanced:
    """Ask for hyperparameters by hand, seed, suffix and budget; what the kept plan had comes back."""
    kept = remembered(project, where)
    has_validation = bool(dataset.validation_sha)
    own = (
        set_by_hand(kept.hyperparameters, kept.preset, dataset.counts["train"], practice=model.practice, has_validation=has_validation)
        if kept
        else {}
    )
    left, middle, right = st.columns(3)
    values = {
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
            help=t("How many examples it reads before it adjusts itself."),
            **_kept_as("batch", project, where),
        ),
        "learning_rate_multiplier": right.number_input(
            t("Learning rate multiplier"),
            0.01,
            10.0,
            own.get("learning_rate_multiplier"),
            step=0.1,
            placeholder=t("automatic"),
            help=t("How large each adjustment is, compared with the usual."),
            **_kept_as("rate", project, where),
        ),
    }
    left, middle, right = st.columns(3)
    seed = left.number_input(
        t("Seed"),
        0,
        SEED_RANGE[1],
        kept.seed if kept and kept.seed is not None else 42,
        help=t("The same seed with the same data and settings gives the same training."),
        **_kept_as("seed", project, where),
    )
    suffix = middle.text_input(
        t("Name of your model"),
        value=kept.suffix if kept else suggest_suffix(project.name, where.suffix_max),
        max_chars=where.suffix_max,
        help=t("Becomes part of the model's id, so that you recognise it later."),
        **_kept_as("suffix", project, where),
    )
    budget = None
    if not where.local:
        budget = right.number_input(
            t("Budget in US dollars"),
            0.0,
            None,
            kept.budget if kept else None,
            placeholder=t("no limit"),
            help=t("A training that may cost more is not started."),
            **_kept_as("budget", project, where),
        )
    return Advanced({name: value for name, value in values.items() if value is not None}, int(seed), suffix.strip(), budget)


def _kept_as(name: str, project: Project, where: Connection) -> dict[str, Any]:
    return {"key": f"{name}_{project.id}_{where.id}", "persist_state": "session"}


def build_plan(dataset: Dataset, where: Connection, model: BaseModel, preset: str, by_hand: Advanced) -> TrainingPlan:
    """The plan that the choices add up to; raises BadSetting."""
    return build(
        connection_id=where.id,
        origin=where.origin,
        host=t("this machine") if where.local else where.host,
        base_model=model.id,
        train_sha=dataset.train_sha,
        validation_sha=dataset.validation_sha,
        n_train=dataset.counts["train"],
        n_validation=dataset.counts["validation"],
        preset_name=preset,
        overrides=by_hand.overrides,
        practice=model.practice,
        seed=by_hand.seed,
        suffix=by_hand.suffix,
        budget=by_hand.budget,
        suffix_max=where.suffix_max,
    )


def price_of(plan: TrainingPlan, dataset: Dataset, where: Connection) -> Estimate | None:
    """What the plan will cost; None while its tokens are still being counted."""
    tokens = counting.tokens(dataset, plan.base_model)
    if tokens is None:
        return None
    today = state.now().date()
    epochs = plan.hyperparameters["n_epochs"]
    return estimate(
        tokens, price(where.id, plan.base_model, today), epochs if isinstance(epochs, int) else None, local=where.local, today=today
    )


def price_sentence(cost: Estimate) -> str:
    """The price in one sentence."""
    if cost.free:
        return t("It costs nothing: the work is done on this machine.")
    if not cost.known:
        return t("The price is not known here. Look it up at the provider before you start.")
    if money(cost.low) == money(cost.high):
        return t("It will cost about {price} (an estimate).", price=money(cost.high))
    return t("It will cost about {low} to {high} (an estimate).", low=money(cost.low), high=money(cost.high))


def keep(project: Project, dataset: Dataset, plan: TrainingPlan, cost: Estimate, where: Connection) -> Plan:
    """Write the plan down as the project's; a training of the same plan, started in another project, is then this project's too."""
    ws = state.workspace()
    kept = ws.save_plan(
        project.id,
        now=state.now(),
        dataset_id=dataset.id,
        connection_id=where.id,
        origin=plan.origin,
        base_model=plan.base_model,
        preset=plan.preset,
        hyperparameters=plan.hyperparameters,
        seed=plan.seed,
        suffix=plan.suffix,
        budget=plan.budget,
        estimate=plain(cost) | ({} if cost.known else {"high": None}),  # JSON has no infinity
        key=plan.key,
    )
    ws.update_project(project.id, state.now(), plan_id=kept.id)
    return kept


def start(
    project: Project, dataset: Dataset, plan: TrainingPlan, cost: Estimate, where: Connection, *, again: JobRecord | None = None
) -> JobRecord:
    """Keep the plan and start its job, once; `again` is the attempt after which a new one was asked for by name."""
    kept = keep(project, dataset, plan, cost, where)
    return start_training(state.workspace(), state.client(where), kept, now=state.now(), attempt=next_attempt(again) if again else None)


def ask_for(project: Project, plan: TrainingPlan, attempt: int) -> None:
    """Remember which attempt was asked for: a second click ends the run of the page that would have led on to Monitor."""
    st.session_state[f"starting_{project.id}"] = (plan.key, attempt)


def was_started(project: Project, record: JobRecord | None) -> bool:
    """Whether the attempt that was asked for has been created meanwhile; true once."""
    asked = st.session_state.get(f"starting_{project.id}")
    if asked is None or record is None or record.state != "created" or (record.key, record.attempt) != asked:
        return False
    del st.session_state[f"starting_{project.id}"]
    return True


@st.fragment(run_every="1s")
def wait_for_start(record_id: str) -> None:
    """Look every second whether another run of the page has finished starting this job."""
    if state.workspace().job(record_id).state != "creating":
        st.rerun()


def show_last_try(record: JobRecord) -> None:
    """Say why the last attempt came to nothing."""
    error = stored_error(record)
    if error is not None:
        show_error(error)
