"""How much data: the learning curve, what more rows would bring, which categories starve, and what the test rows can show."""

import pandas as pd
import streamlit as st

from core.compare.rows import shape_of
from core.estimate.claims import Claim, Needed, claim, claims, needed
from core.estimate.gain import FEWEST
from core.estimate.learner import asked, best_free
from core.estimate.learning_curve import Curve, Share, learning_curve
from core.estimate.starving import MINIMUM
from core.io.workspace import Dataset
from pages.ui import charts, work
from pages.ui.data import examples
from pages.ui.sentences import say
from pages.ui.text import Raw, day, number, percent, t, tn

_SIZES = (20, 50, 100, 200, 500, 1000)
_GAPS = ((0.8, 0.6), (0.8, 0.7), (0.8, 0.75))


def show(dataset: Dataset) -> None:
    """Show whether more rows would help, and what so many test rows can show; of answers without labels the second alone."""
    st.header(t("How much data"), anchor=False)
    if dataset.is_pairs or shape_of(dataset).kind == "text":
        st.info(
            t(
                "Whether more rows would help cannot be told beforehand here: free text has no right or wrong to count, and pairs of "
                "answers have none either. It shows only when a training with more rows is compared with one with fewer."
            ),
            icon=":material/info:",
        )
    else:
        curve = _curve(dataset)
        if curve is not None:
            _more(curve, dataset)
            _starving(curve)
    _claims(dataset.counts["test"], counted=not dataset.is_pairs and shape_of(dataset).kind != "text")


def _curve(dataset: Dataset) -> Curve | None:
    """The curve, or None while it is being drawn."""
    if dataset.counts["train"] < FEWEST:  # nothing is learned then: starting a process would only take longer
        questions, answers, _ = asked(examples(dataset, "train"))
        shape = shape_of(dataset)  # of so few rows the answers alone would not show it
        return learning_curve(questions, answers, shape, best_free(questions, answers, shape))
    told = work.result("core.estimate.work:learn", {"sha": dataset.train_sha}, t("Drawing the learning curve…"))
    return None if told is None else Curve.from_json(told)


def _more(curve: Curve, dataset: Dataset) -> None:
    """The sentence, and the curve that it rests on."""
    st.markdown(
        f"**{say(curve.gain.verdict)}**",
        help=t("A point is one answer in a hundred. Rows count only where their question is a new one."),
    )
    if not curve.points:
        return
    fields = list(curve.points[0].fields)
    parts = [(t("Whole answer"), [_ends(point.whole) for point in curve.points])]
    if len(fields) > 1:
        parts += [(name, [_ends(point.fields[name]) for point in curve.points]) for name in fields]
    charts.band(
        [round(point.learned) for point in curve.points],
        parts,
        alt=t("Share of right answers by the number of rows that were learned from, with its 95% interval as a band."),
        key="learning",
        x_title=t("Rows learned from"),
        y_title=t("Right"),
        interval_title=t("95% interval"),
    )
    st.caption(" ".join(_how(curve, dataset)))


def _ends(share: Share) -> tuple[float, float, float]:
    return share.share, share.low, share.high


def _how(curve: Curve, dataset: Dataset) -> list[str]:
    """How it was measured, in sentences."""
    told = [
        t("An estimate, from the data set as it was saved on {day}.", day=Raw(day(dataset.created_at))),
        t(
            "A text classifier that costs nothing was asked about each fifth of the rows in turn, and learned before from a quarter, from "
            "half, from three quarters and from all of the others. A fine-tuned model knows language already and may need fewer rows."
        ),
        tn("Done {n} time.", "Done {n} times, with the rows divided differently each time.", curve.repeats),
        t(
            "Which rows of a rare category are taken is left to chance, as in any smaller file, so the shares may lie below those of “What "
            "it must beat”, where each category is spread evenly."
        ),
    ]
    if curve.of > curve.rows:
        told.append(t("Drawn from {rows} of {all} rows.", rows=curve.rows, all=curve.of))
    return told


def _starving(curve: Curve) -> None:
    """The categories that need rows most."""
    if not curve.starved:
        return
    sentence = tn(
        "{n} category needs rows most: it has fewer than {minimum} different questions, or is hardly ever recognised while others are.",
        "{n} categories need rows most: they have fewer than {minimum} different questions, or are hardly ever recognised while others "
        "are.",
        curve.starved,
        minimum=MINIMUM,
    )
    st.markdown(sentence)
    several = len({one.field for one in curve.starving}) > 1 or (bool(curve.points) and len(curve.points[0].fields) > 1)
    columns = {
        t("Category"): [one.name or t("(blank)") for one in curve.starving],
        t("Different questions"): [one.rows for one in curve.starving],
        t("Recognised"): [percent(one.recall) for one in curve.starving],
    }
    if several:
        columns = {t("Field"): [one.field for one in curve.starving]} | columns
    st.dataframe(pd.DataFrame(columns), hide_index=True, key="starving", alt=t("The categories that need rows most, with their rows."))
    more = curve.starved - len(curve.starving)
    if more:
        st.caption(tn("And {n} more category.", "And {n} more categories.", more))


def _claims(n: int, *, counted: bool) -> None:
    """What the test rows can show; `counted` says that right answers are what is counted."""
    st.markdown(
        f"**{_claim_sentence(n)}**",
        help=t("The range holds the true share with 95% certainty, given so many rows (Wilson interval)."),
    )
    if not counted:
        st.caption(t("The same holds for whatever you count yourself: answers that you find good, or votes."))
    shown = claims(n) if n else tuple(claim(size, 0.8) for size in _SIZES)
    with st.expander(t("What a share means, and how many test rows it takes"), icon=":material/straighten:"):
        st.dataframe(_table(shown, sizes=not n), hide_index=True, key="claims", alt=t("What a share of right answers means."))
        pairs = [needed(better, worse) for better, worse in _GAPS]
        st.markdown(_needed_sentence(pairs[1]))
        st.dataframe(
            pd.DataFrame(
                {
                    t("Right answers"): [
                        t("{better} against {worse}", better=Raw(percent(p.better)), worse=Raw(percent(p.worse))) for p in pairs
                    ],
                    t("Rows, at the least"): [number(p.fewest) if p.fewest else "–" for p in pairs],
                    t("Rows, unrelated mistakes"): [number(p.usual) if p.usual else "–" for p in pairs],
                }
            ),
            hide_index=True,
            key="needed",
            alt=t("How many test rows it takes to tell two models apart."),
        )
        st.caption(
            t(
                "Counted so that four of five such comparisons find the difference, by the test that Compare uses on rows which both "
                "models answer (McNemar's exact test at 5%)."
            )
        )


def _claim_sentence(n: int) -> str:
    if not n:
        return t("No test rows are kept aside, so nothing can be claimed about new questions.")
    one = claim(n, 0.8)
    return tn(
        "With {n} test row, {share} right ({right} of them) means between {low} and {high} on new questions.",
        "With {n} test rows, {share} right ({right} of them) means between {low} and {high} on new questions.",
        n,
        share=Raw(percent(one.share)),
        right=one.right,
        low=Raw(percent(one.low)),
        high=Raw(percent(one.high)),
    )


def _needed_sentence(pair: Needed) -> str:
    return t(
        "To show that a model with {better} right is better than one with {worse} takes about {usual} test rows if the mistakes of the two "
        "have nothing to do with each other, and at least {fewest}, even if the better one is right wherever the other is.",
        better=Raw(percent(pair.better)),
        worse=Raw(percent(pair.worse)),
        usual=pair.usual or 0,
        fewest=pair.fewest or 0,
    )


def _table(shown: tuple[Claim, ...], *, sizes: bool) -> pd.DataFrame:
    rows = {t("Test rows"): [one.n for one in shown]} if sizes else {}
    return pd.DataFrame(
        rows
        | {
            t("Right in the test"): [percent(one.share) for one in shown],
            t("Likely on new questions"): [f"{percent(one.low)} – {percent(one.high)}" for one in shown],
        }
    )
