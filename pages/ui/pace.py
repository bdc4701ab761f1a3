"""How long a small open model would train on this machine: measured when it is first asked, shown with what it rests on."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.base.epochs import usual_epochs
from core.base.lora_settings import USUAL, usual_batch
from core.base.types import TokenCount
from core.estimate.local_time import LocalTime, StepShape, measured_time, step_shape
from core.io import local_models
from core.io.connections import BaseModel, Connection
from core.io.local_models import Pace
from core.io.workspace import Dataset
from pages.ui import state
from pages.ui.parts import show_errors
from pages.ui.sentences import say
from pages.ui.text import t


def show(where: Connection, model: BaseModel, tokens: TokenCount, dataset: Dataset, settings: Mapping[str, Any]) -> None:
    """Say how long a training with these hyperparameters takes here; "auto" and what is missing become what the engine makes of them."""
    shape, tuning = _shape(tokens, dataset, settings)
    with show_errors():
        known = _ask(where, model.id, shape, tuning, measure=True)
        if known.state == "ready":
            st.markdown(f":material/timer: {say(_time(known, tokens, dataset, settings).reason)}")
        elif known.state == "measuring":
            _wait(where, model.id, shape, tuning)
        elif known.state == "busy":
            st.caption(t("How long this takes is measured once this machine has no other training to do. Monitor shows how far that is."))
        elif known.problem is not None:
            st.caption(t(known.problem.sentence, **known.problem.params) + " " + t(known.problem.remedy))


def known_time(where: Connection, model: BaseModel, tokens: TokenCount, dataset: Dataset) -> LocalTime | None:
    """How long a training left to itself takes here, if that was measured before; nothing is measured now. Raises ServerProblem."""
    shape, tuning = _shape(tokens, dataset, {})
    known = _ask(where, model.id, shape, tuning)
    return _time(known, tokens, dataset, {}) if known.state == "ready" else None


def _shape(tokens: TokenCount, dataset: Dataset, settings: Mapping[str, Any]) -> tuple[StepShape, str]:
    batch = settings.get("batch_size", "auto")
    size = batch if isinstance(batch, int) else usual_batch(dataset.counts["train"])
    shape = step_shape(tokens, size, int(settings.get("context_length", USUAL["context_length"])))
    return shape, str(settings.get("tuning", USUAL["tuning"]))


def _time(known: Pace, tokens: TokenCount, dataset: Dataset, settings: Mapping[str, Any]) -> LocalTime:
    epochs = settings.get("n_epochs", "auto")
    return measured_time(
        tokens,
        _shape(tokens, dataset, settings)[0],
        epochs if isinstance(epochs, int) else usual_epochs(dataset.counts["train"]),
        dataset.counts.get("validation", 0),
        start_s=known.start_s,
        step_s=known.step_s,
        measured_tokens=known.tokens,
    )


def _ask(where: Connection, id: str, shape: StepShape, tuning: str, *, measure: bool = False) -> Pace:
    return local_models.pace(
        state.client(where),
        id,
        batch_size=shape.batch_size,
        tokens=shape.tokens,
        answer_tokens=shape.answer_tokens,
        tuning=tuning,
        measure=measure,
    )


@st.fragment(run_every="1s")
def _wait(where: Connection, id: str, shape: StepShape, tuning: str) -> None:
    st.caption(
        ":material/timer: "
        + t("Measuring how fast this machine trains this model: it tries a small part of the work, for a minute or two at most.")
    )
    if _ask(where, id, shape, tuning).state != "measuring":
        st.rerun()
