"""The shelf on Monitor: every model of the project with what is known of it, its passport, and the way to delete it."""

import streamlit as st

from core.estimate.timeline import End, model_end, model_note
from core.io.connections import Connection
from core.io.workspace import Project
from core.monitor.shelf import Shelved, delete, shelf, spent
from pages.ui import choices, deployments, models, passport, prices, probe, scored, state
from pages.ui.names import told_apart
from pages.ui.parts import page_of, show_errors
from pages.ui.sentences import say
from pages.ui.text import Raw, day, escape, money, number, percent, t, tn

A_PAGE = 5  # models: each stands with six lines, and the newest are the ones that are looked for
GONE = "model deleted"  # of this session: the name of the model that has just been deleted


def show(project: Project) -> None:
    """Draw the shelf, folded away until it is wanted."""
    with st.expander(t("Your fine-tuned models"), icon=":material/shelves:", key=f"shelf_{project.id}", on_change="rerun") as box:
        if not box.open:
            return
        if (gone := st.session_state.pop(GONE, None)) is not None:
            st.success(t("{model} was deleted.", model=gone), icon=":material/delete:")
        found = shelf(state.workspace(), project.id, models.shelved_as)
        if not found:
            st.markdown(t("A training that has ended well leaves a model. It will stand here with its data, scores and price."))
            return
        places = {one.record.id: models.connection_of(one.record) for one in found}
        named = {one.record.id: models.friendly_name(one.record, places[one.record.id]) for one in reversed(found)}
        names = told_apart(named)
        page = page_of(-(-len(found) // A_PAGE), key=f"shelf_page_{project.id}")
        for one in found[(page - 1) * A_PAGE : page * A_PAGE]:
            with st.container(border=True):
                _model(project, one, places[one.record.id], names[one.record.id])


def _model(project: Project, one: Shelved, where: Connection, name: str) -> None:
    host = t("this machine") if where.local else where.host
    st.markdown(f":material/deployed_code: **{escape(name)}**")
    told = [
        t("Base model: {model}, on {host}.", model=t(models.base_of(one.record, where).name), host=host),
        _data(one),
        _thoroughness(one),
        _early(one),
        _scores(project, one, where),
        _cost(one, where),
        _end(ending(one, where)),
        _checkpoints(one),
    ]
    st.caption("  \n".join(line for line in told if line))
    if todo := deployments.next_step(one.record, where):
        st.markdown(f":material/cloud_upload: {todo}")
    with st.container(horizontal=True):
        shown = st.toggle(t("Passport"), key=f"passport_{one.record.id}", help=t("Where this model comes from, and how to make it again."))
        if one.deleted_by:
            with st.popover(t("Delete"), icon=":material/delete:"):
                _ask_to_delete(one, where, name, host)
        else:
            st.caption(t("To delete it, use the pages of {name}.", name=t(where.name)))
    if shown:
        passport.show(project, one, where)


def _data(one: Shelved) -> str:
    if one.dataset is None or one.plan is None:
        return t("It was trained elsewhere: nothing is known here of its data.")
    n = one.dataset.counts["train"]
    return tn(
        "Data: {file}, version {version}, with {n} row to learn from.",
        "Data: {file}, version {version}, with {n} rows to learn from.",
        n,
        file=one.dataset.source_name,
        version=one.dataset.version,
    )


def _thoroughness(one: Shelved) -> str:
    """By what two models of the same data differ: how thorough each was, and how often it read the examples."""
    epochs = one.job.hyperparameters.get("n_epochs")
    if type(epochs) is not int:
        return "" if one.plan is None else t("How thorough: {preset}.", preset=Raw(choices.preset_name(one.plan.preset)))
    if one.plan is None:
        return tn("Its examples were read {n} time.", "Its examples were read {n} times.", epochs)
    return tn(
        "How thorough: {preset}, with {n} epoch.",
        "How thorough: {preset}, with {n} epochs.",
        epochs,
        preset=choices.preset_name(one.plan.preset),
    )


def _early(one: Shelved) -> str:
    last = models.left_behind(one.record)
    return t("Its training was ended early: this is the model after step {step}.", step=last.step) if last else ""


def _scores(project: Project, one: Shelved, where: Connection) -> str:
    if one.dataset is None or not one.model:
        return ""
    found = scored.headline(project, one.record, where, one.model)
    if found is None or found.scores is None:
        return t("No score yet: Compare makes one where answers are right or wrong.")
    before, after = found.scores
    return t(
        "Right in {right} of {n} questions that it had never seen: {after} (between {low} and {high}). Before the training: {before}.",
        right=after.right,
        n=after.n,
        after=Raw(percent(after.share)),
        low=Raw(percent(after.low)),
        high=Raw(percent(after.high)),
        before=Raw(percent(before.share)),
    )


def _cost(one: Shelved, where: Connection) -> str:
    if where.local or one.estimate.get("free"):
        return t("Cost: nothing.")
    listed = prices.of(where, one.job.base_model)
    paid = spent(one.job.trained_tokens, listed.training if listed else None)
    if paid is not None and listed is not None:
        return t(
            "Cost: about {price}, for {tokens} trained tokens by the price list of {day}.",
            price=Raw(money(paid)),
            tokens=Raw(number(one.job.trained_tokens or 0)),
            day=Raw(day(listed.as_of)),
        )
    low, high = one.estimate.get("low"), one.estimate.get("high")
    if isinstance(low, int | float) and isinstance(high, int | float):
        return t("Cost: {low} to {high} by the estimate before the training.", low=Raw(money(low)), high=Raw(money(high)))
    return t("Cost: not known here.")


def ending(one: Shelved, where: Connection) -> End | None:
    """When the model stops answering, by the server where it was asked before, else by the list of known days; nobody is asked here."""
    if not one.model:
        return None
    found = probe.known(where)
    return model_end(prices.place(where), one.model, found.models if found else None, state.now().date())


def _end(end: End | None) -> str:
    return "" if end is None else say(model_note(end))


def _checkpoints(one: Shelved) -> str:
    if not one.checkpoints:
        return t("No checkpoints are listed.")
    steps = ", ".join(number(point.step) for point in one.checkpoints)
    return tn("{n} checkpoint, of step {steps}.", "{n} checkpoints, of the steps {steps}.", len(one.checkpoints), steps=Raw(steps))


def _ask_to_delete(one: Shelved, where: Connection, name: str, host: str) -> None:
    st.markdown(t("{model} will be deleted on {host}. Nobody can use it any more, and it cannot be brought back.", model=name, host=host))
    if where.local:
        st.markdown(t("Its checkpoints go with it. Your data and the record of the training stay."))
    else:
        st.markdown(t("Your data and the record of the training stay. Whether its checkpoints go with it, only {host} knows.", host=host))
    sure = st.checkbox(t("Yes, delete this model"), key=f"sure_delete_{one.record.id}")
    if st.button(t("Delete the model"), icon=":material/delete:", disabled=not sure, key=f"delete_model_{one.record.id}"):
        with show_errors():
            delete(state.workspace(), state.client(where), one.record, state.now())
            st.session_state[GONE] = name
            st.rerun()
