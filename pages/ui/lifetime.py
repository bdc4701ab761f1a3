"""The whole life of a model in money: every connection side by side, bars, from when on it pays, and what the figures rest on."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.base.model_table import encoding_for
from core.base.types import TokenCount
from core.estimate.break_even import about, break_even
from core.estimate.side_by_side import Here, side_by_side
from core.estimate.whole_life import HOURS_A_MONTH, MONTHS, Use, WholeLife
from core.io.connections import BaseModel, Connection, connections
from core.io.workspace import Dataset, Project
from core.train.method import Method, material
from pages.ui import amounts, budgets, charts, checked, counting, pace, price_list, prices, state
from pages.ui.parts import show_errors
from pages.ui.sentences import say
from pages.ui.text import escape, number, t

ANSWERS = (0, *(step * 10**power for power in range(1, 7) for step in (1, 3)), 10_000_000)  # a month, about three times more each time
USUAL_ANSWERS = 1_000
MOST_EXAMPLES = 200


@st.fragment
def show(
    where: Connection, model: BaseModel, method: Method, tokens: TokenCount, asked: TokenCount, dataset: Dataset, project: Project
) -> None:
    """Show what the model costs on every connection over its whole life; only this part runs anew when its controls are moved."""
    with show_errors():
        st.header(t("What it costs over its whole life"), anchor=False)
        st.markdown(
            t(
                "The training is paid once. What comes after it can cost far more: keeping the model ready, and each answer. "
                "Every figure is an estimate in US dollars."
            )
        )
        use = _ask_use(where, project)
        lives = _lives(where, model, method, tokens, asked, dataset, use)
        if lives is None:
            return
        training = lives[0].training
        budgets.warn(None if where.local else budgets.kept(project), amounts.most(training) if training.known else None)
        _table(lives)
        _bars(lives)
        _pays(lives, asked, dataset, use, project)
        with st.expander(t("What these prices rest on"), icon=":material/rule:", key="lifetime_assumptions"):
            _rests_on(lives)
        price_list.show(
            [life.offer for life in lives if not life.offer.local], names={life.offer.place: amounts.name(life) for life in lives}
        )


def _ask_use(where: Connection, project: Project) -> Use:
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    answers = left.select_slider(
        t("Answers a month"),
        ANSWERS,
        USUAL_ANSWERS,
        format_func=number,
        key=f"answers_{project.id}",
        persist_state="session",
        help=t("How many questions the model will be asked in a month."),
    )
    hours = middle.number_input(
        t("Hours a day that the model is kept ready"),
        1,  # at none it could not be asked
        24,
        24,
        key=f"ready_{project.id}",
        persist_state="session",
        help=t("Some providers bill a model by the hour, asked or not, for as long as it is kept ready. 24 is always."),
    )
    if not where.local:
        budgets.ask(right, project)
    bulk = st.toggle(
        t("Ask in bulk (answers within a day)"),
        key=f"bulk_{project.id}",
        persist_state="session",
        help=t("Some providers take about half where many questions are handed in together and the answers may take up to a day."),
    )
    return Use(int(answers), round(hours * HOURS_A_MONTH / 24), bulk)


def _lives(
    where: Connection, model: BaseModel, method: Method, tokens: TokenCount, asked: TokenCount, dataset: Dataset, use: Use
) -> Sequence[WholeLife] | None:
    """Every connection, the chosen one first; None, with the progress on the page, while a file is being counted."""
    validation = checked.tokens(dataset, model.id, method)
    if validation is None:
        return None
    chosen, files = encoding_for(model.id), material(dataset, method)

    def counts(other: str) -> tuple[TokenCount, TokenCount | None, TokenCount]:
        encoding, exact = encoding_for(other)
        if counting.is_small(dataset.train_sha, files.train_sha, files.validation_sha):
            train, check = counting.tokens(dataset, other, method) or tokens, checked.tokens(dataset, other, method) or validation
            return train, check, counting.tokens(dataset, other) or asked
        # a large file is not counted anew for each connection; tools make a count inexact whatever the model is
        sure = exact and encoding == chosen[0] and (tokens.exact or not chosen[1])
        return replace(tokens, exact=sure), validation, asked

    time = pace.of_practice(tokens, dataset) if model.practice else None
    if model.small:
        time = pace.known_time(where, model, tokens, files.n_validation)
    name = where.host if where.id == state.CUSTOM else t(where.name)
    here = Here(prices.place(where), name, model.id, model.practice, time)
    usual = {one.id: one.default_model.id for one in connections() if one.default_model is not None and not one.local}
    practice = next(base.id for one in connections() for base in one.base_models if base.practice)
    return side_by_side(
        here,
        counts,
        use,
        state.now().date(),
        usual=usual,
        practice=practice,
        learning_s=pace.learning_s(dataset),
        book=prices.book(),
    )


def _table(lives: Sequence[WholeLife]) -> None:
    """The main figures: as many columns as a page of usual width shows whole. What they rest on has a table of its own."""
    table = pd.DataFrame(
        {
            t("Connection"): [amounts.name(life) for life in lives],
            t("First year"): [amounts.paid(life, life.first_year) for life in lives],
            t("Training"): [amounts.duration(life.time) if life.offer.local else amounts.usd(life.training) for life in lives],
            t("Kept ready, a month"): [amounts.paid(life, life.hosting) for life in lives],
            t("1,000 answers"): [amounts.answers(life) for life in lives],
            t("A month"): [amounts.paid(life, life.month) for life in lives],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key="lifetime_table",
        column_config={t("Connection"): st.column_config.Column(pinned=True)},  # on a phone: whose price it is stays in sight
        alt=t("What the model costs on each connection, part by part."),
    )
    for life in lives:
        if life.stops is not None:
            st.caption(amounts.stops(life, life.stops))
    old = [amounts.read(life) for life in lives if life.stale is not None]
    if old:
        told = t("Some prices were read more than 90 days ago. Look them up, and enter them below if they changed.")
        st.warning("\n".join([told, "", *(f"- {one}" for one in old)]), icon=":material/history:")


def _rests_on(lives: Sequence[WholeLife]) -> None:
    """For each connection the model that is compared, what is paid once beside the training, and how old the prices are; then the rest."""
    st.dataframe(
        pd.DataFrame(
            {
                t("Connection"): [amounts.name(life) for life in lives],
                t("Base model"): [amounts.model(life) for life in lives],
                t("Setting up, once"): [amounts.paid(life, life.deploy) for life in lives],
                t("Oldest price"): [amounts.age(life) for life in lives],
            }
        ),
        hide_index=True,
        key="lifetime_basis",
        alt=t("Which model is compared on each connection, what setting it up costs, and how old the prices are."),
    )
    for life in lives:
        st.markdown(f"**{escape(amounts.name(life))}, {escape(amounts.model(life))}**")
        st.markdown("\n".join(f"- {amounts.said(life, reason)}" for reason in life.assumptions))


def _bars(lives: Sequence[WholeLife]) -> None:
    known = [life for life in lives if life.known]
    unknown = [amounts.name(life) for life in lives if not life.known]
    if len(known) > 1:
        charts.stacked(
            [amounts.name(life) for life in known],
            {
                t("Training and setting up"): [amounts.most(life.training + life.deploy) for life in known],
                t("Kept ready"): [amounts.most(life.hosting.times(MONTHS)) for life in known],
                t("Answers"): [amounts.most(life.use.times(MONTHS)) for life in known],
            },
            alt=t("What the first year costs on each connection, by what it is paid for; the figures are in the table above."),
            key="lifetime_bars",
            value_title=t("First year, in US dollars"),
            totals=[amounts.paid(life, life.first_year) for life in known],
        )
    if unknown:
        st.caption(t("Not drawn, since some of their prices are not known: {names}.", names=", ".join(unknown)))


def _pays(lives: Sequence[WholeLife], asked: TokenCount, dataset: Dataset, use: Use, project: Project) -> None:
    """From when on the model pays, against the same base model that is shown examples with each question."""
    life = next((one for one in lives if not one.offer.local and one.known), None)
    if life is None:
        return
    st.markdown(f"**{t('Would examples in each question do instead?')}**")
    examples = st.number_input(
        t("Examples in each question"),
        0,
        MOST_EXAMPLES,
        5,
        key=f"shown_{project.id}",
        persist_state="session",
        help=t("Without any training, a model can be shown a few examples before each question. That makes every question longer."),
    )
    counted = counting.tokens(dataset, life.offer.model) if counting.is_small(dataset.train_sha) else asked
    told = break_even(life, counted or asked, use, int(examples))
    facts = {**told.reason.params, "model": amounts.model(life)}
    if isinstance(facts.get("month"), int):
        facts["month"] = about(facts["month"])
    st.markdown(f"{escape(amounts.name(life))}: {say(replace(told.reason, params=facts))}")
    # of one answer the cents would show nothing
    own, shown = amounts.usd(told.tuned.times(1000)), amounts.usd(told.prompted.times(1000))
    st.caption(t("1,000 answers: {own} from your own model, {shown} with the examples.", own=own, shown=shown))
