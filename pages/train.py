"""Train: the plan in one sentence, what may leave for where, and one job for one plan."""

from pages.ui.frame import require_frame

require_frame()

from typing import Literal

import streamlit as st

from core.base.types import Reason
from core.train.again import plan_file as as_file
from core.train.plan import describe
from core.train.reconcile import reconcile
from core.train.start import may_start
from pages.ui import (
    advanced,
    base_models,
    budgets,
    choices,
    consent,
    counting,
    ending,
    left_out,
    pace,
    plan_file,
    plans,
    remote_files,
    state,
    wishes,
)
from pages.ui.data import dataset_of
from pages.ui.parts import head, nothing_yet, show_errors
from pages.ui.sentences import say
from pages.ui.steps import go
from pages.ui.text import t

head("train")
project = state.project()
dataset = dataset_of(project)
if project is None or dataset is None:
    nothing_yet(
        t("No data set yet"),
        t("A training needs examples to learn from. Prepare turns your rows into them."),
        go_to="prepare",
        label=t("Prepare the data"),
        preview=t("What you will see: “The model will read 210 examples about 3 times.” One click then starts it."),
    )
    st.stop()

where = state.chosen_connection()
ws = state.workspace()
model = base_models.choose(where, project)
if model is None:
    plan_file.bring(project, where)  # a plan names its base model, too
    st.stop()

ending.show(where, model, trains=True)
method = choices.choose_method(project, dataset, where, model)
preset = choices.choose_preset(project, where)
with st.expander(t("Advanced"), icon=":material/tune:"):
    by_hand = advanced.ask(project, dataset, where, model, method)
left_out.show(project, dataset, where, model)
plan_file.bring(project, where)

with show_errors():
    plan = plans.build_plan(dataset, where, model, method, preset, by_hand)
    cost = plans.price_of(plan, dataset, where)
    if cost is None:
        st.stop()
    with st.container(border=True):
        st.markdown(f"**{t('The plan')}**")
        told = describe(plan)
        st.markdown(say(Reason(told.code, {**told.params, "model": t(model.name)})))
        st.caption("  \n".join(f"{choices.setting_name(c.name)}: {choices.setting_value(c.value)} – {say(c.reason)}" for c in plan.choices))
        st.markdown(plans.price_sentence(cost))
        if model.small and (tokens := counting.tokens(dataset, model.id, method)) is not None:
            pace.show(where, model, tokens, plan.n_validation, plan.hyperparameters)
        plan_file.export(as_file(plan, dataset), key=project.id)

    main: Literal["primary", "secondary"]
    record = ws.latest_attempt(plan.key)
    if plans.was_started(project, record):
        go("monitor")
    allowed, reason = may_start(record, project.id)
    agreed = consent.ask(where, dataset, plan, cost)
    agreed = budgets.allows(plan, cost) and agreed
    if state.lacks_key(where):
        st.info(t("Type the API key for {host} in the sidebar before you start.", host=where.host), icon=":material/key:")
        agreed = False

    if allowed:
        denied = record is not None and plans.show_last_try(project, record)
        # a page has one primary button: where the server has said no, that is the way around it
        main = "secondary" if denied else "primary"
        if st.button(t("Start training"), type=main, icon=":material/play_arrow:", disabled=not agreed, key="start"):
            plans.ask_for(project, plan, record.attempt if record else 1)
            with st.spinner(t("Sending the files and starting the training…")):
                started = plans.start(project, dataset, plan, cost, where)
            if plans.was_started(project, started):
                go("monitor")
            st.rerun()
    elif record is not None and record.state == "created":
        came_to_nothing = reason.code in ("try_cancelled", "try_failed")
        if came_to_nothing:
            st.warning(say(reason), icon=":material/replay:")
        else:
            st.success(say(reason), icon=":material/check_circle:")
        # also whoever asked to run a finished plan again came for that
        once_more = came_to_nothing or (reason.code == "try_finished" and wishes.is_as_taken(project, where))
        with st.container(horizontal=True):
            finished = t("See what came out of it") if reason.code == "try_finished" else t("Watch this training")
            if st.button(
                t("See the last try") if came_to_nothing else finished,
                type="secondary" if once_more else "primary",
                icon=":material/arrow_forward:",
                key="watch",
            ):
                plans.keep(project, dataset, plan, cost, where)
                go("monitor")
            # the key names the attempt that is to be repeated: a second click on the same button asks for no third one
            main = "primary" if once_more else "secondary"
            if st.button(t("Train again"), type=main, icon=":material/replay:", disabled=not agreed, key=f"again_{record.id}"):
                plans.ask_for(project, plan, record.attempt + 1)
                with st.spinner(t("Starting a new training…")):
                    started = plans.start(project, dataset, plan, cost, where, again=record)
                if plans.was_started(project, started):
                    go("monitor")
                st.rerun()
    elif record is not None:
        st.warning(say(reason), icon=":material/help:")
        if record.state == "creating":
            plans.wait_for_start(record.id)
        if st.button(t("Look again"), type="primary", icon=":material/search:", key="look_again"):
            reconcile(ws, state.client(where), record, state.now())
            st.rerun()

remote_files.offer(project, where)
