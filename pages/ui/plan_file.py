"""A plan that leaves as a file and comes back: export it, bring one in, and run it again on the connection that is chosen now."""

from functools import partial

import streamlit as st

from core.base.errors import TunesmithError
from core.base.plan_file import MOST_BYTES, PlanFile, write
from core.io.connections import BaseModel, Connection, connections
from core.io.workspace import Project
from core.monitor.passport import plan_in
from core.train.again import Again, again
from pages.ui import models, small, state, wishes
from pages.ui.parts import show_error, show_errors
from pages.ui.sentences import say
from pages.ui.steps import go
from pages.ui.text import t, tn

NOTES = "notes of the plan brought in"  # of this session: what differs from the plan that was asked for


def export(plan: PlanFile, *, key: str) -> None:
    """Offer the plan as a file; it names the data by a fingerprint and holds none of it."""
    st.download_button(
        t("Export the plan"),
        data=partial(write, plan),
        file_name=f"plan-{plan.suffix or plan.train_sha256[:8]}.json",
        mime="application/json",
        icon=":material/download:",
        key=f"export_plan_{key}",
        on_click="ignore",
        help=t("The settings of the training as a file. It names your data by a fingerprint and holds none of it."),
    )


def run_again(project: Project, plan: PlanFile, *, key: str) -> None:
    """Lead to Train with this plan filled in; nothing starts before its price and what leaves were agreed to there."""
    if st.button(t("Run this plan again"), icon=":material/replay:", key=f"run_again_{key}"):
        _take(project, plan, state.chosen_connection())


def bring(project: Project, where: Connection) -> None:
    """Let a plan be brought in from a file, and say what differed from the last one that was."""
    if wishes.is_as_taken(project, where):
        st.success(t("The plan was taken over. The choices on this page are its own now; nothing has started."), icon=":material/check:")
    for note in st.session_state.get(NOTES, {}).get(project.id, ()):
        st.info(say(note), icon=":material/compare_arrows:")
    with st.expander(t("Use a plan from a file"), icon=":material/upload_file:", key=f"bring_{project.id}", on_change="rerun") as box:
        if not box.open:
            return
        # of no type: the browser would keep a file of another one beside the next, whereas one that is refused here is replaced
        file = st.file_uploader(
            t("A plan or a passport"),
            max_upload_size=MOST_BYTES // 2**20,
            key=f"plan_file_{project.id}",
            help=t("A file that was exported here or on another machine. Its data must be on this machine already."),
        )
        if file is None:
            return
        with show_errors():
            wanted = plan_in(file.getvalue())
            st.markdown(
                tn(
                    "A plan for {model}, with {n} row to learn from.",
                    "A plan for {model}, with {n} rows to learn from.",
                    wanted.n_train,
                    model=name_of(wanted),
                )
            )
            if st.button(t("Use this plan"), icon=":material/check:", key=f"use_plan_{project.id}"):
                _take(project, wanted, where)


def _take(project: Project, wanted: PlanFile, where: Connection) -> None:
    try:
        found = again(
            state.workspace(), wanted, where, t("this machine") if where.local else where.host, _offered(where), project_id=project.id
        )
    except TunesmithError as error:
        show_error(error)
        return
    _keep(found, where)
    go("train")


def name_of(wanted: PlanFile) -> str:
    """The plan's base model as the pages call it; by its id where its connection is not known here."""
    where = next((one for one in connections() if one.id == wanted.connection_id), None)
    return t(models.base_named(where, wanted.base_model).name) if where is not None else wanted.base_model


def _offered(where: Connection) -> list[BaseModel]:
    models = small.known(where) if where.local else None
    return [*where.base_models, *(base.as_base() for base in (models.ready if models else ()))]


def _keep(found: Again, where: Connection) -> None:
    """Make the plan the one that Train proposes, in the project that has its data; its price is asked for there anew."""
    ws, plan = state.workspace(), found.plan
    kept = ws.save_plan(
        found.dataset.project_id,
        now=state.now(),
        dataset_id=found.dataset.id,
        connection_id=where.id,
        origin=plan.origin,
        base_model=plan.base_model,
        preset=plan.preset,
        hyperparameters=plan.hyperparameters,
        seed=plan.seed,
        suffix=plan.suffix,
        budget=plan.budget,
        estimate={"low": 0.0, "high": None},  # not known before Train has counted it: a budget then stands against a start
        key=plan.key,
        method=plan.method,
        metadata=plan.metadata,
    )
    project = ws.update_project(found.dataset.project_id, state.now(), plan_id=kept.id, dataset_id=found.dataset.id, connection_id=where.id)
    if where.asks_address:
        ws.update_project(project.id, state.now(), base_url=where.base_url)
    state.open_project(project.id)
    wishes.take_over(project, where, kept)
    st.session_state[NOTES] = {project.id: found.notes}
