"""How long a training on this machine would take: measured when it is first asked, shown with what it rests on."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.base.epochs import usual_epochs
from core.base.lora_settings import USUAL, usual_batch
from core.base.types import TokenCount
from core.estimate.local_time import LocalTime, StepShape, measured_time, one_answer_each, practice_time, step_shape
from core.io import local_models
from core.io.connections import BaseModel, Connection
from core.io.kept_baselines import kept_baselines
from core.io.local_models import Pace
from core.io.workspace import Dataset
from pages.ui import state
from pages.ui.parts import show_errors
from pages.ui.sentences import say
from pages.ui.text import t


def show(where: Connection, model: BaseModel, tokens: TokenCount, n_validation: int, settings: Mapping[str, Any]) -> None:
    """Say how long a training with these hyperparameters takes here; "auto" and what is missing become what the engine makes of them."""
    shape, tuning, method = _shape(tokens, settings)
    with show_errors():
        known = _ask(where, model.id, shape, tuning, method)
        if known.state == "none":  # what has failed is said: measured anew at each run of the page it would fail, and run it, for ever
            known = _ask(where, model.id, shape, tuning, method, measure=True)
        if known.state == "ready":
            st.markdown(f":material/timer: {say(_time(known, tokens, n_validation, settings).reason)}")
        elif known.state == "measuring":
            _wait(where, model.id, shape, tuning, method)
        elif known.state == "busy":
            st.caption(t("How long this takes is measured once this machine has no other training to do. Monitor shows how far that is."))
        elif known.problem is not None:
            st.caption(t(known.problem.sentence, **known.problem.params) + " " + t(known.problem.remedy))


def known_time(where: Connection, model: BaseModel, tokens: TokenCount, n_validation: int) -> LocalTime | None:
    """How long a training left to itself takes here, if that was measured before; nothing is measured now. Raises ServerProblem."""
    known = _ask(where, model.id, *_shape(tokens, {}))
    return _time(known, tokens, n_validation, {}) if known.state == "ready" else None


def of_practice(tokens: TokenCount, dataset: Dataset) -> LocalTime:
    """How long the practice model learns these examples."""
    return practice_time(len(tokens.per_example), learning_s(dataset))


def learning_s(dataset: Dataset) -> float:
    """How long the practice model takes here for this data, which is measured together with what it must beat; 0 until that is done."""
    found = kept_baselines(state.workspace(), dataset.train_sha)
    return found.learning if found is not None else 0.0


def _shape(tokens: TokenCount, settings: Mapping[str, Any]) -> tuple[StepShape, str, str]:
    """The mean step of a training, what it teaches, and the method."""
    batch = settings.get("batch_size", "auto")
    shape = step_shape(
        one_answer_each(tokens),
        batch if isinstance(batch, int) else usual_batch(len(tokens.per_example)),
        int(settings.get("context_length", USUAL["context_length"])),
    )
    return shape, str(settings.get("tuning", USUAL["tuning"])), "dpo" if tokens.questions else "supervised"


def _time(known: Pace, tokens: TokenCount, n_validation: int, settings: Mapping[str, Any]) -> LocalTime:
    epochs = settings.get("n_epochs", "auto")
    return measured_time(
        tokens,
        _shape(tokens, settings)[0],
        epochs if isinstance(epochs, int) else usual_epochs(len(tokens.per_example)),
        n_validation,
        start_s=known.start_s,
        step_s=known.step_s,
        measured_tokens=known.tokens,
    )


def _ask(where: Connection, id: str, shape: StepShape, tuning: str, method: str, *, measure: bool = False) -> Pace:
    return local_models.pace(
        state.client(where),
        id,
        batch_size=shape.batch_size,
        tokens=shape.tokens,
        answer_tokens=shape.answer_tokens,
        tuning=tuning,
        method=method,
        measure=measure,
    )


@st.fragment(run_every="1s")
def _wait(where: Connection, id: str, shape: StepShape, tuning: str, method: str) -> None:
    st.caption(
        ":material/timer: "
        + t("Measuring how fast this machine trains this model: it tries a small part of the work, for a minute or two at most.")
    )
    if _ask(where, id, shape, tuning, method).state != "measuring":
        st.rerun()
