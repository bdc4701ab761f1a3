"""Keeping an answer of the Playground as a training example: corrected, and as a part of the data's next version."""

import streamlit as st

from core.base.answers import parse_answer
from core.base.errors import TunesmithError
from core.base.types import Message
from core.compare.rows import earlier_turns
from core.io.workspace import Dataset, Project
from core.playground.chat import build_messages
from core.playground.talk import EVERYONE, Talk, said
from core.prepare.draft import Draft
from core.prepare.kept import Kept, keep
from pages.ui import data, play_models, preparing, state
from pages.ui.answers import Json, Look
from pages.ui.parts import show_error
from pages.ui.play_models import Side
from pages.ui.steps import go
from pages.ui.text import t, tn


def show(project: Project, place: str, talk: Talk, at: int, sides: tuple[Side, ...], dataset: Dataset | None, look: Look) -> None:
    """Ask for the answer as it should have been, and keep it in Prepare."""
    if project.source is None:
        st.caption(t("This project has no data of its own that the example could be added to."))
        return
    exchange = talk.exchanges[at]
    names = _answered(exchange, sides)
    if not names:
        st.caption(t("Nothing was answered here yet."))
        return
    side = play_models.one_of(t("Whose answer"), names, sides, key=f"keep_side_{place}")
    turns = build_messages(talk.before(at, side, "").asked(exchange["question"]))
    field = f"keep_{exchange['id']}_{side}"
    st.text_area(
        t("The answer as it should be"),
        value=exchange["expected"] or said(exchange, side),
        key=field,
        height=140,
        help=t("Correct it: this text is what the model will learn."),
    )
    row = _row(project, dataset, turns[-1].content) if len(turns) == 1 else None
    whole = len(turns) > 1 and st.checkbox(t("With what was said before it"), key=f"keep_whole_{exchange['id']}_{side}")
    if row is not None:
        st.caption(t("Row {row} of your data asks this already: its answer is changed there.", row=row))
    answer = st.session_state[field]
    if look.shape is not None and look.shape.kind == "json" and parse_answer(answer, look.shape) is None:
        st.warning(t("The other answers of your data are built otherwise: it should have the same fields."), icon=":material/warning:")
    model = names[side]
    st.button(
        t("Keep it"),
        icon=":material/bookmark_add:",
        key=f"keep_it_{place}",
        on_click=_keep,
        args=(project, place, turns if whole else turns[-1:], field, model, row),
    )
    if (problem := st.session_state.pop(f"keep_problem_{project.id}", None)) is not None:
        show_error(problem)
    _told(project)


def _answered(exchange: Json, sides: tuple[Side, ...]) -> dict[str, str]:
    """The names of those who answered in an exchange, by the key of their answers."""
    if EVERYONE in exchange["answers"]:
        by = exchange["answers"][EVERYONE].get("imported")
        return {EVERYONE: t("Written by hand") if by is None else by or t("Imported")}
    return {side.key: side.label for side in sides if said(exchange, side.key)}


def _told(project: Project) -> None:
    """How many are kept and not in a version yet, and the way there."""
    n = sum("kept" in step.params for step in Draft.from_dict(state.workspace().project(project.id).draft).steps)
    if not n:
        return
    st.success(tn("{n} answer is kept in Prepare.", "{n} answers are kept in Prepare.", n), icon=":material/check_circle:")
    st.caption(t("Save the data set there: that makes a new version, and the next training learns it."))
    if st.button(t("Go to Prepare"), icon=":material/arrow_forward:", key=f"keep_go_{project.id}"):
        go("prepare")


def _keep(project: Project, place: str, turns: tuple[Message, ...], field: str, model: str, row: int | None) -> None:
    kept = Kept((*turns, Message("assistant", st.session_state[field])), model, state.now().date().isoformat())
    try:
        preparing.change(project, lambda draft: keep(draft, kept, row))
    except TunesmithError as problem:  # a callback has no page to draw on
        st.session_state[f"keep_problem_{project.id}"] = problem


def _row(project: Project, dataset: Dataset | None, question: str) -> int | None:
    """The row of the project's file that asks the same; None where none does, or where the rows are those of another file or reading."""
    if dataset is None or dataset.source_sha != project.source:
        return None
    if Draft.from_dict(dataset.settings).recipe()["reading"] != Draft.from_dict(project.draft).recipe()["reading"]:
        return None
    own_test = Draft.from_dict(dataset.settings).own_test is not None
    for part in ("train", "validation") if own_test else ("train", "validation", "test"):
        for example in data.examples(dataset, part):
            if example.question == question and not earlier_turns(example):
                return example.row
    return None
