"""Pictures of the data: how long the texts are, how large the classes, what is missing, and a map of what is alike."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.io.workspace import Project
from pages.ui import charts, preparing
from pages.ui.text import Raw, number, t, tn

Json = dict[str, Any]


def show(project: Project) -> None:
    """Draw the picture that is chosen, folded away until it is wanted."""
    key = f"pictures_{project.id}"
    with st.expander(t("Pictures of the data"), icon=":material/insights:", on_change="rerun", key=key) as box:
        if not box.open:
            return
        found = preparing.pictures(project)
        if found is None:
            return
        drawn: dict[str, tuple[str, Callable[[Json], None]]] = {
            "map": (t("Map"), _map),
            "answers": (t("Length of the answers"), _answers),
            "questions": (t("Length of the questions"), _questions),
            "classes": (t("Categories"), _classes),
            "missing": (t("Missing values"), _missing),
        }
        kinds = [kind for kind in drawn if found[kind]]
        if not kinds:
            st.info(t("There is too little data for a picture."), icon=":material/info:")
            return
        which = st.segmented_control(
            t("Picture"),
            kinds,
            default=kinds[0],
            required=True,
            format_func=lambda kind: drawn[kind][0],
            key=f"picture_{project.id}",
            persist_state="session",
        )
        drawn[which if which in kinds else kinds[0]][1](found)


def _lengths(bins: list[Json], *, key: str, alt: str) -> None:
    labels = [number(one["low"]) if one["low"] == one["high"] else f"{number(one['low'])}–{number(one['high'])}" for one in bins]
    charts.bars(labels, [one["n"] for one in bins], key=key, label_title=t("Words"), value_title=t("Examples"), alt=alt)


def _answers(found: Json) -> None:
    _lengths(found["answers"], key="answer_words", alt=t("How many answers have how many words."))


def _questions(found: Json) -> None:
    _lengths(found["questions"], key="question_words", alt=t("How many questions have how many words."))


def _classes(found: Json) -> None:
    names = [label or t("all others") for label, _ in found["classes"]]
    charts.rows(
        names,
        [n for _, n in found["classes"]],
        key="class_sizes",
        label_title=t("Category"),
        value_title=t("Examples"),
        alt=t("How many examples each category has."),
    )


def _missing(found: Json) -> None:
    names = [name if used else t("{column} (not used)", column=Raw(name)) for name, _, used in found["missing"]]
    charts.rows(
        names,
        [share for _, share, _ in found["missing"]],
        key="missing_values",
        label_title=t("Column"),
        value_title=t("Rows without a value"),
        alt=t("Which share of the rows has no value in each column."),
        shares=True,
    )


def _map(found: Json) -> None:
    words = {"": t("Row"), "copy": t("Said more than once"), "doubt": t("Category in doubt")}
    marks = [one[4] for one in found["map"]]
    told = [t("Each dot is a question; questions in like words lie together.")]
    if charts.told_apart(found["map"]):
        told.append(t("A dot of one category among those of another deserves a look."))
    st.markdown(" ".join(told))
    charts.dots(
        found["map"],
        {mark: name for mark, name in words.items() if mark in marks},
        key="data_map",
        alt=t("A map of the questions: what is worded alike lies together."),
    )
    st.caption(tn("{n} row is drawn.", "{n} rows are drawn.", len(marks)))
