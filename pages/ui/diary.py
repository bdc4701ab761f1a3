"""What lies behind the curves, on demand: the settings that were asked for and used, the checkpoints, and the diary."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.base.remote import Checkpoint, Job, JobEvent
from core.monitor.curve import METRICS as THEIR_METRICS
from core.monitor.happenings import plainly
from core.monitor.story import Story
from core.train.ranges import AUTO
from pages.ui import result_files
from pages.ui.choices import setting_name, setting_value, used_value
from pages.ui.sentences.training import METRICS, SETTINGS
from pages.ui.text import Raw, clock, number, number_columns, percent, t, unescape


def show(job: Job, asked: Mapping[str, Any], checkpoints: Sequence[Checkpoint], story: Story, method: str) -> None:
    """All of it in one folded box; `asked` are the plan's settings by name, empty where there is no plan, `method` is Markdown."""
    with st.expander(
        t("Hyperparameters, checkpoints and events"), icon=":material/list_alt:", key=f"details_{job.id}", on_change="rerun"
    ) as box:
        if not box.open:
            return
        st.markdown(
            f"**{t('Hyperparameters')}**", help=t("The settings of the training: what the plan asked for, and what the server used.")
        )
        told = [t("{name}: {value}", name=t("Method"), value=Raw(method))] if method else []
        st.caption("  \n".join([*told, t("Fine-tuning job: {id}", id=job.id)]))
        st.dataframe(settings(job, asked), hide_index=True, key=f"settings_{job.id}", placeholder="–")
        if job.extra:
            st.markdown(f"**{t('What the server also says')}**", help=t("Fields that Tunesmith does not know, as the server wrote them."))
            st.code("\n".join(f"{name}: {value}" for name, value in job.extra.items()), language=None, wrap_lines=True)
        if checkpoints:
            st.markdown(f"**{t('Checkpoints')}**", help=t("A checkpoint is the model as it was at one step. The last three are kept."))
            table = checkpoint_table(checkpoints)
            st.dataframe(table, hide_index=True, key=f"checkpoints_{job.id}", column_config=number_columns(table), placeholder="–")
        if story.others:
            names = ", ".join(f"{name} {number(value, 4)}" for name, value in sorted(story.others.items()))
            st.caption(t("Figures that Tunesmith does not know, as last told: {names}", names=names))
        result_files.download(job, story)
        _events(job, story)


def _events(job: Job, story: Story) -> None:
    st.markdown(f"**{t('Events')}**", help=t("What the server has noted during the training, the newest first."))
    latest = list(reversed(story.newest))
    # two columns at a time: of three the last stands out of sight on a phone
    verbatim = st.toggle(t("In the server's own words"), key=f"verbatim_{job.id}")
    st.dataframe(
        pd.DataFrame([_line(event, verbatim=verbatim) for event in latest]),
        hide_index=True,
        key=f"events_{job.id}",
        height=240,
        placeholder="–",
    )
    if story.count > len(latest):
        st.caption(t("The newest {n} of {all} events.", n=len(latest), all=number(story.count)))


def _line(event: JobEvent, *, verbatim: bool) -> dict[str, Any]:
    """One event by the clock: plainly where its words are known here, else and when asked for as the server wrote it."""
    known = None if verbatim else plainly(event)
    told = unescape(t(known[0], **known[1])) if known else event.message
    return {t("Time"): clock(event.created_at), t("The server's words") if verbatim else t("What happened"): told}


def settings(job: Job, asked: Mapping[str, Any]) -> pd.DataFrame:
    """The settings by name as text: what was asked for beside what the server says that it used, None where one of them is silent."""
    used: Mapping[str, Any] = {**job.hyperparameters, "seed": job.seed, "trained_tokens": job.trained_tokens}
    names = [name for name in dict.fromkeys([*asked, *used]) if asked.get(name) is not None or used.get(name) is not None]
    columns: dict[str, list[str | None]] = {
        t("Setting"): [setting_name(name) if name in SETTINGS else name for name in names],
        t("Asked for"): [_value(asked.get(name, AUTO if name in job.hyperparameters and asked else None)) for name in names],
        t("Used"): [used_value(name, used.get(name), job.base_model) for name in names],
    }
    return pd.DataFrame(columns if asked else {name: told for name, told in columns.items() if name != t("Asked for")})


def _value(value: Any) -> str | None:
    return None if value is None else setting_value(value)


def checkpoint_table(checkpoints: Sequence[Checkpoint]) -> pd.DataFrame:
    """One line a checkpoint: shares as percentages, other figures to four decimals, a figure that nobody knows by the server's name."""

    def figure(name: str, value: float) -> float | str:
        share = "accuracy" in name and math.isfinite(value) and 0 <= value <= 1
        return percent(value, 1) if share else round(value, 4)

    def line(one: Checkpoint) -> dict[str, Any]:
        told = {name: figure(name, value) for name, value in one.metrics.items() if name != "step"}
        figures = {(t(METRICS[THEIR_METRICS[name]]) if name in THEIR_METRICS else name): value for name, value in told.items()}
        return {t("Step"): one.step, **figures, t("Model"): one.model}

    return pd.DataFrame([line(one) for one in checkpoints])
