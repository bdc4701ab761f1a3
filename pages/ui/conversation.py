"""The conversations of the Playground: kept in the workspace, streamed one after the other, shown side by side."""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base.errors import TunesmithError
from core.base.replies import Reply
from core.io.openai_calls import Client
from core.io.workspace import JobRecord, Project, plain
from core.io.workspace.records import error_to_json
from core.playground.chat import Conversation, Settings, ask, reply_warnings
from core.prepare.samples import sample
from pages.ui import answers, state
from pages.ui.answers import Json, Look
from pages.ui.text import escape, t

LONGEST_PILL = 70  # characters; a longer question is cut on its button, not when it is asked
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


def presenting(project: Project) -> bool:
    """Ask whether answers are shown to a room: large, and with nothing to set; the choice is kept with the project."""
    place = f"play/{project.id}/large"

    def keep() -> None:
        state.workspace().set_setting(place, st.session_state[key])

    key = f"present_{project.id}"
    one = sample(project.example)
    wanted = state.workspace().get_setting(place, one is not None and one.story == "marv")
    return st.toggle(
        t("Show it to a room"),
        value=bool(wanted),
        key=key,
        on_change=keep,
        help=t("Large letters, questions to click, nothing to set. It needs no network."),
    )


def show(exchanges: list[Json], sides: tuple[Side, ...], look: Look) -> None:
    """Draw the conversation so far; for a room the newest stands on top, under the question that was clicked."""
    for exchange in reversed(exchanges) if look.large else exchanges:
        answers.question(_bubble(st, look), exchange, look)
        for column, side in zip(st.columns(len(sides)), sides, strict=True):
            with column.container(border=True, height="stretch"):
                st.markdown(f"**{side.label}**")
                answers.answer(exchange["answers"].get(side.model), look)


def _bubble(place: Any, look: Look) -> DeltaGenerator:
    bubble: DeltaGenerator = place.container() if look.large else place.chat_message("user", avatar=":material/person:")
    return bubble


def next_question(tries: tuple[str, ...], why: str, project: Project, *, asked: int, agreed: bool) -> str | None:
    """The question asked in this run: typed, or one of the suggestions clicked; `why` says where those come from."""
    clicked = None
    if tries:
        # another key after each exchange: what was clicked is not chosen any more, and may be clicked again
        clicked = st.pills(why, tries, format_func=_short, key=f"tries_{project.id}_{asked}", disabled=not agreed)
    with st.bottom:  # inside the frame's container it would stand in the middle of the page
        typed = st.chat_input(t("Ask both models"), key=f"ask_{project.id}", submit_mode="stop", max_chars=20_000, disabled=not agreed)
    return typed or clicked


def _short(text: str) -> str:
    line = " · ".join(text.split("\n"))
    return escape(line if len(line) <= LONGEST_PILL else line[: LONGEST_PILL - 1] + "…")


def offer_again(project: Project, exchanges: list[Json], sides: tuple[Side, ...], *, agreed: bool) -> None:
    """A button that repeats the last question, where a model has not answered it."""
    if exchanges and not all(_answered(exchanges[-1], side) for side in sides):
        st.button(
            t("Ask again"),
            icon=":material/replay:",
            key=f"again_{project.id}",
            on_click=_want_again,
            args=(project,),
            disabled=not agreed,
            help=t("Repeats the last question to each model that has not answered it."),
        )


def wanted_again(project: Project, exchanges: list[Json]) -> bool:
    """Whether the last question is to be repeated in this run."""
    return bool(st.session_state.pop(f"wanted_again_{project.id}", False) and exchanges)


def _want_again(project: Project) -> None:
    st.session_state[f"wanted_again_{project.id}"] = True


def _answered(exchange: Json, side: Side) -> bool:
    return bool(exchange["answers"].get(side.model, {}).get("done"))


def ask_all(
    client: Client,
    sides: tuple[Side, ...],
    project: Project,
    record: JobRecord,
    question: str,
    expected: str,
    system: str,
    chosen: Settings,
    look: Look,
    place: DeltaGenerator,
    *,
    again: bool = False,
) -> None:
    """Ask every side, streaming into `place`; what has come is kept even where the reader stops it or a server fails.

    `again` repeats the last question to the sides that have not answered it.
    """
    exchanges = history(project, record)
    if not again:
        exchanges.append({"question": question, "expected": expected, "answers": {}})
    exchange, before = exchanges[-1], exchanges[:-1]
    answers.question(_bubble(place, look), exchange, look)
    try:
        for column, side in zip(place.columns(len(sides)), sides, strict=True):
            with column.container(border=True):
                st.markdown(f"**{side.label}**")
                if _answered(exchange, side):
                    answers.answer(exchange["answers"][side.model], look)
                    continue
                kept: Json = {"text": "", "reply": None, "warnings": [], "problem": None, "done": False}
                exchange["answers"][side.model] = kept
                so_far = Conversation.of(system, [(one["question"], one["answers"].get(side.model, {}).get("text", "")) for one in before])
                _ask_one(client, side, so_far.asked(exchange["question"]), chosen, look, kept)
    finally:
        state.workspace().set_setting(_place(project, record), exchanges)


def _ask_one(client: Client, side: Side, conversation: Conversation, chosen: Settings, look: Look, kept: Json) -> None:
    slot = st.empty()
    slot.caption(t("Waiting for the first words…"))  # a model of this machine is read from the disk first
    try:
        with ask(client, side.model, conversation, chosen) as stream:
            for piece in stream:
                kept["text"] += piece
                if kept["text"].strip():  # blank lines alone would look as if nothing went on
                    look.text(slot, kept["text"])
            reply: Reply = stream.reply
    except TunesmithError as problem:  # the other side is asked all the same
        kept["problem"] = error_to_json(problem)
    else:
        kept["reply"], kept["done"] = plain(reply), True
        kept["warnings"] = [[reason.code, dict(reason.params)] for reason in reply_warnings(reply, chosen)]
    slot.empty()
    answers.answer(kept, look)
