"""The part of Estimate that says what it costs."""

import streamlit as st

from core.base.types import TokenCount
from core.estimate.cost import use_cost
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset
from core.train.method import Method, material
from pages.ui import counting, pace, plans, prices
from pages.ui.sentences import say
from pages.ui.text import money, number, t


def show_price(tokens: TokenCount, asked: TokenCount, where: Connection, model: BaseModel, dataset: Dataset, method: Method) -> None:
    """Show what training on `tokens` costs, what questions like those of `asked` cost afterwards, and what the figures rest on."""
    cost = prices.training(tokens, dataset, where, model, method)
    if cost is None:
        return
    with st.grid(3, min_column_width=200):
        st.metric(
            t("Training"),
            _range(cost.low, cost.high, free=cost.free, known=cost.known),
            border=True,
            height="stretch",
            help=plans.price_sentence(cost),
        )
        epochs = number(cost.epochs_low) if cost.epochs_low == cost.epochs_high else f"{number(cost.epochs_low)}–{number(cost.epochs_high)}"
        st.metric(t("Epochs (expected)"), epochs, border=True, height="stretch", help=t("How many times the model reads all the examples."))
        after = use_cost(asked, prices.tuned(where, model.id))
        st.metric(
            t("1,000 answers afterwards"),
            t("free") if where.local else money(after.usd) if after.usd is not None else t("not known"),
            border=True,
            height="stretch",
            help=t("What 1,000 questions to the trained model cost, if they and their answers are as long as in the examples."),
        )
    if model.practice:
        st.caption(say(pace.of_practice(tokens, dataset).reason))
    if model.small:
        pace.show(where, model, tokens, material(dataset, method).n_validation, {})
    with st.expander(t("What these figures rest on"), icon=":material/rule:"):
        st.markdown("\n".join(f"- {say(reason)}" for reason in cost.assumptions))


def asking(dataset: Dataset, where: Connection, model: BaseModel, n: int) -> float | None:
    """About what it costs, in USD, to put n questions to the model before and after training; None where it is not known."""
    after = answering(dataset, where, model, n)
    tokens = counting.tokens(dataset, model.id)
    if after is None or tokens is None:
        return None
    before = use_cost(tokens, prices.of(where, model.id), questions=n).usd
    return None if before is None else before + after


def asking_one(dataset: Dataset, where: Connection, model: BaseModel, n: int, *, trained: bool, shots: int = 0) -> float | None:
    """About what it costs, in USD, to put n questions to one model, each behind `shots` training examples; None where it is not known."""
    if where.local:
        return 0.0
    tokens = counting.tokens(dataset, model.id)
    price = prices.tuned(where, model.id) if trained else prices.of(where, model.id)
    if tokens is None or price is None or price.input is None:
        return None
    asked = use_cost(tokens, price, questions=n)
    return None if asked.usd is None else asked.usd + n * shots * (asked.prompt_tokens + asked.answer_tokens) * price.input / 1_000_000


def answering(dataset: Dataset, where: Connection, model: BaseModel, n: int) -> float | None:
    """About what it costs, in USD, to put n questions to the trained model alone; None where it is not known."""
    tokens = counting.tokens(dataset, model.id)
    if where.local or tokens is None:
        return None
    return use_cost(tokens, prices.tuned(where, model.id), questions=n).usd


def _range(low: float, high: float, *, free: bool, known: bool) -> str:
    if free:
        return t("free")
    if not known:
        return t("not known")
    return money(high) if money(low) == money(high) else f"{money(low)} – {money(high)}"
