"""Every price of the models that are compared, where it was read, and the user's own in its place."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.base.errors import N_
from core.base.own_prices import OwnPrice, own_price
from core.base.prices import is_old
from core.estimate.offer import Offer
from pages.ui import prices, state
from pages.ui.parts import show_errors
from pages.ui.text import Raw, day, escape, money, t

LABELS: Mapping[str, str] = {
    "training": N_("Training, a million tokens"),
    "tuned.input": N_("Questions to your model, a million tokens"),
    "tuned.cached_input": N_("Beginnings that repeat, to your model, a million tokens"),
    "tuned.output": N_("Answers of your model, a million tokens"),
    "tuned.batch_input": N_("Questions to your model in bulk, a million tokens"),
    "tuned.batch_output": N_("Answers of your model in bulk, a million tokens"),
    "base.input": N_("Questions to the base model, a million tokens"),
    "base.cached_input": N_("Beginnings that repeat, to the base model, a million tokens"),
    "base.output": N_("Answers of the base model, a million tokens"),
    "base.batch_input": N_("Questions to the base model in bulk, a million tokens"),
    "base.batch_output": N_("Answers of the base model in bulk, a million tokens"),
    "hosting": N_("Keeping the model ready, an hour"),
    "deploy": N_("Setting the model up, once"),
}


def show(offers: Sequence[Offer], *, names: Mapping[str, str]) -> None:
    """Show the prices of one connection at a time, let the user enter others, and list those that were entered."""
    own = prices.own()
    with st.expander(t("Every price, and your own"), icon=":material/sell:", key="price_list", on_change="rerun") as box:
        if box.open:
            _enter(offers, names)
    _own(own, names)


def _enter(offers: Sequence[Offer], names: Mapping[str, str]) -> None:
    st.caption(t("A price that you enter counts in place of ours wherever a price is shown, in every project, until you take it back."))
    by_place = {offer.place: offer for offer in offers}
    chosen = st.selectbox(
        t("Connection"), list(by_place), format_func=lambda place: f"{names[place]}, {by_place[place].model}", key="price_place"
    )
    offer = by_place[chosen]
    _list(offer)
    left, right = st.columns(2, vertical_alignment="bottom")
    field = left.selectbox(t("Price"), list(LABELS), format_func=lambda name: t(LABELS[name]), key="price_field")
    usd = right.number_input(t("Your price in US dollars"), 0.0, None, None, step=0.01, format="%.4f", key=f"price_{chosen}_{field}")
    if st.button(t("Use this price"), icon=":material/check:", disabled=usd is None, key="price_enter") and usd is not None:
        with show_errors():
            prices.enter(own_price(offer.place, offer.model, field, usd, state.now().date()))
            st.rerun()


def _own(own: Sequence[OwnPrice], names: Mapping[str, str]) -> None:
    """What was entered, each with the day and a way to take it back."""
    for number, one in enumerate(own):
        with st.container(horizontal=True, vertical_alignment="center"):
            what = f"{names.get(one.place, one.place)}{f', {one.model}' if one.model else ''}"
            facts = {"what": what, "price": t(LABELS[one.field]), "usd": money(one.usd), "day": day(one.on)}
            st.markdown(t("{what}, {price}: {usd}. Your price, entered on {day}.", **facts), width="stretch")
            if st.button(t("Take it back"), icon=":material/undo:", key=f"price_back_{number}"):
                prices.take_back(one)
                st.rerun()


def _list(offer: Offer) -> None:
    """The prices with their days; where they were read stands below, since it is the same for most of them and too long for a column."""
    lines = [(t(LABELS[field]), *_line(offer, field)) for field in LABELS]
    table = pd.DataFrame(lines, columns=[t("Price"), t("US dollars"), t("Read on")])
    st.dataframe(table, hide_index=True, key=f"prices_{offer.place}", alt=t("Every price of this model with the day on which it was read."))
    figures = [offer.figure(field) for field in LABELS]
    sources = dict.fromkeys(one.source for one in figures if one.usd is not None and one.source and not one.own)
    if sources:
        st.caption(t("Where they were read: {sources}.", sources=Raw("; ".join(map(escape, sources)))))


def _line(offer: Offer, field: str) -> tuple[str, str]:
    """A price and its day; "not known" and nothing where there is none."""
    found = offer.figure(field)
    if found.usd is None or found.day is None:
        return t("not known"), ""
    written = Raw(day(found.day))
    told = t("your price, entered on {day}", day=written) if found.own else written
    return money(found.usd), f"⚠ {told}" if is_old(found.day, state.now().date()) else told
