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
        _elsewhere(record, where)
    return False


def next_step(record: JobRecord, where: Connection) -> str:
    """What still has to happen before the model of a job answers, in one sentence; "" where it answers."""
    way = where.dialect.deploy
    known = deployment_of(state.workspace(), record.id)
    if way is None or (known is not None and known.state == "ready"):
        return ""
    if way.how == "call":
        return t("It does not answer yet: it is made ready in Monitor, under its training.")
    if way.how == "by_hand":
        return t("It does not answer yet: it needs a deployment, made in the pages of {name}.", name=t(where.name))
    return t("It does not answer yet: {name} makes it ready in its own pages, and it then answers at another address.", name=t(where.name))


def _elsewhere(record: JobRecord, where: Connection) -> None:
    """The way to a model that is made ready by hand and answers at another address, step by step."""
    name, job = t(where.name), record.remote_id or ""
    st.info(
        t("The model is trained and lies at {name}. It answers nobody yet: three steps are left, outside of this app.", name=name),
        icon=":material/cloud_upload:",
    )
    steps = (
        t("In the pages of {name}, deploy the result of the training {job}.", name=name, job=job),
        t("Copy the address and the model's name that the pages of {name} show for it.", name=name),
        t("Here, in the sidebar, choose “Other compatible server” with that address and your key, and ask the model by that name."),
    )
    st.markdown("\n".join(f"{n}. {step}" for n, step in enumerate(steps, start=1)))
    st.caption(_price(record, where))
    st.caption(t("Until then Playground and Compare cannot ask it. The training is paid for and done, and nothing of it is lost."))


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
