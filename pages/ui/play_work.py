"""What can be done with a conversation beside going on with it: edit, branch, write by hand, keep, copy, export and import."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from core.base.errors import TunesmithError
from core.io.engine_record import RECORD, engine_folder
from core.io.workspace import Dataset, Project
from core.playground.chat import build_messages
from core.playground.sampling import Preset
from core.playground.snippets import KEY_NAME, as_curl, as_python
from core.playground.talk import Talk
from core.playground.transfer import MOST_BYTES, export, read
from pages.ui import conversation, play_keep, play_models, play_settings, state
from pages.ui.answers import Look
from pages.ui.parts import show_error, show_errors
from pages.ui.play_models import Side
from pages.ui.text import t, tn

LONGEST_NAME: Final = 80  # characters of a question in the box that chooses one


def show(
    project: Project, place: str, talk: Talk, sides: tuple[Side, ...], how: Preset, dataset: Dataset | None, look: Look, *, agreed: bool
) -> None:
    """Draw it, folded away until it is wanted; nothing is asked anew until it is `agreed` what goes where."""
    with st.expander(t("Edit, branch, keep, copy"), icon=":material/edit_note:", on_change="rerun", key=f"work_{project.id}") as box:
        if not box.open:
            return
        parts: dict[str, tuple[str, Callable[[], None]]] = {}
        if talk.exchanges:
            at = _which(place, talk)
            parts["edit"] = t("Edit or branch"), lambda: _edit(place, talk, at, agreed=agreed)
            parts["keep"] = t("Keep for training"), lambda: play_keep.show(project, place, talk, at, sides, dataset, look)
            parts["copy"] = t("Copy as code"), lambda: _copy(place, talk, at, sides, how)
        parts["hand"] = t("Add by hand"), lambda: _by_hand(place)
        parts["move"] = t("Export or import"), lambda: _move(project, place, talk, how)
        wanted = st.segmented_control(
            t("What to do"),
            list(parts),
            default=next(iter(parts)),
            format_func=lambda one: parts[one][0],
            key=f"work_on_{place}_{len(parts)}",
        )
        if wanted is not None:
            parts[wanted][1]()
        if (problem := st.session_state.pop(_problem(place), None)) is not None:
            show_error(problem)
        if (came := st.session_state.pop(_came(place), None)) is not None:
            st.success(came, icon=":material/check_circle:")


def trying(place: str, what: Callable[[], object]) -> None:
    """Do it in a callback, which has no page to draw on: what goes wrong is shown in the run that follows."""
    try:
        what()
    except TunesmithError as problem:
        st.session_state[_problem(place)] = problem


def _problem(place: str) -> str:
    return f"work_problem_{place}"


def _came(place: str) -> str:
    return f"import_came_{place}"


def _which(place: str, talk: Talk) -> int:
    names = [f"{at + 1}. {' · '.join(one['question'].split(chr(10)))[:LONGEST_NAME]}" for at, one in enumerate(talk.exchanges)]
    chosen: int = st.selectbox(
        t("Which question"),
        range(len(names)),
        index=len(names) - 1,
        format_func=names.__getitem__,
        key=f"work_at_{place}_{talk.at}_{len(names)}",
    )
    return chosen


def _edit(place: str, talk: Talk, at: int, *, agreed: bool) -> None:
    exchange = talk.exchanges[at]
    field = f"edit_{exchange['id']}"
    st.text_area(t("The question, to be changed"), value=exchange["question"], key=field)
    st.caption(t("What was said stays as it is: a changed question begins a branch of its own."))
    with st.container(horizontal=True):
        st.button(
            t("Ask the changed question"),
            icon=":material/edit:",
            key=f"edited_{place}",
            disabled=not agreed,
            on_click=_ask_edited,
            args=(place, at, field),
        )
        st.button(t("Branch from here"), icon=":material/call_split:", key=f"branched_{place}", on_click=_branch, args=(place, at))
        st.button(
            t("Regenerate in a branch"),
            icon=":material/refresh:",
            key=f"fresh_{place}",
            disabled=not agreed,
            on_click=_ask_anew,
            args=(place, at),
        )


def _ask_edited(place: str, at: int, field: str) -> None:
    question = st.session_state[field]

    def edit() -> None:
        conversation.talks().change(place, lambda talk: talk.edited(at, question))
        conversation.want_again(place)

    trying(place, edit)


def _ask_anew(place: str, at: int) -> None:
    def ask() -> None:
        conversation.talks().change(place, lambda talk: talk.edited(at, talk.exchanges[at]["question"]))
        conversation.want_again(place)

    trying(place, ask)


def _branch(place: str, at: int) -> None:
    trying(place, lambda: conversation.talks().change(place, lambda talk: talk.branched(at)))


def _by_hand(place: str) -> None:
    st.caption(t("A question and an answer of your own, as if they had been said: every model goes on from them."))
    question, answer = f"hand_question_{place}", f"hand_answer_{place}"
    st.text_area(t("Question"), key=question, height=80)
    st.text_area(t("Answer"), key=answer, height=80)
    st.button(t("Add this turn"), icon=":material/add:", key=f"hand_{place}", on_click=_add, args=(place, question, answer))


def _add(place: str, question: str, answer: str) -> None:
    texts = st.session_state[question], st.session_state[answer]

    def add() -> None:
        conversation.talks().change(place, lambda talk: talk.with_turn(*texts))
        st.session_state[question] = st.session_state[answer] = ""

    trying(place, add)


def _copy(place: str, talk: Talk, at: int, sides: tuple[Side, ...], how: Preset) -> None:
    chosen = play_models.one_of(t("Model"), {side.key: side.label for side in sides}, sides, key=f"copy_{place}")
    side = next(side for side in sides if side.key == chosen)
    asked = talk.before(at, side.key, how.system).asked(talk.exchanges[at]["question"])
    messages, (settings, _) = build_messages(asked, how.place), play_settings.fit(side, how.settings)
    with show_errors():
        base_url = state.client(side.where).connection.base_url or ""
        record = engine_folder(state.engine_home()) / RECORD if side.where.local else None
        if record:
            st.caption(
                t("Tunesmith's own server on this machine has a new address and key after each start: these lines read both from its file.")
            )
            st.caption(t("They work on this machine, while Tunesmith is open."))
        else:
            st.caption(t("The key is not in it: it is read from the environment's {name}.", name=KEY_NAME))
        st.markdown(f"**{t('Python')}**")
        st.code(as_python(base_url, side.model, messages, settings, record), language=None, wrap_lines=True)
        st.markdown(f"**{t('A line for the terminal (curl)')}**")
        st.code(as_curl(base_url, side.model, messages, settings, record), language=None, wrap_lines=True)


def _move(project: Project, place: str, talk: Talk, how: Preset) -> None:
    st.caption(t("One conversation on each line, as a training file has it: a line for each branch and each model that answered."))
    data = export(talk, how.system, how.place)
    st.download_button(
        t("Export these conversations (JSONL)"),
        data=data,
        file_name="conversations.jsonl",
        mime="application/jsonl",
        icon=":material/download:",
        key=f"export_{place}",
        disabled=not data,
    )
    box = f"import_{place}_{st.session_state.get(_times(place), 0)}"
    file = st.file_uploader(t("Conversations to import"), type=["jsonl"], max_upload_size=MOST_BYTES // 1_000_000, key=box)
    if file is not None:
        st.button(
            t("Import them as branches"),
            icon=":material/upload:",
            key=f"imported_{place}",
            on_click=_import,
            args=(project, place, file.getvalue()),
        )


def _times(place: str) -> str:
    return f"imported_times_{place}"


def _import(project: Project, place: str, data: bytes) -> None:
    def take() -> None:
        found = read(data)
        conversation.talks().change(place, lambda talk: talk.imported(found.branches))
        n = len(found.branches)
        st.session_state[_came(place)] = (
            t("{n} conversations were imported, each as a branch of its own.", n=n)
            if n > 1
            else tn(
                "{n} turn was imported as a branch of its own.", "{n} turns were imported as a branch of its own.", len(found.branches[0])
            )
        )
        if found.system:
            st.session_state[f"system_{project.id}"] = found.system
        st.session_state[_times(place)] = st.session_state.get(_times(place), 0) + 1  # another uploader: this file has been taken

    trying(place, take)
