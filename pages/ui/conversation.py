"""The conversations of the Playground: kept in the workspace, streamed one after the other, shown side by side."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base.errors import TunesmithError
from core.base.types import Reason, Reply
from core.io.openai_calls import Client
from core.io.workspace import JobRecord, Project, plain
from core.io.workspace.records import error_from_json, error_to_json
from core.playground.chat import Conversation, Settings, ask, reply_warnings
from pages.ui import state
from pages.ui.parts import show_error
from pages.ui.sentences import say
from pages.ui.text import escape, t, tn

Json = dict[str, Any]
# one exchange: {"question": str, "answers": {model id: {"text", "reply", "warnings", "problem", "done"}}}, all plain JSON


@dataclass(frozen=True)
class Side:
    """One model as the page names it."""

    label: str
    model: str


def _place(project: Project, record: JobRecord) -> str:
    return f"chat/{project.id}/{record.id}"


def history(project: Project, record: JobRecord) -> list[Json]:
    """The exchanges so far with this model, also those of yesterday."""
    place = _place(project, record)
    if place not in st.session_state:
        st.session_state[place] = state.workspace().get_setting(place, [])
    kept: list[Json] = st.session_state[place]
    return kept


def start_anew(project: Project, record: JobRecord) -> None:
    """Forget the exchanges with this model."""
    place = _place(project, record)
    st.session_state[place] = []
    state.workspace().set_setting(place, [])


def settings(project: Project, trained_with: str) -> tuple[str, Settings]:
    """Ask for the system prompt and the sampling; the defaults are what the training used."""
    key = project.id
    system = st.text_area(
        t("System prompt"),
        value=trained_with,
        key=f"system_{key}",
        persist_state="session",
        help=t("The instruction that stands before every question. A model answers best with the one it was trained with."),
    )
    left, middle, right = st.columns(3)
    temperature = left.slider(
        t("Temperature"),
        0.0,
        2.0,
        0.0,
        0.1,
        key=f"temperature_{key}",
        persist_state="session",
        help=t("How adventurous the answers are: at 0 the same question gets the same answer."),
    )
    top_p = middle.slider(
        t("Top p"),
        0.05,
        1.0,
        1.0,
        0.05,
        key=f"top_p_{key}",
        persist_state="session",
        help=t("Leaves out unlikely words: 1 leaves out none."),
    )
    limit = right.number_input(
        t("Most tokens in a reply"),
        1,
        4096,
        512,
        key=f"limit_{key}",
        persist_state="session",
        help=t("A token is about four letters of English."),
    )
    return system, Settings(temperature=temperature, top_p=top_p if top_p < 1 else None, max_tokens=int(limit))


def show(exchanges: list[Json], sides: tuple[Side, ...]) -> None:
    """Draw the conversation so far."""
    for exchange in exchanges:
        _question(st.chat_message("user"), exchange)
        for column, side in zip(st.columns(len(sides)), sides, strict=True):
            with column.container(border=True):
                st.markdown(f"**{side.label}**")
                _answer(exchange["answers"].get(side.model))


def _question(bubble: DeltaGenerator, exchange: Json) -> None:
    bubble.text(exchange["question"])
    if exchange.get("expected"):
        bubble.caption(t("The data's own answer: {answer}", answer=exchange["expected"]))


def _answer(kept: Json | None) -> None:
    if kept is None:
        st.caption(t("Not asked."))
        return
    if kept["text"]:
        st.text(kept["text"])
    if kept["problem"] is not None:
        show_error(error_from_json(kept["problem"]))
    elif not kept["done"]:
        st.caption(t("Stopped before the end."))
    if kept["reply"] is not None:
        _facts(kept["reply"])
    for code, params in kept["warnings"]:
        st.caption(say(Reason(code, params)))


def _facts(reply: Json) -> None:
    facts = []
    if reply.get("total_s") is not None:
        facts.append(t("{seconds} s", seconds=round(float(reply["total_s"]), 2)))
    if reply.get("completion_tokens") is not None and reply.get("prompt_tokens") is not None:
        facts.append(tn("{n} token out", "{n} tokens out", reply["completion_tokens"]))
        facts.append(tn("{n} token in", "{n} tokens in", reply["prompt_tokens"]))
    notes = reply.get("notes") or {}
    if "matched" in notes:
        score = round(float(notes.get("similarity", 0)), 2)
        facts.append(t("recalled from “{question}” (similarity {score})", question=str(notes["matched"]), score=score))
    elif "confidence" in notes:
        facts.append(t("confidence {share}%", share=round(100 * float(notes["confidence"]))))
    if facts:
        st.caption(" · ".join(facts))


def next_question(tries: tuple[str, ...], project: Project, *, unseen: bool, agreed: bool) -> str | None:
    """The question asked in this run: typed, or one of the suggestions clicked; `unseen` says that they come from test rows."""
    clicked = None
    if tries:
        st.caption(
            t("Questions to try, from rows that the training did not contain:")
            if unseen
            else t("Questions to try. Every row was needed for the training, so the model has seen these:")
        )
        with st.container(horizontal=True, gap="small"):
            for i, text in enumerate(tries):
                short = text if len(text) <= 70 else text[:69] + "…"
                if st.button(escape(short), key=f"try_{project.id}_{i}", icon=":material/chat:", disabled=not agreed):
                    clicked = text
    typed = st.chat_input(t("Ask both models"), key=f"ask_{project.id}", submit_mode="stop", max_chars=20_000, disabled=not agreed)
    return typed or clicked


def ask_all(
    client: Client,
    sides: tuple[Side, ...],
    project: Project,
    record: JobRecord,
    question: str,
    expected: str,
    system: str,
    chosen: Settings,
    place: DeltaGenerator,
) -> None:
    """Ask every side, streaming into `place`; what has come is kept even where the reader stops it or a server fails."""
    exchanges = history(project, record)
    before = list(exchanges)
    exchange: Json = {"question": question, "expected": expected, "answers": {}}
    exchanges.append(exchange)
    _question(place.chat_message("user"), exchange)
    try:
        for column, side in zip(place.columns(len(sides)), sides, strict=True):
            with column.container(border=True):
                st.markdown(f"**{side.label}**")
                kept: Json = {"text": "", "reply": None, "warnings": [], "problem": None, "done": False}
                exchange["answers"][side.model] = kept
                so_far = Conversation.of(system, [(one["question"], one["answers"].get(side.model, {}).get("text", "")) for one in before])
                _ask_one(client, side, so_far.asked(question), chosen, kept)
    finally:
        state.workspace().set_setting(_place(project, record), exchanges)


def _ask_one(client: Client, side: Side, conversation: Conversation, chosen: Settings, kept: Json) -> None:
    slot = st.empty()
    try:
        with ask(client, side.model, conversation, chosen) as stream:
            for piece in stream:
                kept["text"] += piece
                slot.text(kept["text"])
            reply: Reply = stream.reply
    except TunesmithError as problem:  # the other side is asked all the same
        kept["problem"] = error_to_json(problem)
    else:
        kept["reply"], kept["done"] = plain(reply), True
        kept["warnings"] = [[reason.code, dict(reason.params)] for reason in reply_warnings(reply, chosen)]
    slot.empty()
    _answer(kept)
