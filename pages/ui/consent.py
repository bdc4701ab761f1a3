"""What leaves this machine, for which host, at what price, and the user's yes."""

from collections.abc import Collection

import streamlit as st

from core.base.types import Estimate
from core.io.connections import Connection
from core.io.workspace import Dataset
from core.train.leaving import Leaving, Private, private_data
from core.train.plan import TrainingPlan
from pages.ui import plans
from pages.ui.sentences.training import PRIVATE
from pages.ui.steps import go
from pages.ui.text import Raw, money, t, tn


def ask(where: Connection, dataset: Dataset, plan: TrainingPlan, cost: Estimate) -> bool:
    """Name what leaves, what personal data is in it and for where; True once that was agreed to (nothing leaves for this machine)."""
    if where.local:
        st.markdown(":material/lock: " + t("Nothing leaves this machine."))
        return True
    total = plan.n_train + plan.n_validation
    leaves = private_data(dataset, plan.method)
    told = (
        t("{n} questions, each with its better and its worse answer, will be sent to {host}.", n=total, host=where.host)
        if plan.method == "dpo"
        else t("{n} examples with their questions and answers will be sent to {host}.", n=total, host=where.host),
        *_private(leaves),
        plans.price_sentence(cost),
    )
    st.warning("  \n".join(told), icon=":material/outbound:")
    if leaves.found and st.button(
        t("Mask or remove it on Prepare"),
        icon=":material/edit:",
        key="mend_private",
        help=t("Save the data set again afterwards: a new version leaves then."),
    ):
        go("prepare")
    # as it is: a label is read aloud with the backslashes of its escapes, and a host has no markup (core/io/addresses.py)
    yes = t("Yes, send them to {host} and start at this price", host=Raw(where.host))
    return st.checkbox(yes if cost.known else t("Yes, send them to {host} and start", host=Raw(where.host)), key=f"consent_{plan.key}")


def _private(leaves: Leaving) -> list[str]:
    """What personal data and secrets leave, in sentences."""
    if not leaves.found:
        return [t("The checks found nothing personal in them. They cannot find everything: look through them first.")]
    kinds = Raw("; ".join(map(_kind, leaves.found)))
    told = [t("Personal or secret, and among what is sent: {kinds}.", kinds=kinds)]
    if leaves.perhaps_worse:
        told.append(t("Some of it may stand in the worse answers only, which stay here."))
    return told


def _kind(one: Private) -> str:
    kind = t(PRIVATE[one.code])
    if one.at_least:
        return tn("{kind} (at least {n} row)", "{kind} (at least {n} rows)", one.rows, kind=kind)
    return tn("{kind} ({n} row)", "{kind} ({n} rows)", one.rows, kind=kind)


def tell_of_shots(where: Connection, dataset: Dataset, k: int) -> None:
    """Say that training examples leave with each question, and what personal data is in them; nothing leaves for this machine."""
    if where.local:
        return
    told = t("With each question {k} examples of the training, questions and answers, are sent to {host}.", k=k, host=where.host)
    st.warning("  \n".join((told, *_private(private_data(dataset, "supervised")))), icon=":material/outbound:")


def tell_of_answers(where: Connection, dataset: Dataset, rows: Collection[int]) -> None:
    """Say that two models' answers leave with the questions of these rows, and what personal data is in them."""
    if where.local:
        return
    told = (
        t("With each question its system prompt and both answers are sent to {host}, without the models' names.", host=where.host),
        *_private(private_data(dataset, "supervised", rows)),
        t("What the models wrote was not looked through."),
    )
    st.warning("  \n".join(told), icon=":material/outbound:")


def ask_questions(where: Connection, *, key: str, n: int | None = None, usd: float | None = None) -> bool:
    """The same for asking a model: True once it was agreed that the questions (`n` of them, where that is known) go to the host."""
    if where.local:
        return True
    if n is None:
        st.caption(t("What you ask here is sent to {host}, which bills it.", host=where.host))
    elif usd is None:
        st.warning(
            t("{n} questions will be sent to {host}, which bills them. The price is not known here.", n=n, host=where.host),
            icon=":material/outbound:",
        )
    else:
        st.warning(
            t("{n} questions will be sent to {host}, for about {price} (an estimate).", n=n, host=where.host, price=money(usd)),
            icon=":material/outbound:",
        )
    host = Raw(where.host)
    yes = t("Yes, send what I ask to {host}", host=host) if n is None else t("Yes, send them to {host}", host=host)
    return st.checkbox(yes, key=f"consent_{key}", persist_state="session")
