"""What a comparison found: the verdict first, then the scores with their intervals, then every row."""

from typing import Any

import pandas as pd
import streamlit as st

from core.base.answers import AnswerShape, parse_answer
from core.compare.certainty import Difference
from core.compare.headline import Headline
from core.compare.outcome import Outcome
from core.compare.score import WHOLE, Part
from pages.ui import charts, long_text
from pages.ui.names import class_name
from pages.ui.sentences import p_value, say, shown
from pages.ui.sentences.results import BETWEEN
from pages.ui.text import Raw, number, percent, t, tn

LINES = 76  # pixels: the height of a row with three lines, so that an answer is read without widening its column
_ICONS = {
    "better": ":material/trending_up:",
    "worse": ":material/trending_down:",
    "perhaps_better": ":material/trending_up:",
    "perhaps_worse": ":material/trending_down:",
}

# free text has no right or wrong, and a score that still moves invites stopping when it pleases
_UNFINISHED = ("not_finished", "nothing_yet")
_UNSCORED = ("text_has_no_score", "practice_text_has_no_score", *_UNFINISHED)


def show(found: Outcome, shape: AnswerShape, *, working: bool, mark: str = "") -> None:
    """Draw the outcome of a comparison, finished or under way; `working` says that answers are on their way, `mark` what must be beaten."""
    verdict = found.headline.verdict
    if working and verdict.code in _UNFINISHED:  # how far each is stands above, and counts there
        told = (
            t("Both models are being asked the same rows. What they answer appears below, and the verdict when all rows are answered.")
            if len(found.candidates) == 2
            else t("All models are being asked the same rows. What they answer appears below, and the verdict when all rows are answered.")
        )
        st.info(told, icon=":material/hourglass_top:")
    else:
        box = st.success if verdict.code == "better" else st.error if verdict.code == "worse" else st.info
        box(verdict_of(found, found.headline), icon=_ICONS.get(verdict.code, ":material/balance:"))
    _more_rows(verdict.params.get("more_rows"))
    if found.headline.scores is not None:
        _headline(found, found.headline)
        if mark:
            st.markdown(mark)
    if len(found.candidates) > 2 and verdict.code not in _UNSCORED:
        _each(found)
    if verdict.code not in _UNSCORED and all(scores.clean.whole.n for scores in found.scores.values()):
        _scores(found)
    if found.seen:
        _apart(found)


def verdict_of(found: Outcome, one: Headline) -> str:
    """The verdict of one comparison in words: on before and after as such, on any other two by their names."""
    before, after = found.candidates[:2]
    if (one.first, one.second) == (before.id, after.id) or one.verdict.code not in BETWEEN:
        return say(one.verdict)
    names = {candidate.id: candidate.label for candidate in found.candidates}
    return t(BETWEEN[one.verdict.code], **shown(one.verdict.params), first=names[one.first], second=names[one.second])


def _more_rows(more: int | None) -> None:
    if more:
        st.markdown(tn("About {n} more test row would settle it.", "About {n} more test rows would settle it.", more))


def _headline(found: Outcome, one: Headline) -> None:
    names = {candidate.id: candidate.label for candidate in found.candidates}
    with st.grid(2, min_column_width=220):
        for id, score in zip((one.first, one.second), one.scores or (), strict=True):
            st.metric(
                t("{name}: whole answer right", name=names[id]),
                percent(score.share),
                t(
                    "{right} of {n}; between {low} and {high}",
                    right=score.right,
                    n=score.n,
                    low=percent(score.low),
                    high=percent(score.high),
                ),
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
                help=t("The range says where the true share lies with 95% certainty, given so many test rows (Wilson interval)."),
            )
    if without := left_out(found, one):
        st.caption(without)
    if one.difference is not None and one.pairing.only_first + one.pairing.only_second:
        more = one.difference.value >= 0
        ends = (one.difference.low, one.difference.high) if more else (-one.difference.high, -one.difference.low)
        rows = per_hundred(abs(one.difference.value), ends)
        told = (
            t("Of 100 rows, {value} more are right; between {low} and {high} with 95% certainty.", **rows)
            if more
            else t("Of 100 rows, {value} fewer are right; between {low} and {high} with 95% certainty.", **rows)
        )
        st.caption(told, help=t("Found by drawing the rows anew many times, each with both of its answers (paired bootstrap)."))


def left_out(found: Outcome, one: Headline) -> str:
    """How many rows a comparison lacks because one of the two has no answer, as a sentence; nothing where it lacks none."""
    n = found.unanswered(one)
    if not n:
        return ""
    return tn("{n} row is left out: one of the two gave no answer.", "{n} rows are left out: one of the two gave no answer.", n)


def per_hundred(value: float, ends: tuple[float, float]) -> dict[str, Raw]:
    """A difference of two shares and its interval as rows of a hundred: `value`, `low` and `high`."""
    # less than one row in a hundred is none when it is rounded, and "0 more" would contradict the verdict
    digits = 1 if any(0 < abs(share) < 0.01 for share in (value, *ends)) else 0
    low, high = (Raw(number(100 * share, digits)) for share in ends)
    return {"value": Raw(number(100 * value, digits)), "low": low, "high": high}


def _each(found: Outcome) -> None:
    """Every candidate against the one that is looked at."""
    st.header(t("Each model in turn"), anchor=False)
    lines = []
    for candidate in found.candidates:
        clean = found.scores[candidate.id].clean.whole
        line = {
            t("Model"): candidate.label,
            t("Right"): f"{number(clean.right)} / {number(clean.n)}",
            t("Share"): percent(clean.share),
            t("95% interval"): f"{percent(clean.low)} – {percent(clean.high)}",
        }
        if candidate.id != found.looked_at:
            one = found.against(candidate.id)
            apart = one.difference
            line[t("Ahead by, of 100 rows")] = _ahead(apart) if apart is not None else ""
            line["p"] = p_value(one.p).removeprefix("= ") if one.scores is not None else ""
        lines.append(line)
    table = pd.DataFrame(lines).fillna("")
    st.dataframe(table, hide_index=True, key="each_model")
    looked_at = next(one.label for one in found.candidates if one.id == found.looked_at)
    st.caption(t("“Ahead by” says how many more of 100 rows {name} has right than the model of that line.", name=looked_at))
    counted = max(one.verdict.params.get("comparisons", 1) for one in found.headlines)  # the first may have no verdict
    if counted > 1:
        st.caption(
            t(
                "Of {n} comparisons made at once, one looks good by chance more easily. Each p is corrected for that; the ranges are not.",
                n=counted,
            ),
            help=t("By Holm's method, which keeps the chance of any false “better” at 5% for all of them together."),
        )
    for one in found.headlines:
        if one.first != found.candidates[0].id and one.verdict.code not in _UNFINISHED:
            more = one.verdict.params.get("more_rows")
            settles = tn("About {n} more test row would settle it.", "About {n} more test rows would settle it.", more) if more else ""
            st.markdown(f"- {verdict_of(found, one)} {settles}")


def _ahead(apart: Difference) -> str:
    return t("{value} ({low} to {high})", **per_hundred(apart.value, (apart.low, apart.high)))


def _scores(found: Outcome) -> None:
    st.header(t("Scores on rows that the training did not contain"), anchor=False)
    ordered = sorted(found.candidates, key=lambda one: one.id == found.looked_at)  # the chart's first colour is for the last one
    table = pd.DataFrame([line for one in ordered for line in _lines(one.label, found.scores[one.id].clean)])
    charts.intervals(
        table, alt=t("Share of right answers by field, before and after, with 95% intervals."), key="scores", share_title=t("Right")
    )
    _table(table, key="clean_scores")


def _apart(found: Outcome) -> None:
    """The rows that some training contained: each candidate's answers to them, scored by themselves."""
    with st.expander(
        tn(
            "{n} row asks the same as a training row, or nearly, and is scored apart",
            "{n} rows ask the same as a training row, or nearly, and are scored apart",
            len(found.seen),
        ),
        icon=":material/visibility:",
        expanded=found.clean_rows == 0,
    ):
        st.markdown(t("Right answers here show what the model remembers, not whether it got better. They never count above."))
        lines = []
        for one in found.candidates:
            scores = found.scores[one.id]
            known = t("not known") if one.kind in ("elsewhere", "recorded") else t("yes")
            lines += [line | {"trained": known} for line in _lines(one.label, scores.seen) if scores.seen.rows]
            lines += [line | {"trained": t("no")} for line in _lines(one.label, scores.aside) if scores.aside.rows]
        _table(pd.DataFrame(lines), key="seen_scores")


def _lines(label: str, part: Part) -> list[dict[str, Any]]:
    return [
        {
            "name": t("Whole answer") if score.name == WHOLE else score.name,
            "model": label,
            "right": score.right,
            "n": score.n,
            "share": score.share,
            "low": score.low,
            "high": score.high,
        }
        for score in (*part.fields, part.whole)
    ]


def _table(table: pd.DataFrame, *, key: str) -> None:
    columns: dict[str, Any] = {t("Field"): table["name"], t("Model"): table["model"]}
    if "trained" in table:
        columns[t("Trained on them")] = table["trained"]
    columns |= {
        t("Right"): [f"{number(right)} / {number(n)}" for right, n in zip(table["right"], table["n"], strict=True)],
        t("Share"): [percent(share) for share in table["share"]],
        t("95% interval"): [f"{percent(low)} – {percent(high)}" for low, high in zip(table["low"], table["high"], strict=True)],
    }
    st.dataframe(pd.DataFrame(columns), hide_index=True, key=key)


def plain(answer: str | None, shape: AnswerShape) -> str:
    """An answer as a reader wants it: the values of a JSON answer without their braces; of a long one its beginning."""
    values = parse_answer(answer, shape) if answer and shape.kind == "json" else None
    return long_text.in_a_cell(class_name(values.values()) if values else answer or "")
