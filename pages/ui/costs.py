"""The parts of Estimate: what it costs, how long the examples are."""

from collections.abc import Sequence

import streamlit as st

from core.base.lora_settings import USUAL
from core.base.types import Example, TokenCount
from core.estimate.cost import use_cost
from core.estimate.lengths import lengths, too_long
from core.estimate.local_time import time_here
from core.io.connections import BaseModel, Connection
from core.io.workspace import Dataset
from core.train.method import Method, material
from pages.ui import charts, counting, pace, plans, prices
from pages.ui.sentences import say, why
from pages.ui.text import money, number, t, tn


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
        st.caption(say(time_here(len(tokens.per_example)).reason))
    if model.small:
        pace.show(where, model, tokens, material(dataset, method).n_validation, {})
    with st.expander(t("What these figures rest on"), icon=":material/rule:"):
        st.markdown("\n".join(f"- {say(reason)}" for reason in cost.assumptions))


def show_lengths(tokens: TokenCount, rows: Sequence[Example], model: BaseModel) -> None:
    """Show how long the examples are, and which are too long for the model."""
    found = lengths(tokens)
    st.header(t("How long the examples are"), anchor=False)
    sentence = tn(
        "{n} example of {total} tokens.",
        "{n} examples, {total} tokens together; half of them have {median} or fewer, the longest {longest}.",
        found.n,
        total=found.total,
        median=found.median,
        longest=found.longest,
    )
    st.markdown(
        sentence, help=t("A token is a piece of a word, about four letters of English. Models read, and providers bill, by tokens.")
    )
    if tokens.questions:
        st.caption(
            t("Each example is a question with both its answers. How a server counts pairs is not known: the figures are an estimate.")
        )
    if not tokens.exact or model.small:  # of a small model's own vocabulary nothing is known here
        st.caption(t("Counted in the way of another model, because this one's is not known: the figures are an estimate."))
    long = too_long(rows, tokens, model.id, taken := min(model.context, USUAL["context_length"]))
    if long is not None:
        told = [t("Rows longer than {model} takes ({longest} tokens, of at most {limit}): {n}.", **{**long.params, "model": t(model.name)})]
        told.append(why(long))
        if taken < model.context:
            told.append(t("“Longest example, in tokens”, under Advanced in Train, can raise the limit to {most}.", most=model.context))
        st.warning(" ".join(told), icon=":material/content_cut:")
    labels = [number(b.low) if b.low == b.high else f"{number(b.low)}–{number(b.high)}" for b in found.bins]
    charts.bars(
        labels,
        [b.n for b in found.bins],
        key="lengths",
        label_title=t("Tokens"),
        value_title=t("Examples"),
        alt=t("How many examples have how many tokens."),
    )


def asking(dataset: Dataset, where: Connection, model: BaseModel, n: int) -> float | None:
    """About what it costs, in USD, to put n questions to the model before and after training; None where it is not known."""
    after = answering(dataset, where, model, n)
    tokens = counting.tokens(dataset, model.id)
    if after is None or tokens is None:
        return None
    before = use_cost(tokens, prices.of(where, model.id), questions=n).usd
    return None if before is None else before + after


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
