"""The course of a training: its curves with the checkpoints on them, and what they say in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.base.intervals import whole_rows, wilson
from core.base.remote import Checkpoint, Job
from core.io.kept_baselines import kept_baselines
from core.io.workspace import Dataset
from core.monitor.advice import facts_of
from core.monitor.curve import Curve, preferred, preferred_last, repeated_steps, why_no_curve
from core.monitor.story import Story
from pages.ui import charts, diary, state
from pages.ui.models import method_name
from pages.ui.sentences import say
from pages.ui.sentences.training import METRICS
from pages.ui.text import Raw, percent, t, tn

_LOSSES = ("train_loss", "valid_loss", "full_valid_loss")
_ACCURACIES = ("train_accuracy", "valid_accuracy", "full_valid_accuracy")
_PREFERRED = ("train_preferred", "valid_preferred", "full_valid_preferred")


def show(
    job: Job,
    story: Story,
    checkpoints: Sequence[Checkpoint],
    method: str,
    *,
    asked: Mapping[str, Any],
    end: Callable[[], None] | None = None,
    dataset: Dataset | None = None,
) -> None:
    """Draw what the server has told of the training so far.

    `method` is the server's word for its method; `asked` are the settings of the plan; `end` draws the offer to end it here, None where
    it cannot be ended; `dataset` is what it learns from, None where that is not known here.
    """
    drawn, landmarks = story.curve(checkpoints), story.landmarks
    again = repeated_steps(landmarks)
    if again:
        st.markdown(
            ":material/replay: "
            + tn(
                "{n} step was computed again after an interruption, from the last checkpoint on. The curve shows it once.",
                "{n} steps were computed again after an interruption, from the last checkpoint on. The curve shows each once.",
                again,
            )
        )
    if drawn.metrics:
        pairs = method == "dpo"
        share = preferred(landmarks)
        if share is None and pairs:
            share = preferred_last(drawn)
        if share is not None:
            leans = t("Of the validation pairs, the model leans to the better answer in {share}.", share=Raw(percent(share)))
            st.markdown(f":material/thumbs_up_down: {leans}")
        elif not pairs:
            _accuracy(drawn, dataset)
        _verdicts(story, drawn, job, checkpoints, method, end)
        _curves(drawn, [one.step for one in checkpoints], pairs=pairs)
        _where_from(drawn, story)
    elif (reason := why_no_curve(landmarks, job.base_model, job.status)) is not None:
        st.info(say(reason), icon=":material/show_chart:")
    diary.show(job, asked, checkpoints, story, method_name(method))


def _where_from(drawn: Curve, story: Story) -> None:
    """Say what of the curves the server told only after the training."""
    if not drawn.from_file:
        return
    told = tn(
        "{n} figure of these curves is from the result file that the server wrote at the end.",
        "{n} figures of these curves are from the result file that the server wrote at the end.",
        drawn.from_file,
    )
    if story.file is not None and story.file.cut:
        told += " " + t("The file breaks off in its last line, which is left out.")
    st.caption(f":material/description: {told}")


def _accuracy(drawn: Curve, dataset: Dataset | None) -> None:
    share = next((points[-1][1] for name in ("full_valid_accuracy", "valid_accuracy") if (points := drawn.points(name))), None)
    if share is None:
        return
    if drawn.by_token:
        told = t("Of the tokens in the answers to validation questions, the model would write {share} right.", share=Raw(percent(share)))
        st.markdown(f":material/insights: {told}")
        return
    full = bool(drawn.points("full_valid_accuracy"))  # the checks in between are of a part of the rows, and nobody says of how many
    n = dataset.counts.get("validation", 0) if dataset is not None and full else 0
    right = whole_rows(share, n)
    if right is None:
        told = t("{share} of the answers to validation questions are right.", share=Raw(percent(share)))
    else:
        low, high = wilson(right / n, n)
        told = t(
            "{right} of {n} answers to validation questions are right: {share}, and of many such questions between {low} and {high}.",
            right=right,
            n=n,
            share=Raw(percent(share)),
            low=Raw(percent(low)),
            high=Raw(percent(high)),
        )
    if dataset is not None and (known := kept_baselines(state.workspace(), dataset.train_sha)) is not None and known.best is not None:
        told += " " + t("What can be had for nothing, and must be beaten, is {share}.", share=Raw(percent(known.best.whole.share)))
    st.markdown(f":material/insights: {told}")


def _verdicts(story: Story, drawn: Curve, job: Job, checkpoints: Sequence[Checkpoint], method: str, end: Callable[[], None] | None) -> None:
    told = story.verdict(drawn, facts_of(job, drawn, checkpoints, method))
    for one in told:
        st.markdown(f":material/insights: {say(one.reason)}")
    advice = next((one.suggestion for one in told if one.suggestion is not None), None)  # one thing at a time, for the worst that was seen
    if advice is None or (advice.code == "end_it_now" and end is None):
        return
    st.markdown(f":material/lightbulb: {say(advice)}")
    if advice.code == "end_it_now" and end is not None:
        end()


def _curves(drawn: Curve, marks: Sequence[int], *, pairs: bool) -> None:
    shares = _named(drawn, _PREFERRED if pairs else _ACCURACIES)
    losses = _named(drawn, _LOSSES)
    with st.grid(2 if shares and losses else 1, min_column_width=320):
        if shares:
            with st.container():
                _shares(drawn, shares, marks, pairs=pairs)
        if losses:
            with st.container():
                help = (
                    t("Loss is here how little the model leans to the better answers: it begins near 0.69, and lower is better.")
                    if pairs
                    else t("Loss is how surprised the model is by the right answers: lower is better.")
                )
                st.markdown(f"**{t('Loss')}**", help=help)
                alt = t("Loss by training step.")
                _lines(drawn, losses, marks, alt=alt, key="loss", y_title=t("Loss"))


def _shares(drawn: Curve, names: Mapping[str, str], marks: Sequence[int], *, pairs: bool) -> None:
    if pairs:
        title, alt, y_title = t("Better answer preferred"), t("Share of pairs by training step."), t("Pairs told apart")
        help = t("The share of pairs of which the model leans to the better answer: higher is better, and half is chance.")
    else:
        title, alt = t("Accuracy"), t("Accuracy by training step.")
        y_title = t("Tokens right") if drawn.by_token else t("Answers right")
        help = (
            t("Accuracy is here the share of tokens that are right, each guessed from the right ones before it: higher is better.")
            if drawn.by_token
            else t("Accuracy is the share of answers that are right: higher is better.")
        )
    st.markdown(f"**{title}**", help=help)
    _lines(drawn, names, marks, alt=alt, key="accuracy", y_title=y_title, shares=True)


def _lines(drawn: Curve, names: Mapping[str, str], marks: Sequence[int], *, alt: str, key: str, y_title: str, shares: bool = False) -> None:
    titles = {"x_title": t("Step"), "y_title": y_title, "marked": t("Checkpoint")}
    charts.lines(drawn.frame, "step", names, alt=alt, key=key, shares=shares, marks=marks, **titles)


def _named(drawn: Curve, group: Sequence[str]) -> dict[str, str]:
    return {name: t(METRICS[name]) for name in group if name in drawn.metrics}
