"""Take it away: a model that was trained on this machine, written out for other programs."""

from typing import Any

import streamlit as st

from core.base.errors import N_, TunesmithError
from core.io import local_models
from core.io.connections import Connection
from core.io.local_models import Parcel
from core.io.workspace import JobRecord, Project
from pages.ui import models, scored, state
from pages.ui.parts import show_error, show_errors
from pages.ui.text import Raw, escape, number, t, tn

# what stands above the lines that run a model (engine/lora/card.py)
RUNNING = (
    N_("To answer with vLLM, which takes the base model from the hub:"),
    N_("To answer with vLLM, with the path of the base model's folder in the place of BASE_MODEL:"),
    N_("In Python, with the packages transformers and peft:"),
    N_("To answer with vLLM:"),
    N_("With Ollama, in this folder, beside the Modelfile that lies here:"),
    N_("To answer with llama.cpp:"),
)


def offer(project: Project, record: JobRecord, where: Connection) -> None:
    """Offer it where the job made a model that other programs can read."""
    job, base = record.snapshot, models.base_of(record, where)
    model = models.shelved_as(record)
    if job is None or not model or not (where.local and base.small):
        return
    whole = job.hyperparameters.get("tuning") == "full"
    with st.expander(t("Take it away"), icon=":material/luggage:", key=f"takeaway_{record.id}", on_change="rerun") as box:
        if box.open:
            st.markdown(t("The trained model can be used in other programs, too. Choose the form that yours needs."))
            _choose(project, record, where, model, whole=whole)


def _choose(project: Project, record: JobRecord, where: Connection, model: str, *, whole: bool) -> None:
    about = {
        "adapter": (t("Adapter"), t("Only what was learned, a small folder, for programs that have the base model already.")),
        "merged": (t("Merged weights"), t("The whole model in one folder, for servers such as vLLM that answer many people at a time.")),
        "gguf": (t("GGUF"), t("The whole model in one file, for programs on an ordinary computer, such as Ollama or llama.cpp.")),
    }
    forms = [form for form in local_models.FORMS if not (whole and form == "adapter")]  # where all of it was taught there is none
    form = st.radio(
        t("Form"),
        forms,
        format_func=lambda name: about[name][0],
        captions=[about[name][1] for name in forms],
        key=f"form_{record.id}",
        persist_state="session",
    )
    with show_errors():
        parcel = _look(where, model, form)
        if parcel.state == "packing":
            _wait(where, model, form)
            return
        if parcel.state == "failed":
            words = N_("The model could not be written in this form."), N_("Choose another form.")
            show_error(TunesmithError(*words, details=parcel.reason))
        if parcel.state == "ready":
            _ready(parcel)
        label = t("Write it out again") if parcel.state == "ready" else t("Write it out")
        if st.button(label, icon=":material/save:", key=f"pack_{record.id}_{form}"):
            local_models.pack_model(state.client(where), model, form, _scores(project, record, where, model))
            st.rerun()


def _look(where: Connection, model: str, form: str) -> Parcel:
    parcels = local_models.takeaway(state.client(where), model)
    return next((parcel for parcel in parcels if parcel.form == form), Parcel(form, "none"))


@st.fragment(run_every="1s")
def _wait(where: Connection, model: str, form: str) -> None:
    """Look every second whether it is written."""
    began = st.session_state.setdefault(f"packing_{model}_{form}", state.now())
    seconds = round((state.now() - began).total_seconds())
    told = tn("Writing it out… {n} second so far.", "Writing it out… {n} seconds so far.", seconds)
    st.info(told + " " + t("Large models take some minutes."), icon=":material/hourglass_top:")
    if _look(where, model, form).state != "packing":
        st.session_state.pop(f"packing_{model}_{form}", None)
        st.rerun()


def _ready(parcel: Parcel) -> None:
    size = Raw(number(parcel.bytes / 1e6, 1))
    st.markdown(f":material/check_circle: {t('It lies in this folder, {size} MB, with a card that says what it is:', size=size)}")
    st.code(parcel.folder, language=None, wrap_lines=True)
    if parcel.running:
        st.markdown(t("Open a terminal in that folder for the lines that follow."))
    for line in parcel.running:
        st.markdown(t(line.says) if line.says in RUNNING else escape(line.says))
        if line.code:
            st.code(line.code, language=None, wrap_lines=True)


def _scores(project: Project, record: JobRecord, where: Connection, model: str) -> list[dict[str, Any]]:
    """What Compare has found of this model on test rows that the training did not contain, for its card; nothing where it has not."""
    found = scored.headline(project, record, where, model)
    if found is None or found.scores is None:
        return []
    before, after = (f"{score.right} / {score.n} ({score.share:.0%})" for score in found.scores)
    return [{"name": "Whole answers right", "before": before, "after": after, "rows": found.clean_n}]
