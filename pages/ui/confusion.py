"""Which category was taken for which: the figures of each field, a picture to click, and the rows behind a mistake."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.base.replies import Prediction
from core.compare.confusion import Confusion, confusions, worst
from core.compare.rows import shape_of
from core.compare.score import WHOLE
from core.io.workspace import Dataset, Project
from pages.ui import charts, data, mending
from pages.ui.names import class_name
from pages.ui.text import Raw, escape, number, percent, t, tn

MOST_LABELS = 12  # categories in the picture: on a phone more would be too small to hit
_NAMED = 3  # examples of answers that cannot be


def show(project: Project, dataset: Dataset, predictions: Sequence[Prediction], label: str, *, key: str) -> tuple[Confusion, ...]:
    """Draw where a model called `label` went wrong over the test rows, and give it; nothing for free text and before there are answers."""
    taught = [one.answer for one in data.examples(dataset, "train")]
    found = confusions(predictions, shape_of(dataset), taught)
    if not found or not found[-1].classes:
        return found
    st.header(t("Which category was taken for which"), anchor=False)
    st.markdown(t("The answers of “{model}”, category by category.", model=label))
    _figures(found)
    chosen = _field(found, key)
    if not chosen.mistakes:
        st.success(t("No category was taken for another one."), icon=":material/check_circle:")
        return found
    cell = _cell(chosen, key)
    if cell is not None:
        mending.show(project, dataset, chosen.field, cell, chosen.cells[cell], predictions, key=f"{key}_{chosen.field}")
    return found


def _figures(found: Sequence[Confusion]) -> None:
    expected = [[one for one in each.classes if one.expected] for each in found]
    st.dataframe(
        pd.DataFrame(
            {
                t("Field"): [_field_name(each.field) for each in found],
                t("Macro F1"): [percent(each.macro_f1) for each in found],
                t("Categories in the test rows"): [number(len(some)) for some in expected],
                t("Never answered right"): [number(sum(not one.right for one in some)) for some in expected],
            }
        ),
        hide_index=True,
        key="macro_f1",
        alt=t("For each field macro F1, how many categories the test rows have, and how many of them were never answered right."),
    )
    st.caption(
        t("Macro F1 gives each category the same weight, however rare it is: 100% is perfect. With few rows of a category it jumps about.")
    )
    for each in found:
        if each.untaught:
            _untaught(each)


def _untaught(found: Confusion) -> None:
    rows = [row for some in found.untaught.values() for row in some]
    named = [escape(class_name(label)) for label in list(found.untaught)[:_NAMED]]
    examples = ", ".join(f"“{name}”" for name in named) + ("…" if len(found.untaught) > _NAMED else "")
    if found.field == WHOLE:
        told = tn(
            "{n} answer is a category, or a combination of them, that no training row has: {examples}.",
            "{n} answers are categories, or combinations of them, that no training row has: {examples}.",
            len(rows),
            examples=Raw(examples),
        )
    else:
        told = tn(
            "In the field {field}, {n} answer is a category that no training row has: {examples}.",
            "In the field {field}, {n} answers are categories that no training row has: {examples}.",
            len(rows),
            field=found.field,
            examples=Raw(examples),
        )
    st.warning(told, icon=":material/warning:")


def _field(found: Sequence[Confusion], key: str) -> Confusion:
    if len(found) == 1:
        return found[0]
    named = {each.field: each for each in found}
    chosen = st.segmented_control(
        t("Field"),
        list(named),
        default=found[0].field,
        required=True,
        format_func=_field_name,
        key=f"confusion_field_{key}",
        persist_state="session",
    )
    return named[str(chosen)]


def _cell(found: Confusion, key: str) -> tuple[str, str | None] | None:
    """The mistake that is looked at: clicked in the picture, or chosen from the list below it."""
    labels = list(worst(found, MOST_LABELS))
    names = {label: class_name(label) for label in labels}
    none = t("(no valid answer)")
    columns = [*labels, None] if any(given is None for _, given in found.cells) else [*labels]
    shown = {(wanted, given): len(rows) for (wanted, given), rows in found.cells.items() if wanted in names and given in columns}
    clicked = charts.matrix(
        [names[label] for label in labels],
        [none if label is None else names[label] for label in columns],
        {(names[wanted], none if given is None else names[given]): n for (wanted, given), n in shown.items()},
        alt=t("How often each expected category was answered with each other one. The list below says the same in words."),
        key=f"confusion_{key}_{found.field}",
        row_title=t("Expected"),
        column_title=t("Answered"),
        value_title=t("Rows"),
    )
    expected = {one.label for one in found.classes}
    if len(expected) > len(labels):
        st.caption(t("The {n} categories with the most mistakes.", n=len(labels)))
    mistakes = list(found.mistakes)
    by_name = {(names[wanted], none if given is None else names[given]): (wanted, given) for wanted, given in shown}
    # a click in the picture moves the list; a choice in the list stands until the next click
    place = f"confusion_clicked_{key}_{found.field}"
    if clicked != st.session_state.get(place):
        st.session_state[place] = clicked
        if clicked is not None and by_name.get(clicked) in mistakes:
            st.session_state[f"confusion_cell_{key}_{found.field}"] = mistakes.index(by_name[clicked])
    chosen: int | None = st.selectbox(
        t("Look at a mistake"),
        range(len(mistakes)),
        index=None,
        format_func=lambda at: _told(mistakes[at], len(found.cells[mistakes[at]]), none),
        placeholder=t("Click a square above, or choose here"),
        key=f"confusion_cell_{key}_{found.field}",
    )
    return None if chosen is None else mistakes[chosen]


def _told(cell: tuple[str, str | None], n: int, none: str) -> str:
    wanted, given = class_name(cell[0]), none if cell[1] is None else class_name(cell[1])
    return tn("{wanted} → {given}: {n} row", "{wanted} → {given}: {n} rows", n, wanted=Raw(wanted), given=Raw(given))


def _field_name(field: str) -> str:
    return t("Whole answer") if field == WHOLE else field
