"""What a comparison found: the verdict first, then the scores with their intervals, then every row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import streamlit as st

from core.base.answers import AnswerShape, parse_answer
from core.base.export import safe_csv
from core.base.replies import Score
from core.base.types import Message
from core.compare.outcome import Outcome, Scores
from core.compare.run import Candidate
from core.compare.score import WHOLE
from core.io.workspace import Dataset
from pages.ui import charts, long_text
from pages.ui.names import class_name
from pages.ui.review import speaker
from pages.ui.sentences import say
from pages.ui.text import number, percent, t, tn

_LINES = 76  # pixels: the height of a row with three lines, so that an answer is read without widening its column
_ICONS = {"better": ":material/trending_up:", "worse": ":material/trending_down:"}

# free text has no right or wrong, and a score that still moves invites stopping when it pleases
_UNFINISHED = ("not_finished", "nothing_yet")
_UNSCORED = ("text_has_no_score", "practice_text_has_no_score", *_UNFINISHED)


def show(found: Outcome, before: str, after: str, shape: AnswerShape, *, working: bool) -> None:
    """Draw the outcome of a comparison, finished or under way; `working` says that answers are on their way."""
    verdict = found.headline.verdict
    if working and verdict.code in _UNFINISHED:  # how far each is stands above, and counts there
        told = t("Both models are being asked the same rows. What they answer appears below, and the verdict when all rows are answered.")
        st.info(told, icon=":material/hourglass_top:")
    else:
        box = st.success if verdict.code == "better" else st.error if verdict.code == "worse" else st.info
        box(say(verdict), icon=_ICONS.get(verdict.code, ":material/balance:"))
    more = verdict.params.get("more_rows")
    if more:
        st.markdown(tn("About {n} more test row would settle it.", "About {n} more test rows would settle it.", more))
    if found.headline.base is not None and found.headline.tuned is not None:
        _headline(found.headline.base, found.headline.tuned, before, after)
    if verdict.code not in _UNSCORED and found.base.clean.whole.n and found.tuned.clean.whole.n:
        _scores(found.base, found.tuned, before, after)
    if found.seen:
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
            _table(_frame(found.base, found.tuned, before, after, seen=True), key="seen_scores")


def _headline(base: Score, tuned: Score, before: str, after: str) -> None:
    with st.grid(2, min_column_width=220):
        for name, score in ((before, base), (after, tuned)):
            st.metric(
                t("{name}: whole answer right", name=name),
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


def _scores(base: Scores, tuned: Scores, before: str, after: str) -> None:
    st.header(t("Scores on rows that the training did not contain"), anchor=False)
    table = _frame(base, tuned, before, after, seen=False)
    charts.intervals(
        table, alt=t("Share of right answers by field, before and after, with 95% intervals."), key="scores", share_title=t("Right")
    )
    _table(table, key="clean_scores")


def _frame(base: Scores, tuned: Scores, before: str, after: str, *, seen: bool) -> pd.DataFrame:
    lines = []
    for label, scores in ((before, base), (after, tuned)):
        part = scores.seen if seen else scores.clean
        for score in (*part.fields, part.whole):
            lines.append(
                {
                    "name": t("Whole answer") if score.name == WHOLE else score.name,
                    "model": label,
                    "right": score.right,
                    "n": score.n,
                    "share": score.share,
                    "low": score.low,
                    "high": score.high,
                }
            )
    return pd.DataFrame(lines)


def _table(table: pd.DataFrame, *, key: str) -> None:
    shown = pd.DataFrame(
        {
            t("Field"): table["name"],
            t("Model"): table["model"],
            t("Right"): [f"{number(right)} / {number(n)}" for right, n in zip(table["right"], table["n"], strict=True)],
            t("Share"): [percent(share) for share in table["share"]],
            t("95% interval"): [f"{percent(low)} – {percent(high)}" for low, high in zip(table["low"], table["high"], strict=True)],
        }
    )
    st.dataframe(shown, hide_index=True, key=key)


def rows(found: Outcome, before: str, after: str, shape: AnswerShape, earlier: Mapping[int, Sequence[Message]]) -> None:
    """Every row with both answers, as a table; `earlier` holds, by row, what was said before the question."""
    st.header(t("Every row"), anchor=False)
    table = found.table
    judged = shape.kind != "text"  # of free text no row is right or wrong
    columns: dict[str, Any] = {t("Row"): table["row"], t("Question"): table["question"].map(long_text.in_a_cell)}
    if any(row in earlier for row in table["row"]):
        columns[t("Said before")] = [_turns(earlier.get(row, ())) for row in table["row"]]
    columns[t("Expected")] = table["expected"].map(lambda text: plain(text, shape))
    for label, answer, right in ((before, "base_answer", "base_right"), (after, "tuned_answer", "tuned_right")):
        texts = table[answer].map(lambda text: plain(text, shape))
        # the mark stands in the answer's own cell: columns of their own would push the answers out of sight
        columns[label] = [f"{_mark(r)} {text}".strip() for r, text in zip(table[right], texts, strict=True)] if judged else texts
    if found.seen:
        columns[t("Like a training row")] = table["seen"].map({"exact": t("the same"), "near": t("nearly"), "": ""})
    if table["note"].any():
        columns[t("Note")] = table["note"]
    # all columns fit beside the sidebar on a screen of 1280, where 790 pixels are left
    each = max(110, 520 // (len(columns) - 2))
    fixed = {t("Row"): 56, t("Question"): 210}
    widths = {name: st.column_config.TextColumn(width=fixed.get(name, each)) for name in columns}
    height: Literal["content"] | int = "content" if len(table) < 6 else 480
    shown = pd.DataFrame(columns)
    st.dataframe(shown, hide_index=True, key="every_row", height=height, row_height=_LINES, column_config=widths)


def _turns(turns: Sequence[Message]) -> str:
    return long_text.in_a_cell("\n".join(f"{speaker(turn.role)} {turn.content}" for turn in turns))


def plain(answer: str | None, shape: AnswerShape) -> str:
    """An answer as a reader wants it: the values of a JSON answer without their braces; of a long one its beginning."""
    values = parse_answer(answer, shape) if answer and shape.kind == "json" else None
    return long_text.in_a_cell(class_name(values.values()) if values else answer or "")


def _mark(right: bool | None) -> str:
    return "" if right is None else "✓" if right else "✗"


def export(
    found: Outcome,
    dataset: Dataset,
    before: Candidate,
    after: Candidate,
    *,
    systems: Mapping[int, str],
    said: Mapping[int, str],
    made: datetime,
) -> None:
    """Offer every row as CSV, with where its numbers come from, safe in a spreadsheet.

    By row: `systems` are the system prompts that were sent, `said` the reader's judgements.
    """
    table = found.table.assign(system_prompt=[systems.get(row, dataset.system_prompt) for row in found.table["row"]])
    if said:
        table["judgement"] = [said.get(row, "") for row in table["row"]]
    table = table.assign(
        base_model=before.model, tuned_model=after.model, data_set=dataset.test_sha or dataset.train_sha, answered_at=made.isoformat()
    )
    st.download_button(
        t("Download every row (CSV)"),
        data=lambda: safe_csv(table),
        file_name="comparison.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_rows",
    )
