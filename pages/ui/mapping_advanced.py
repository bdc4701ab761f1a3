"""How columns are written beyond choosing them: own words, numbers, missing values, conversations, and which answers count."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.io.workspace import Project
from core.prepare.mapping import Mapping
from core.prepare.names import is_tools_name
from core.prepare.rounding import MOST_DECIMALS
from pages.ui import mapped, mapping_texts
from pages.ui.text import t, tn

# the first option of a box; None itself is what Streamlit takes for "nothing chosen yet"
_NO_COLUMN = ""
_AS_WRITTEN = -1


def show(project: Project, shown: dict[str, Any], mapping: Mapping) -> None:
    """The settings, folded away until one of them is in use."""
    where = (shown["problem"] or {"params": {}})["params"].get("where")
    # once it stands open it stays so: taking the last setting back must not fold away what one is working in
    opened = f"mapping_open_{project.id}_{project.source}"
    st.session_state[opened] = st.session_state.get(opened, False) or _in_use(mapping) or where in mapping_texts.FIELDS
    with st.expander(t("Advanced"), icon=":material/tune:", expanded=st.session_state[opened]):
        if not mapping.by_message:
            mapping_texts.show(project, shown, mapping)
        _numbers(project, shown, mapping)
        _missing(project, shown, mapping)
        _conversation(project, shown, mapping)
        _weight(project, shown, mapping)


def _in_use(mapping: Mapping) -> bool:
    plain = Mapping(mapping.question, mapping.answer, mapping.system_prompt, weight=mapping.weight, tools=mapping.tools)
    return mapping != plain


def _numbers(project: Project, shown: dict[str, Any], mapping: Mapping) -> None:
    names = {_AS_WRITTEN: t("As they are written"), 0: t("Rounded to whole numbers")}
    names |= {n: tn("Rounded to at most {n} decimal", "Rounded to at most {n} decimals", n) for n in range(1, MOST_DECIMALS + 1)}
    _choose(
        project,
        shown,
        "decimals",
        t("Numbers"),
        list(names),
        names,
        _AS_WRITTEN if mapping.decimals is None else mapping.decimals,
        t("A long row of decimals is hard to read and costs more. Dates and row numbers are never changed."),
    )


def _missing(project: Project, shown: dict[str, Any], mapping: Mapping) -> None:
    names = {
        "leave_out": t("Leave the column out of that row"),
        "say_unknown": t("Write “unknown”"),
        "as_written": t("As it stands in the file"),
    }
    _choose(
        project,
        shown,
        "missing",
        t("Where a value is missing"),
        list(names),
        names,
        mapping.missing,
        t("It is missing where the cell is blank or holds what programs write for it, such as NaN or null."),
    )


def _conversation(project: Project, shown: dict[str, Any], mapping: Mapping) -> None:
    columns = mapped.columns(shown)
    _column(
        project,
        shown,
        "conversation",
        t("Rows of one conversation share"),
        columns,
        t("Nothing: each row stands alone"),
        mapping.conversation,
        t("Rows with the same value in this column become one conversation of several turns."),
    )
    if mapping.conversation is None and not mapping.by_message:
        return
    _column(
        project,
        shown,
        "order",
        t("Their order"),
        columns,
        t("As in the file"),
        mapping.order,
        t("A column of numbers or of dates by which the turns follow each other."),
    )
    _column(
        project,
        shown,
        "role",
        t("Who speaks"),
        columns,
        t("Each row has a question and an answer"),
        mapping.role,
        t("Choose a column here if each row is one message, of the user or of the assistant."),
    )
    if mapping.role is not None:
        _column(
            project,
            shown,
            "text",
            t("What is said"),
            columns,
            t("Choose a column"),
            mapping.text,
            t("The column that holds the text of each message."),
        )


def _weight(project: Project, shown: dict[str, Any], mapping: Mapping) -> None:
    columns = mapped.columns(shown)
    _column(
        project,
        shown,
        "weight",
        t("Answers that count"),
        columns,
        t("All of them"),
        mapping.weight,
        t("A column with 1 or yes where the answer is to be learned, and 0 or no where it is only there to be read."),
    )
    listed = [name for name in columns if is_tools_name(name) or name == mapping.tools]
    if listed:
        _column(
            project,
            shown,
            "tools",
            t("Tools that the model may call"),
            listed,
            t("None"),
            mapping.tools,
            t("They are handed on exactly as they stand in this column."),
        )


def _column(
    project: Project, shown: dict[str, Any], field: str, label: str, columns: list[str], none: str, now: str | None, help_: str
) -> None:
    names = {_NO_COLUMN: none, **{name: name for name in columns}}
    _choose(project, shown, field, label, list(names), names, now or _NO_COLUMN, help_)


def _choose(
    project: Project, shown: dict[str, Any], field: str, label: str, options: list[Any], names: dict[Any, str], now: Any, help_: str
) -> None:
    key = f"{field}_{mapped.base(project)}"
    st.selectbox(
        label,
        options,
        index=options.index(now) if now in options else 0,
        format_func=lambda one: names[one],
        key=key,
        on_change=_set,
        args=(project, shown, field, key),
        help=help_,
    )


def _set(project: Project, shown: dict[str, Any], field: str, key: str) -> None:
    value = st.session_state[key]
    chosen: dict[str, Any] = {field: None if value in (_AS_WRITTEN, _NO_COLUMN) else value}
    if field == "role" and chosen["role"] is None:
        chosen["text"] = None  # without a speaker a row is no message
    if field == "conversation" and chosen["conversation"] is None:
        chosen |= {"order": None, "role": None, "text": None}
    mapped.change(project, shown, lambda mapping: replace(mapping, **chosen))
