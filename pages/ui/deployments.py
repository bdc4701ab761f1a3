"""A trained model that does not answer by itself: what has to happen first, at what price, and the user's yes."""

import streamlit as st

from core.io.connections import Connection
from core.io.workspace import JobRecord
from core.monitor.deployments import Deployment, deploy, deployed_by_hand, deployment_of, look_at_deployment
from pages.ui import prices, state
from pages.ui.parts import show_errors
from pages.ui.text import Raw, day, money, t

LOOK_EVERY_S = 10.0  # a model takes minutes to get ready


def is_ready(record: JobRecord, where: Connection) -> bool:
    """Whether the model of a job can be asked now; says nothing on the page."""
    known = deployment_of(state.workspace(), record.id) if where.dialect.deploy is not None else None
    return where.dialect.deploy is None or (known is not None and known.state == "ready")


def answers(record: JobRecord, where: Connection) -> bool:
    """Whether the model of a job can be asked; where it cannot yet, say what has to happen first and offer it."""
    way = where.dialect.deploy
    if way is None or is_ready(record, where):
        return True
    known = deployment_of(state.workspace(), record.id)
    if way.how == "call":
        _by_call(record, where, known)
    elif way.how == "by_hand":
        st.info(
            t("The model is trained, and answers once it has a deployment: make one in the pages of {name}.", name=t(where.name)),
            icon=":material/cloud_upload:",
        )
        st.caption(_price(record, where))
        _ask_name(record)
    else:
        st.info(
            t(
                "The model is trained, and {name} makes it ready in its own pages, at another address. "
                "To ask it something, choose “Other compatible server” with that address.",
                name=t(where.name),
            ),
            icon=":material/cloud_upload:",
        )
        st.caption(_price(record, where))
    return False


def _by_call(record: JobRecord, where: Connection, known: Deployment | None) -> None:
    st.info(
        t("The model is trained, and answers once {host} has made it ready, which takes some minutes.", host=where.host),
        icon=":material/cloud_upload:",
    )
    if known is not None and not known.may_ask:
        _watch(record.id, where)
        return
    if known is not None:
        st.warning(t("It was not made ready."), icon=":material/warning:")
    st.caption(_price(record, where))
    sure = st.checkbox(t("Yes, make it ready on {host} at this price", host=Raw(where.host)), key=f"deploy_sure_{record.id}")
    if st.button(t("Make the model ready"), disabled=not sure, type="primary", key=f"deploy_{record.id}"):
        with show_errors():
            deploy(state.workspace(), state.client(where), record, state.now())
            st.rerun()


def _watch(record_id: str, where: Connection) -> None:
    @st.fragment(run_every=f"{LOOK_EVERY_S}s")
    def looking() -> None:
        with show_errors():
            ws = state.workspace()
            record = next(one for one in ws.jobs_at(where.origin) if one.id == record_id)
            found = look_at_deployment(ws, state.client(where), record, state.now())
            if found is None or found.state == "ready" or found.may_ask:
                st.rerun()
            elif found.state == "waiting":
                st.caption(t("{host} is making it ready. It says: {status}", host=where.host, status=found.raw_status))
            else:
                st.caption(t("Whether {host} has been asked cannot be told yet. It is looked for, and not asked again.", host=where.host))

    looking()


def _ask_name(record: JobRecord) -> None:
    with st.form(f"deployment_{record.id}", border=False):
        name = st.text_input(
            t("Name of the deployment"), help=t("The name that you chose for it there. The model answers by it."), max_chars=64
        )
        if st.form_submit_button(t("Use this deployment")):
            with show_errors():
                deployed_by_hand(state.workspace(), record, name.strip(), state.now())
                st.rerun()


def _price(record: JobRecord, where: Connection) -> str:
    """What being ready costs, with its day."""
    model = record.snapshot.base_model if record.snapshot else ""
    found = prices.ready(where, model)
    if found is None or found.per_hour is None:
        return t("What it costs to keep it ready is not known here. Look it up at the provider first.")
    read = Raw(day(found.own or found.as_of))
    if not found.per_hour:
        return t("Being ready costs nothing there, and the answers are billed (read on {day}).", day=read)
    return t(
        "Being ready costs {price} for every hour, asked or not, until you delete it there (read on {day}).",
        price=Raw(money(found.per_hour)),
        day=read,
    )
