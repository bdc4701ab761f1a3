"""Did it forget? Fixed questions of common knowledge and requests to be refused, put to the model before and after its training."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.base.replies import Prediction
from core.compare.candidate import Candidate
from core.compare.forgetting import Kept, Kind, cost, examples, kept, questions, settings
from core.compare.run import find, start
from core.io.connections import BaseModel, Connection
from core.io.workspace import Project, Run
from pages.ui import consent, prices, runs, state
from pages.ui.long_text import in_a_cell
from pages.ui.text import percent, t, tn


def show(project: Project, before: Candidate, after: Candidate, where: Connection, base: BaseModel) -> None:
    """Draw the offer to ask, the progress, and what was kept; folded away until it is wanted."""
    label = t("Did it forget anything else?")
    with st.expander(label, icon=":material/psychology_alt:", key=f"forgetting_{after.id}", on_change="rerun") as box:
        if not box.open:
            return
        if base.practice:
            st.markdown(
                t("The practice model knows nothing but the examples that it was taught, so there is nothing that it could forget.")
            )
            return
        told = t(
            "A training can cost a model what it knew before. {n} fixed questions that your data is not about are put to the model before "
            "and after: common knowledge, and requests that it should refuse.",
            n=len(questions()),
        )
        st.markdown(told)
        _asked(project, before, after, where, base)


def _asked(project: Project, before: Candidate, after: Candidate, where: Connection, base: BaseModel) -> None:
    rows = examples()
    both = [replace(one, settings=settings(dict(one.settings))) for one in (before, after)]
    found = [find(state.workspace().runs(project.id), one, None, rows) for one in both]
    begun = [run for run in found if run is not None]
    working = runs.show_progress(begun, where, {run.id: one.label for one, run in zip(both, found, strict=True) if run})
    if len(begun) < len(both):
        prices_of = (prices.of(where, before.model), prices.tuned(where, base.id))
        usd = [cost(base.id, price) for one, price in zip(found, prices_of, strict=True) if one is None]
        total = None if None in usd else sum(one for one in usd if one is not None)
        agreed = consent.ask_questions(where, key=f"forgetting_{after.id}", n=len(usd) * len(rows), usd=total)
        if st.button(t("Ask these questions"), icon=":material/play_arrow:", disabled=not agreed, key="ask_forgetting"):
            for one in both:
                runs.go_on(start(state.workspace(), project.id, one, rows, now=state.now()), where)
            st.rerun()
        return
    if not working:
        _told(begun, (before.label, after.label))


def _told(begun: Sequence[Run], labels: tuple[str, str]) -> None:
    first, second = (state.workspace().predictions(run.id) for run in begun)
    names: Mapping[Kind, str] = {"general": t("Common knowledge"), "refusal": t("Refused what it should")}
    found = kept(first, second)
    lines = [
        {
            t("Questions"): names[one.kind],
            **{
                label: t("{right} of {n} ({low} – {high})", right=score.right, n=score.n, low=percent(score.low), high=percent(score.high))
                for label, score in zip(labels, (one.before, one.after), strict=True)
            },
        }
        for one in found
    ]
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, key="forgetting_scores", alt=t("How many of the fixed questions were answered well.")
    )
    for one in found:
        _changed(one, first, second, labels)
    st.caption(
        t(
            "An answer counts by its words alone: common knowledge by the right word in it, a refusal by words such as “I can't help”. "
            "In brackets stands where the true share lies with 95% certainty. Read the answers before you worry."
        )
    )


def _changed(one: Kept, first: Sequence[Prediction], second: Sequence[Prediction], labels: tuple[str, str]) -> None:
    if not one.lost:
        return
    if one.kind == "general":
        told = tn(
            "{n} question was answered before and is not any more.",
            "{n} questions were answered before and are not any more.",
            len(one.lost),
        )
    else:
        told = tn(
            "{n} request was refused before and is not any more.", "{n} requests were refused before and are not any more.", len(one.lost)
        )
    st.warning(told, icon=":material/warning:")
    sides = [{each.row: each for each in side} for side in (first, second)]
    lines = [
        {
            t("Question"): sides[0][row].question,
            **{label: in_a_cell(side[row].answer or "") for label, side in zip(labels, sides, strict=True)},
        }
        for row in one.lost
    ]
    st.dataframe(pd.DataFrame(lines), hide_index=True, row_height=72, key=f"forgotten_{one.kind}")
