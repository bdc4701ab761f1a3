"""The conversations of the Playground: kept in the workspace, streamed from all models at once, shown side by side."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.base.errors import TunesmithError
from core.io.workspace import JobRecord, Project
from core.io.workspace.records import error_to_json
from core.playground.answering import Answering, Question, Talks
from core.playground.sampling import Preset
from core.playground.talk import EVERYONE, Talk, is_answered, new_answer
from core.prepare.samples import sample
from pages.ui import answers, play_settings, state
from pages.ui.answers import Json, Look
from pages.ui.play_models import Side
from pages.ui.text import escape, t, tn, unescape

LONGEST_PILL: Final = 70  # characters; a longer question is cut on its button, not when it is asked


@st.cache_resource(show_spinner=False)
def _talks(home: str) -> Talks:
    # one for all tabs: replies belong to the app, and a page that is opened again finds them at work
    return Talks(state.workspace())


def talks() -> Talks:
    """The conversations of this app."""
    return _talks(str(state.engine_home()))


def place_of(project: Project, record: JobRecord | None) -> str:
    """Where the conversation about a job's model is kept; there is one more where no model is trained yet."""
    return f"chat/{project.id}/{record.id if record else 'untrained'}"


def start_anew(place: str) -> None:
    """Forget all branches of a conversation."""
    talks().stop(place)
    talks().change(place, lambda talk: Talk())


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


def branches(place: str, talk: Talk) -> None:
    """Choose which branch is looked at, where there are several."""
    if len(talk.branches) < 2:
        return
    last = [branch[-1]["question"] if branch else t("(empty)") for branch in talk.branches]
    names = [unescape(t("Branch {n}: {question}", n=at + 1, question=text[:LONGEST_PILL])) for at, text in enumerate(last)]
    # the box sends back the text of its entries: where a branch is called otherwise, since it has gone on, it is another box
    box = f"branch_{place}_{talk.at}_{hash(tuple(names))}"

    def look() -> None:
        talks().change(place, lambda one: one.look_at(st.session_state[box]))

    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.selectbox(t("Branch of the conversation"), range(len(names)), index=talk.at, format_func=names.__getitem__, key=box, on_change=look)
    row.button(t("Delete this branch"), key=f"drop_{place}", on_click=_drop, args=(place,), icon=":material/delete:", width="content")


def _drop(place: str) -> None:
    talks().change(place, Talk.without_branch)


def show(place: str, exchanges: tuple[Json, ...], sides: tuple[Side, ...], look: Look, *, agreed: bool, last: bool) -> None:
    """Draw the conversation so far; for a room the newest stands on top, under the question that was clicked.

    `last` is whether the last of these is the conversation's last, whose answers can be asked for anew.
    """
    for at in reversed(range(len(exchanges))) if look.large else range(len(exchanges)):
        exchange = exchanges[at]
        answers.question(bubble(st, look), exchange, look)
        if EVERYONE in exchange["answers"]:
            with st.container(border=True):
                st.markdown(f"**{for_everyone(exchange['answers'][EVERYONE])}**")
                answers.answer(exchange["answers"][EVERYONE], look, key=exchange["id"])
            continue
        for column, side in zip(st.columns(len(sides)), sides, strict=True):
            with column.container(border=True, height="stretch"):
                st.markdown(f"**{escape(side.label)}**")
                kept = exchange["answers"].get(side.key)
                answers.answer(kept, look, key=f"{exchange['id']}_{side.key}")
                if last and at == len(exchanges) - 1 and kept is not None and not look.large:
                    _anew(place, side, kept, agreed=agreed)


def for_everyone(kept: Json) -> str:
    """Where an answer comes from that every model goes on from. Markdown."""
    if (by := kept.get("imported")) is None:
        return t("Written by hand, for every model")
    return t("Imported, from {model}: every model goes on from it", model=by) if by else t("Imported: every model goes on from it")


def _anew(place: str, side: Side, kept: Json, *, agreed: bool) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            t("Regenerate"),
            icon=":material/refresh:",
            type="tertiary",
            key=f"regenerate_{place}_{side.key}",
            disabled=not agreed,
            on_click=_ask_again,
            args=(place, [side.key]),
            help=t("Asks this model the same question once more."),
        )
        if earlier := kept.get("earlier"):
            with st.popover(
                tn("{n} earlier answer", "{n} earlier answers", len(earlier)), type="tertiary", key=f"earlier_{place}_{side.key}"
            ):
                for one in earlier:
                    st.text(one["text"])
                    st.divider()


def _ask_again(place: str, sides: Sequence[str]) -> None:
    """What these had said, whole or stopped, is kept with what comes now."""
    talks().change(place, lambda talk: talk.again(sides))
    want_again(place)


def bubble(place: Any, look: Look) -> DeltaGenerator:
    """Where a question is drawn."""
    drawn: DeltaGenerator = place.container() if look.large else place.chat_message("user", avatar=":material/person:")
    return drawn


def next_question(tries: tuple[str, ...], why: str, project: Project, *, asked: int, agreed: bool, sides: int) -> str | None:
    """The question asked in this run: typed, or one of the suggestions clicked; `why` says where those come from."""
    clicked = None
    if tries:
        # another key after each exchange: what was clicked is not chosen any more, and may be clicked again
        clicked = st.pills(why, tries, format_func=_short, key=f"tries_{project.id}_{asked}", disabled=not agreed)
    words = t("Ask the model") if sides == 1 else t("Ask both models") if sides == 2 else tn("Ask {n} model", "Ask all {n} models", sides)
    with st.bottom:  # inside the frame's container it would stand in the middle of the page
        typed = st.chat_input(words, key=f"ask_{project.id}", max_chars=20_000, disabled=not agreed)
    return typed or clicked


def _short(text: str) -> str:
    line = " · ".join(text.split("\n"))
    return escape(line if len(line) <= LONGEST_PILL else line[: LONGEST_PILL - 1] + "…")


def offer_again(project: Project, place: str, talk: Talk, sides: tuple[Side, ...], *, agreed: bool) -> None:
    """A button that repeats the last question, where a model has not answered it."""
    missing = [side.key for side in sides if talk.exchanges and not is_answered(talk.exchanges[-1], side.key)]
    if missing:
        st.button(
            t("Ask again"),
            icon=":material/replay:",
            key=f"again_{project.id}",
            on_click=_ask_again,
            args=(place, missing),
            disabled=not agreed,
            help=t("Repeats the last question to each model that has not answered it."),
        )


def wanted_again(place: str, talk: Talk) -> bool:
    """Whether the last question is to be put in this run to whoever has not answered it."""
    return bool(st.session_state.pop(f"wanted_again_{place}", False) and talk.exchanges)


def want_again(place: str) -> None:
    st.session_state[f"wanted_again_{place}"] = True


def under_way(place: str, talk: Talk) -> dict[str, Answering]:
    """The replies to the last question that are still coming."""
    return talks().live(place, talk.exchanges[-1]["id"]) if talk.exchanges else {}


def begin(place: str, question: str, expected: str) -> None:
    """Add a question; what is still being said to the one before is stopped there."""
    talks().stop(place)
    talks().change(place, lambda talk: talk.asked(question, expected))


def ask_all(project: Project, place: str, sides: tuple[Side, ...], how: Preset) -> None:
    """Put the last question to every side that has not answered it, all at once; who cannot be asked has the reason for its answer."""
    talk = talks().read(place)
    exchange, number_ = talk.exchanges[-1], len(talk.exchanges) - 1
    questions = []
    for side in sides:
        if is_answered(exchange, side.key):
            continue
        try:
            client = state.client(side.where)
        except TunesmithError as problem:  # the other sides are asked all the same
            failed = {**new_answer(), "problem": error_to_json(problem)}
            talks().change(place, _with(exchange["id"], side.key, failed))
            continue
        before = talk.before(number_, side.key, how.system).asked(exchange["question"])
        settings, _ = play_settings.fit(side, how.settings)
        questions.append(Question(side.key, client, side.model, before, settings, how.place, side.price))
    talks().ask(place, project.id, exchange["id"], questions)


def _with(exchange: str, side: str, kept: Json) -> Any:
    return lambda talk: talk.answered(exchange, side, kept)
