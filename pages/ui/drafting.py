"""A connected model drafts answers for the worksheet: what it costs is said first, what comes is a draft until somebody approves it."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.base.chat_format import parse_jsonl
from core.base.tokens import count_for_model
from core.base.types import Example, TokenCount
from core.compare.run import Candidate
from core.compare.run import start as start_run
from core.estimate.cost import use_cost
from core.io.connections import Connection
from core.io.workspace import Project
from core.prepare.draft import Draft
from core.prepare.formatting import with_system_prompt
from core.prepare.worksheet import Written
from pages.ui import consent, prices, probe, reading, runs, state
from pages.ui.parts import show_errors
from pages.ui.text import t, tn

ANSWER_TOKENS = 120  # what a written answer of a few sentences takes; the estimate says so


def show(project: Project, asks: Sequence[Sequence[object]]) -> dict[int, Written]:
    """Offer to have these rows drafted ([row, training line] each); every draft that has come in so far, by row."""
    place = f"drafting/{project.id}/{(project.source or '')[:16]}{reading.table_of(project, Draft.from_dict(project.draft))}"
    begun = state.workspace().get_setting(place) or {}
    run = next((one for one in state.workspace().runs(project.id) if one.id == begun.get("run")), None)
    working = False
    if run is not None:
        where = state.connection_at(run.connection_id, run.origin)
        with show_errors():
            working = runs.show_progress([run], where, {run.id: t("Drafts of {model}", model=run.model)})
    came = state.workspace().predictions(run.id) if run is not None else []
    drafts = {**_earlier(place), **{one.row: Written(one.answer, by=run.model) for one in came if run is not None and one.answer}}
    left = [ask for ask in asks if ask[0] not in drafts]
    if left and not working:
        with st.expander(
            t("Let a model draft them"), icon=":material/auto_awesome:", key=f"drafting_{project.id}", on_change="rerun"
        ) as box:
            if box.open:
                _offer(project, left, place, drafts)
    return drafts


def _earlier(place: str) -> dict[int, Written]:
    """The drafts of runs before the last one."""
    kept = state.workspace().get_setting(f"{place}/earlier") or {}
    return {int(row): Written(one["text"], by=one["by"]) for row, one in kept.items()}


def _offer(project: Project, asks: Sequence[Sequence[object]], place: str, drafts: dict[int, Written]) -> None:
    where = state.chosen_connection()
    if where.local or not where.base_url:
        st.info(
            t(
                "The practice model cannot write answers of its own. Choose another connection in the sidebar: OpenAI with your key, or "
                "any compatible server, for example one on this machine. You can come back to this one afterwards."
            ),
            icon=":material/info:",
        )
        return
    if state.lacks_key(where):
        st.info(t("Type the API key of {host} in the sidebar first.", host=where.host), icon=":material/key:")
        return
    with show_errors():
        model = _model(project, where)
        if not model:
            return
        rows = _examples(asks)
        instruction = st.text_area(
            t("Instruction for the drafts"),
            value=rows[0].system if rows else "",
            key=f"draft_prompt_{project.id}",
            persist_state="session",
            help=t("It stands before every row that the model is asked. It is not trained."),
        ).strip()
        rows = list(with_system_prompt(rows, "replace", instruction))
        agreed = consent.ask_questions(where, key=f"draft_{project.id}", n=len(rows), usd=_usd(rows, where, model))
        st.caption(t("The estimate takes {n} tokens for an answer.", n=ANSWER_TOKENS))
        if st.button(
            tn("Draft {n} answer", "Draft {n} answers", len(rows)),
            icon=":material/auto_awesome:",
            disabled=not agreed,
            key=f"draft_{project.id}",
        ):
            if drafts:
                earlier = {str(row): {"text": one.text, "by": one.by} for row, one in drafts.items()}
                state.workspace().set_setting(f"{place}/earlier", earlier)
            candidate = Candidate("base", model, where.id, where.origin, model, {"temperature": 0.3})
            run = start_run(state.workspace(), project.id, candidate, rows, now=state.now(), dataset_id=None)
            runs.go_on(run, where)
            state.workspace().set_setting(place, {"run": run.id})
            st.rerun()


def _model(project: Project, where: Connection) -> str:
    known = [one.id for one in probe.answers(where).models or ()]
    return str(
        st.selectbox(
            t("Model that drafts"),
            known,
            accept_new_options=True,
            key=f"draft_model_{project.id}_{where.origin}",
            persist_state="session",
            help=t("A large model writes better drafts. Its answers are only as true as what it is told: read each one."),
        )
        or ""
    )


def _examples(asks: Sequence[Sequence[object]]) -> list[Example]:
    """The rows as examples whose answers are left open."""
    read = parse_jsonl("\n".join(str(line) for _, line in asks).encode()).examples
    rows = [int(str(row)) for row, _ in asks]
    return [replace(one, row=rows[one.row - 1]) for one in read]


def _usd(rows: Sequence[Example], where: Connection, model: str) -> float | None:
    """About what the drafts cost, in USD; None where the model's price is not known."""
    asked = count_for_model([replace(one, messages=one.prompt) for one in rows], model)
    whole = TokenCount(asked.encoding, tuple(n + ANSWER_TOKENS for n in asked.per_example), ANSWER_TOKENS * len(rows), asked.exact)
    return use_cost(whole, prices.of(where, model), questions=len(rows)).usd
