"""The doubts about the answers of a run, worked out once: by the page where the data are few, else by the worker process."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.base.replies import Prediction
from core.base.types import Reason
from core.compare.doubt import Doubt, Measured, find, from_task, measured
from core.compare.rows import shape_of
from core.compare.score import judge_all
from core.compare.text_rules import Kept, from_json, to_json
from core.io.workspace import Dataset, Project, Run
from pages.ui import state, text_checks, work
from pages.ui.seen import seen_rows
from pages.ui.sentences import say
from pages.ui.text import t, unescape

SMALL = 1_500  # training rows and answers together: looked at in about two seconds


@st.cache_resource(show_spinner=False, max_entries=8)
def _found(home: str, args: str) -> tuple[Doubt, ...]:
    return from_task(find(state.workspace(), json.loads(args), lambda done, total: None))


def of_run(project: Project, dataset: Dataset, run: Run, predictions: Sequence[Prediction]) -> tuple[Doubt, ...] | None:
    """The doubts about a run that is over; None, with progress on the page, while they are being worked out."""
    rules = text_checks.rules_of(project, dataset) if shape_of(dataset).kind == "text" else ()
    # a row that failed may be asked again: its answer is another task
    said = hashlib.sha256(json.dumps([[one.row, one.answer] for one in predictions]).encode()).hexdigest()[:16]
    args: dict[str, Any] = {"run": run.id, "dataset": dataset.id, "rules": to_json(rules), "answers": said}
    if dataset.counts["train"] + dataset.counts["test"] + run.total <= SMALL:
        return _found(str(state.engine_home()), json.dumps(args, sort_keys=True))
    told = work.result("core.compare.doubt:find", args, t("Looking for doubtful answers…"))
    return None if told is None else from_task(told)


def worth(project: Project, dataset: Dataset, tested: Run | None) -> Measured | None:
    """How often test rows that would be flagged were wrong; None where the test rows were not answered yet or cannot tell."""
    if tested is None or shape_of(dataset).kind == "text" or not state.workspace().progress(tested.id).is_over:
        return None
    predictions = state.workspace().predictions(tested.id)
    found, seen = of_run(project, dataset, tested, predictions), seen_rows(dataset, "test")
    if found is None or seen is None:
        return None
    return measured(found, judge_all(predictions, shape_of(dataset)), {one.row for one in seen})


def told(found: Measured) -> str:
    """What a flag is worth on these data, in words."""
    return t(
        "Of the test rows that would be flagged, {wrong} of {flagged} were wrong; of the others {others_wrong} of {others}.",
        wrong=found.flagged_wrong,
        flagged=found.flagged,
        others_wrong=found.others_wrong,
        others=found.others,
    )


def words(found: Sequence[Doubt]) -> dict[int, str]:
    """The reasons of each doubtful row as plain text."""
    return {one.row: " ".join(unescape(_said(reason)) for reason in one.reasons) for one in found if one.reasons}


def _said(reason: Reason) -> str:
    if reason.code != "doubt_rule":
        return say(reason)
    (rule,) = from_json([reason.params]) or (None,)
    return text_checks.by_what(Kept(rule, False, tuple(reason.params["found"]))) if rule else say(reason)
