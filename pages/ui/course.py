"""The course of a training: its curves with what they say in words, and on demand its settings, checkpoints and diary."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.base.remote import Checkpoint, Job, JobEvent
from core.monitor import words
from core.monitor.curve import METRICS as THEIR_METRICS
from core.monitor.curve import Curve, curve, preferred, repeated_steps, why_no_curve
from pages.ui import charts
from pages.ui.choices import setting_name, setting_value
from pages.ui.models import method_name
from pages.ui.sentences import say
from pages.ui.sentences.training import METRICS, SETTINGS
from pages.ui.text import Raw, clock, escape, number, number_columns, percent, t, tn

LISTED = 200  # events: a job of 1,000 steps has more than anyone reads
_LOSSES = ("train_loss", "valid_loss", "full_valid_loss")
_ACCURACIES = ("train_accuracy", "valid_accuracy", "full_valid_accuracy")


def show(job: Job, events: Sequence[JobEvent], checkpoints: Sequence[Checkpoint], method: str) -> None:
    """Draw what the server has told of the training so far; `method` is the server's word for its method."""
    drawn = curve(events, checkpoints)
    again = repeated_steps(events)
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
        if (share := preferred(events)) is not None:
            leans = t("Of the validation pairs, the model leans to the better answer in {share}.", share=Raw(percent(share)))
            st.markdown(f":material/thumbs_up_down: {leans}")
        _words(drawn, job)
        _curves(drawn, pairs=method == "dpo")
    elif (reason := why_no_curve(events, job.base_model, job.status)) is not None:
        st.info(say(reason), icon=":material/show_chart:")
    _details(job, checkpoints, events, method_name(method))


def _words(drawn: Curve, job: Job) -> None:
    right = next((points[-1][1] for name in ("full_valid_accuracy", "valid_accuracy") if (points := drawn.points(name))), None)
    told = []
    if right is not None and drawn.by_token:
        told = [t("Of the tokens in the answers to validation questions, the model would write {share} right.", share=Raw(percent(right)))]
    elif right is not None:
        told = [t("{share} of the answers to validation questions are right.", share=Raw(percent(right)))]
    told += [say(sentence) for sentence in words.verdict(drawn, runs=not job.status.is_terminal, checked=job.validation_file is not None)]
    for sentence in told:
        st.markdown(f":material/insights: {sentence}")


def _curves(drawn: Curve, *, pairs: bool) -> None:
    accuracies, losses = (_named(drawn, group) for group in (_ACCURACIES, _LOSSES))
    with st.grid(2 if accuracies and losses else 1, min_column_width=320):
        if accuracies:
            with st.container():
                help = (
                    t("Accuracy is here the share of tokens that are right, each guessed from the right ones before it: higher is better.")
                    if drawn.by_token
                    else t("Accuracy is the share of answers that are right: higher is better.")
                )
                st.markdown(f"**{t('Accuracy')}**", help=help)
                charts.lines(
                    drawn.frame,
                    "step",
                    accuracies,
                    alt=t("Accuracy by training step."),
                    key="accuracy",
                    x_title=t("Step"),
                    y_title=t("Tokens right") if drawn.by_token else t("Answers right"),
                    shares=True,
                )
        if losses:
            with st.container():
                help = (
                    t("Loss is here how little the model leans to the better answers: it begins near 0.69, and lower is better.")
                    if pairs
                    else t("Loss is how surprised the model is by the right answers: lower is better.")
                )
                st.markdown(f"**{t('Loss')}**", help=help)
                charts.lines(drawn.frame, "step", losses, alt=t("Loss by training step."), key="loss", x_title=t("Step"), y_title=t("Loss"))


def _named(drawn: Curve, group: Sequence[str]) -> dict[str, str]:
    return {name: t(METRICS[name]) for name in group if name in drawn.metrics}


def _details(job: Job, checkpoints: Sequence[Checkpoint], events: Sequence[JobEvent], method: str) -> None:
    with st.expander(
        t("Hyperparameters, checkpoints and events"), icon=":material/list_alt:", key=f"details_{job.id}", on_change="rerun"
    ) as box:
        if not box.open:
            return
        st.markdown(f"**{t('Hyperparameters')}**", help=t("The settings of the training, as the server has used them."))
        told = [t("{name}: {value}", name=t("Method"), value=Raw(method))] if method else []
        st.caption("  \n".join([*told, *_settings(job)]))
        if checkpoints:
            st.markdown(f"**{t('Checkpoints')}**", help=t("A checkpoint is the model as it was at one step. The last three are kept."))
            table = _checkpoints(checkpoints)
            columns = number_columns(table)
            st.dataframe(table, hide_index=True, key=f"checkpoints_{job.id}", column_config=columns, placeholder="–")
        st.markdown(f"**{t('Events')}**", help=t("What the server has noted during the training, the newest first, in its own words."))
        latest = list(reversed(events))[:LISTED]
        st.dataframe(
            pd.DataFrame([{t("Time"): clock(e.created_at), t("Event"): e.message} for e in latest]),
            hide_index=True,
            key=f"events_{job.id}",
            height=240,
        )
        if len(events) > len(latest):
            st.caption(t("The newest {n} of {all} events.", n=len(latest), all=number(len(events))))


def _settings(job: Job) -> list[str]:
    known: Mapping[str, Any] = {**job.hyperparameters, "seed": job.seed, "trained_tokens": job.trained_tokens}
    lines = [
        t("{name}: {value}", name=Raw(setting_name(name) if name in SETTINGS else escape(name)), value=setting_value(value))
        for name, value in known.items()
        if value is not None
    ]
    return [*lines, t("Fine-tuning job: {id}", id=job.id)]


def _checkpoints(checkpoints: Sequence[Checkpoint]) -> pd.DataFrame:
    def line(one: Checkpoint) -> dict[str, Any]:
        told = {name: round(value, 4) for name, value in one.metrics.items() if name != "step"}
        figures = {(t(METRICS[THEIR_METRICS[name]]) if name in THEIR_METRICS else name): value for name, value in told.items()}
        return {t("Step"): one.step, **figures, t("Model"): one.model}

    return pd.DataFrame([line(one) for one in checkpoints])
