"""What a model as judge said: first whether it can be used at all, then how far it agrees with the votes and what sways it."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
import streamlit as st

from core.base.errors import N_
from core.base.replies import Prediction
from core.compare.calibration import Accord, Judging, Preference
from core.compare.judge import Ask, Problem, heard
from pages.ui.long_text import in_a_cell
from pages.ui.sentences import say
from pages.ui.text import Raw, number, percent, t, tn

PROBLEMS: Final[Mapping[Problem, str]] = {
    "judge_failed": N_("the server gave no answer"),
    "judge_silent": N_("it said nothing"),
    "judge_cut": N_("the limit on its length cut it"),
    "judge_said_more": N_("it said something else"),
    "judge_unknown_verdict": N_("it chose what was not offered"),
}
Replies = Mapping[tuple[int, str], Prediction]


def show(wanted: Sequence[Ask], replies: Replies, found: Judging, names: tuple[str, str], *, key: str) -> None:
    """Draw what came of it, the rows that people see otherwise, and on demand the replies that are no verdict."""
    verdict, *more = told(found, names)
    (st.info if found.is_usable else st.warning)(verdict, icon=":material/gavel:")
    for sentence in more:
        st.markdown(sentence)
    if found.differing:
        words = _words(names)
        questions = {one.row: one.question for one in wanted}
        st.markdown(t("Rows that people see otherwise:"))
        lines = [
            {
                t("Row"): one.row,
                t("Question"): in_a_cell(questions[one.row]),
                t("The votes"): words[found.people[one.row]],
                t("The judge"): words[one.preference or "neither"],
            }
            for one in found.differing
        ]
        alt = t("The rows on which the judge and the votes disagree.")
        st.dataframe(pd.DataFrame(lines), hide_index=True, key=f"judge_differing_{key}", alt=alt)
    if found.unread:
        with st.popover(t("Replies that are no verdict"), type="tertiary", icon=":material/notes:"):
            alt = t("What the judge said instead of a verdict.")
            st.dataframe(_unread(wanted, replies), hide_index=True, key=f"judge_unread_{key}", alt=alt)


def told(found: Judging, names: tuple[str, str]) -> list[str]:
    """The same in words, the verdict on the judge first; what it prefers only where that may be used. Markdown."""
    lines = [say(found.verdict), *_agreement(found.accord), *_sway(found)]
    if found.is_usable:
        words, counts = _words(names), found.counts
        of_each = "; ".join(t("“{name}” {n}", name=words[one], n=counts.get(one, 0)) for one in ("second", "first", "neither"))
        lines.append(t("What it prefers on {judged} rows: {counts}.", judged=len(found.judged), counts=Raw(of_each)))
    return lines


def _agreement(accord: Accord) -> list[str]:
    if not accord.n:
        return []
    shares = {"share": percent(accord.share), "low": percent(accord.low), "high": percent(accord.high)}
    if accord.among_people is None:
        agrees = tn(
            "The judge agrees with you on {share} (between {low} and {high}) of the {n} row that you both judged.",
            "The judge agrees with you on {share} (between {low} and {high}) of the {n} rows that you both judged.",
            accord.n,
            **shares,
        )
    else:
        agrees = tn(
            "The judge agrees with the votes on {share} (between {low} and {high}) of the {n} row that both have judged.",
            "The judge agrees with the votes on {share} (between {low} and {high}) of the {n} rows that both have judged.",
            accord.n,
            **shares,
        )
        agrees += " " + t("People agree with each other in {share} of the cases.", share=percent(accord.among_people))
    if accord.kappa is not None:
        agrees += " " + t("Cohen's kappa is {kappa}: 1 is full agreement, 0 no more than chance.", kappa=round(accord.kappa, 2))
    return [agrees]


def _sway(found: Judging) -> list[str]:
    """How often the places decided, how often it contradicted itself, and how often it gave no verdict."""
    lines = []
    if found.judged:
        places = [one.place for one in found.swayed]
        moved = t(
            "Position bias: on {swayed} of {judged} rows ({share}) it thought otherwise when the answers changed places.",
            swayed=len(places),
            judged=len(found.judged),
            share=percent(len(places) / len(found.judged)),
        )
        if places:
            moved += " " + t("These count as rows without a clear preference.")
        if any(places):
            moved += " " + t(
                "The answer that stood first won both times on {first} of them, the other on {second}.",
                first=places.count("A"),
                second=places.count("B"),
            )
        lines.append(moved)
    if found.repeated:
        lines.append(t("Asked the same again, it said the same in {share} of the cases.", share=percent(found.alike / found.repeated)))
    if found.unread:
        kinds = "; ".join(f"{t(PROBLEMS[problem])} ({number(n)})" for problem, n in found.unread.items())
        no_verdict = t(
            "Of its {replies} replies these are no verdict and count for nothing: {kinds}.", replies=found.replies, kinds=Raw(kinds)
        )
        lines.append(no_verdict)
    return lines


def _words(names: tuple[str, str]) -> dict[Preference, str]:
    return {"first": names[0], "second": names[1], "neither": t("No clear preference")}


def _unread(wanted: Sequence[Ask], replies: Replies) -> pd.DataFrame:
    lines = []
    for ask in wanted:
        reply = replies.get((ask.row, ask.tag))
        problem = heard(ask, reply).problem if reply is not None else None
        if reply is not None and problem is not None:
            lines.append({t("Row"): ask.row, t("Why"): t(PROBLEMS[problem]), t("What it said"): in_a_cell(reply.answer or reply.error)})
    return pd.DataFrame(lines)
