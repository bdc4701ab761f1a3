"""What the choices of the Train page add up to: the plan, its price, and the one job that it starts."""

from datetime import timedelta

import streamlit as st

from core.base.errors import AccessDenied, TrainingNotAvailable
from core.base.types import Estimate
from core.io.connections import BaseModel, Connection
from core.io.software import versions
from core.io.workspace import Dataset, JobRecord, Plan, Project, plain
from core.train.budget import AGREED
from core.train.carry import Wishes
from core.train.method import Method, material
from core.train.notes import read_notes
from core.train.plan import TrainingPlan, build
from core.train.start import next_attempt, start_training, stored_error
from pages.ui import budgets, closed, counting, failed, prices, sending, state, ways_on, wishes
from pages.ui.advanced import Advanced
from pages.ui.text import money, t

IMPATIENT = timedelta(seconds=1)  # within which a click is the second of a double click, not a wish to go back


def build_plan(dataset: Dataset, where: Connection, model: BaseModel, method: Method, preset: str, by_hand: Advanced) -> TrainingPlan:
    """The plan that the choices add up to; raises BadSetting."""
    files = material(dataset, method)
    return build(
        connection_id=where.id,
        origin=where.origin,
        host=t("this machine") if where.local else where.host,
        base_model=model.id,
        train_sha=files.train_sha,
        validation_sha=files.validation_sha,
        n_train=files.n_train,
        n_validation=files.n_validation,
        method=method,
        preset_name=preset,
        overrides=by_hand.overrides,
        ranges=where.dialect.ranges,
        practice=model.practice,
        small=model.small,
        seed=by_hand.seed,
        suffix=by_hand.suffix,
        budget=by_hand.budget,
        suffix_max=where.suffix_max,
        metadata=read_notes(by_hand.notes),
        remembers=model.practice and dataset.shape.get("kind") == "text",
    )


def price_of(plan: TrainingPlan, dataset: Dataset, where: Connection) -> Estimate | None:
    """What the plan will cost; None while its tokens are still being counted."""
    tokens = counting.tokens(dataset, plan.base_model, plan.method)
    if tokens is None:
        return None
    epochs = plan.hyperparameters["n_epochs"]
    known = next((model for model in where.base_models if model.id == plan.base_model), None)
    model = known or BaseModel(id=plan.base_model, name=plan.base_model)
    return prices.training(tokens, dataset, where, model, plan.method, epochs if isinstance(epochs, int) else None)


def price_sentence(cost: Estimate) -> str:
    """The price in one sentence."""
    if cost.free and cost.as_of is not None:  # no price list has one of 0
        return t("It costs nothing, by the price that you entered.")
    if cost.free:
        return t("It costs nothing: the work is done on this machine.")
    if not cost.known:
        return t("The price is not known here. Look it up at the provider before you start.")
    if money(cost.low) == money(cost.high):
        return t("It will cost about {price} (an estimate).", price=money(cost.high))
    if any(reason.code == "pairs_counted" for reason in cost.assumptions):
        return t(
            "It will cost about {low} to {high} (an estimate, with both answers of each pair counted).",
            low=money(cost.low),
            high=money(cost.high),
        )
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
        estimate=plain(cost) | ({} if cost.known else {"high": None, AGREED: budgets.agreed(plan)}),  # JSON has no infinity
        key=plan.key,
        method=plan.method,
        metadata=plan.metadata,
    )
    ws.update_project(project.id, state.now(), plan_id=kept.id)
    return kept


def start(
    project: Project, dataset: Dataset, plan: TrainingPlan, cost: Estimate, where: Connection, *, again: JobRecord | None = None
) -> JobRecord:
    """Keep the plan and start its job, once; `again` is the attempt after which a new one was asked for by name."""
    kept = keep(project, dataset, plan, cost, where)
    ws, attempt = state.workspace(), next_attempt(again) if again else None
    with sending.progress() as on_sent:
        record = start_training(ws, state.client(where), kept, now=state.now(), attempt=attempt, on_sent=on_sent)
    ws.claim_setting(software(record), versions())  # for the model's passport: what is installed later may be something else
    return record


def software(record: JobRecord) -> str:
    """The setting that keeps which versions a training was started with."""
    return f"software/{record.project_id}/{record.id}"


def ask_for(project: Project, plan: TrainingPlan, attempt: int) -> None:
    """Remember which attempt was asked for: a second click ends the run of the page that would have led on to Monitor."""
    st.session_state[f"starting_{project.id}"] = (plan.key, attempt)
    st.session_state.pop(f"arrived_{project.id}", None)


def was_started(project: Project, record: JobRecord | None) -> bool:
    """Whether the attempt that was asked for has been created meanwhile; true until Monitor has been reached and settled.

    An impatient second click can end the very run that leads on, or call Train up again when Monitor is there already.
    """
    asked = st.session_state.get(f"starting_{project.id}")
    if asked is None or record is None or record.state != "created" or (record.key, record.attempt) != asked:
        return False
    arrived = st.session_state.get(f"arrived_{project.id}")
    return arrived is None or state.now() - arrived < IMPATIENT


def arrived(project: Project) -> None:
    """Note that Monitor was reached after a start."""
    if f"starting_{project.id}" in st.session_state:
        st.session_state.setdefault(f"arrived_{project.id}", state.now())


@st.fragment(run_every="1s")
def wait_for_start(record_id: str) -> None:
    """Look every second whether another run of the page has finished starting this job."""
    if state.workspace().job(record_id).state != "creating":
        st.rerun()


def show_last_try(project: Project, record: JobRecord) -> bool:
    """Say why the last attempt came to nothing; whether another one would come to the same."""
    error = stored_error(record)
    if isinstance(error, TrainingNotAvailable) and record.plan_id is not None:
        closed.refused(project, state.workspace().plan(record.plan_id), error)
        return True
    if error is not None:
        failed.show(record, error)
    denied = isinstance(error, AccessDenied)
    if denied:
        chosen = wishes.of_plan(state.workspace().plan(record.plan_id)) if record.plan_id else Wishes()
        ways_on.stay_here(project, chosen)
    return denied
