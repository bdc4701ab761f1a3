"""What a trained model must beat: what the rows themselves give for nothing, each way judged on rows that it had not seen."""

import pandas as pd
import streamlit as st

from core.base.baselines import Baseline, Baselines, Closeness, Measured
from core.base.errors import N_
from core.io.kept_baselines import kept_baselines
from core.io.workspace import Dataset
from pages.ui import charts, state, work
from pages.ui.sentences import say
from pages.ui.text import Raw, number, percent, t, tn

NAMES = {"majority": N_("Always the commonest answer"), "nearest": N_("The nearest example"), "classifier": N_("Text classifier")}
NOTHING = {
    "pairs": N_("Preference pairs have no free baseline: which of two answers people prefer cannot be looked up."),
    "tools": N_("Conversations that call tools have no free baseline here: a call is right or wrong only when it is carried out."),
    "too_few": N_("There are too few different questions to hold some back, so nothing can be measured yet."),
    "one_answer": N_("Every row has the same answer. Always giving it is right every time, and there is nothing to learn."),
}


def show(dataset: Dataset) -> None:
    """Show how far one comes without any model, or say why that cannot be told."""
    st.header(
        t("What it must beat"),
        anchor=False,
        help=t("A baseline is what can be had for nothing. A trained model that is no better than the best one is not worth its price."),
    )
    if dataset.is_pairs:
        st.info(t(NOTHING["pairs"]), icon=":material/info:")
        return
    told = work.result("core.estimate.baselines:measure", {"sha": dataset.train_sha}, t("Measuring what can be had for nothing…"))
    if told is None:
        return
    found = Baselines.from_json(told)
    if found.nothing:
        st.info(t(NOTHING[found.nothing]), icon=":material/info:")
    elif found.closeness is not None:
        _text(found, found.closeness)
    else:
        _labels(found)


def kept(dataset: Dataset) -> str:
    """In a sentence what can be had for nothing on these data, where that has been measured; empty where it has not. Nothing is begun."""
    found = kept_baselines(state.workspace(), dataset.train_sha)
    if found is None or found.best is None:
        return ""
    return t(
        "What can be had for nothing on these data is about {share} of whole answers right. The free way: {name}, judged on training rows "
        "that it had not seen.",
        share=percent(found.best.whole.share),
        name=t(NAMES[found.best.kind]),
    )


def _labels(found: Baselines) -> None:
    best = found.best
    if best is None:
        return
    st.markdown(
        t(
            "Without any trained model, {share} of the whole answers can be right (between {low} and {high}), by this free way: {name}. "
            "A trained model must beat that.",
            share=percent(best.whole.share),
            low=percent(best.whole.low),
            high=percent(best.whole.high),
            name=t(NAMES[best.kind]),
        ),
        help=t("The range says where the true share lies with 95% certainty, given so many different questions (Wilson interval)."),
    )
    st.markdown(
        t(
            "Three ways cost nothing: to give the commonest answer always; to give the answer of the example whose question is most alike; "
            "and a text classifier, a small program that learns which words go with which category."
        )
    )
    table = pd.DataFrame([line for baseline in found.baselines for line in _lines(baseline, found.repeats)])
    alt = t("Share of right answers for each free way to answer, by field, with 95% intervals.")
    charts.intervals(
        table,
        alt=alt,
        key="must_beat",
        share_title=t("Right"),
    )
    with st.expander(t("The same figures as a table"), icon=":material/table:", key="must_beat_folded"):
        st.dataframe(
            pd.DataFrame(
                {
                    t("Free way"): table["model"],
                    t("Field"): table["name"],
                    t("Right"): [percent(share) for share in table["share"]],
                    t("95% interval"): [f"{percent(low)} – {percent(high)}" for low, high in zip(table["low"], table["high"], strict=True)],
                    t("Repeats differ by"): ["–" if pd.isna(spread) else f"± {percent(spread, 1)}" for spread in table["spread"]],
                }
            ),
            hide_index=True,
            key="must_beat_table",
            alt=alt,
        )
    if found.reason is not None:
        st.markdown(say(found.reason))
    st.caption(" ".join(_how(found)))


def _how(found: Baselines) -> list[str]:
    """How it was measured, in sentences."""
    told = [
        tn(
            "Measured on {n} different question; the same question never helps to answer itself.",
            "Measured on {n} different questions in {folds} parts: each part was answered with what the other parts taught, so that "
            "the same question never helps to answer itself.",
            found.questions,
            folds=found.folds,
        )
    ]
    if found.drawn_from:
        told.append(
            t(
                "Of {total} rows {n} were drawn by chance for this; with all of them a classifier may do slightly better.",
                total=found.drawn_from,
                n=found.rows,
            )
        )
    if found.repeats > 1:
        told.append(tn("Done {n} time.", "Done {n} times, with the rows divided differently each time.", found.repeats))
    told.append(
        t("The kind of classifier was chosen without looking at the rows that it is judged by.")
        if not found.seen
        else t(
            "There was time to try one part only, so the kind of classifier was chosen by the same rows that it is judged by: its share is "
            "slightly too high."
        )
    )
    told.append(_took(found))
    return told


def _text(found: Baselines, close: Closeness) -> None:
    st.markdown(
        t(
            "Free text has no right or wrong to count, only how close two texts are. The answer to the most similar question is {near} "
            "close to the row's own answer (between {low} and {high}), and the answer of any other row {other}.",
            near=percent(close.nearest.share),
            low=percent(close.nearest.low),
            high=percent(close.nearest.high),
            other=percent(close.other),
        ),
        help=t("Closeness counts the runs of letters that two texts share (chrF): 100% is the same text. It says nothing about quality."),
    )
    if close.nearest.low <= close.other:
        st.markdown(t("That is no clear difference: here an answer cannot be looked up, it has to be written."))
    names = [t(NAMES["nearest"]), t("Any other row's answer")]
    charts.rows(
        names,
        [close.nearest.share, close.other],
        alt=t("How close the answers of other rows come to the rows' own, as shares of letters in common."),
        key="must_beat",
        label_title=t("Free way"),
        value_title=t("Closeness, not quality"),
        shares=True,
    )
    counted = tn(
        "Measured on {n} row, answered without itself and without rows that ask the same.",
        "Measured on {n} rows, each answered without itself and without rows that ask the same.",
        close.n,
    )
    st.caption(f"{counted} {_took(found)}")


def _took(found: Baselines) -> str:
    return t("Computing time, here on this machine: {seconds} s.", seconds=Raw(number(found.seconds, 1)))


def _lines(baseline: Baseline, repeats: int) -> list[dict[str, object]]:
    """One line for each field, where there are several, and one for the whole answer."""
    several = len(baseline.fields) > 1
    scatters = repeats > 1 and baseline.kind != "majority"
    measured: list[tuple[str, Measured]] = [*(baseline.fields.items() if several else ()), (t("Whole answer"), baseline.whole)]
    return [
        {
            "name": name,
            "model": t(NAMES[baseline.kind]),
            "share": m.share,
            "low": m.low,
            "high": m.high,
            "spread": m.spread if scatters else None,
        }
        for name, m in measured
    ]
