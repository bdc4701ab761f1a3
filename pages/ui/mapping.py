"""Which columns are the question and which the answer, and the exact training line that they make."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import streamlit as st

from core.base.answers import AnswerShape, parse_answer
from core.base.errors import InputError
from core.base.types import Reason
from core.io.workspace import Project
from core.prepare.columns import ColumnProfile
from core.prepare.draft import Draft
from core.prepare.guessing import the_rest
from core.prepare.mapping import Mapping, used_columns
from pages.ui import mapped, mapping_advanced, mapping_texts, preparing, recipes
from pages.ui.parts import show_error
from pages.ui.sentences import say
from pages.ui.text import Raw, t


def show(project: Project, shown: dict[str, Any]) -> None:
    """Draw the choice of columns (tables) or of the system prompt (conversations) beside the example that they make."""
    recipes.offer(project, shown)
    choices, example = st.columns(2, gap="large")
    with choices:
        if shown["source"]["kind"] == "table":
            _columns(project, shown)
        else:
            _system_of_chat(project, shown)
    with example:
        problem = shown["problem"]
        if problem is not None and "where" in problem["params"]:
            st.caption(t("Here stands an example again once that text is right."))  # what is wrong is said below the text itself
        elif problem is not None:
            show_error(InputError(problem["message"], problem["hint"], **problem["params"]))
        elif shown["lines"]:
            _example(project, shown)
    if shown["source"]["kind"] == "table":
        mapping_advanced.show(project, shown, Mapping.from_dict(shown["mapping"] or {}))
    recipes.panel(project, shown)


def _columns(project: Project, shown: dict[str, Any]) -> None:
    names = mapped.columns(shown)
    mapping = Mapping.from_dict(shown["mapping"] or {})
    base = mapped.base(project)
    st.multiselect(
        t("Question"),
        names,
        default=[n for n in mapping.question if n in names],
        key=f"question_{base}",
        on_change=_set_columns,
        args=(project, shown, base),
        placeholder=t("Choose columns"),
        select_all=False,
        disabled=mapping.by_message or mapping.question_template is not None,
        help=t("What the model is asked. Several columns become one question with their names."),
    )
    st.multiselect(
        t("Answer"),
        names,
        default=[n for n in mapping.answer if n in names],
        key=f"answer_{base}",
        on_change=_set_columns,
        args=(project, shown, base),
        placeholder=t("Choose columns"),
        select_all=False,
        disabled=mapping.by_message or mapping.answer_template is not None,
        help=t("What it should answer. Several columns become one answer with a name for each part."),
    )
    if mapping.by_message:
        st.caption(t("Each row is one message, so no columns are chosen here. How the rows are read is set under “Advanced”."))
    else:
        st.button(
            t("All other columns are the question"),
            icon=":material/select_all:",
            key=f"rest_{base}",
            on_click=_ask_the_rest,
            args=(project, shown, base),
            disabled=not mapping.answer or mapping.question_template is not None,
            help=t("The model is asked with everything but the answer. Empty columns and row numbers stay out: they teach nothing."),
        )
        if mapping.question_template is not None or mapping.answer_template is not None:
            st.caption(t("Your own text under “Advanced” says which columns are used. Empty it to choose them here."))
    if shown["problem"] is None and (reasons := shown["mapping_reasons"]):
        st.caption("  \n".join([t("Guessed from your columns:"), *(say(Reason(r["code"], r["params"])) for r in reasons)]))
    elif "where" not in (shown["problem"] or {"params": {}})["params"]:
        used = used_columns(mapping, names)
        if ignored := [name for name in names if name not in used]:
            st.caption(say(Reason("columns_ignored", {"columns": ignored})))
    _system_of_table(project, shown, mapping)


def _system_of_table(project: Project, shown: dict[str, Any], mapping: Mapping) -> None:
    chosen = mapped.own(Draft.from_dict(project.draft), shown).system_prompt
    # a suggested prompt changes with the columns, so its field is a new one then; the user's own text stays
    own = "own" if chosen is not None else sha256(repr((mapping.question, mapping.answer)).encode("utf-8", "replace")).hexdigest()[:8]
    key = f"prompt_{mapped.base(project)}_{own}"
    st.text_area(
        t("System prompt"),
        value=mapping.system_prompt or "",
        key=key,
        on_change=_set_prompt,
        args=(project, shown, key),
        height=100,
        placeholder=t("For example: Answer as a friendly member of our support team."),
        help=t(
            "An instruction that stands before every question, in training and later in use. It is suggested from your columns. "
            "A column between braces puts in its value of each row."
        ),
    )
    mapping_texts.problem_in(shown, "system_prompt")


def _system_of_chat(project: Project, shown: dict[str, Any]) -> None:
    draft = Draft.from_dict(project.draft)
    modes = {"keep": t("As in the file"), "replace": t("The same for all")}
    key = f"{project.id}_{(project.source or '')[:8]}"
    st.segmented_control(
        t("System prompt"),
        list(modes),
        default="keep" if draft.system_mode == "keep" else "replace",
        required=True,
        format_func=lambda m: modes[m],
        key=f"mode_{key}",
        on_change=_set_mode,
        args=(project, shown, f"mode_{key}"),
        help=t("An instruction that stands before every question, in training and later in use."),
    )
    if draft.system_mode == "keep":
        st.caption(t("Most conversations begin with this:") if shown["system_prompt"] else t("The conversations have no system prompt."))
        st.text(shown["system_prompt"])
    else:
        st.text_area(
            t("The system prompt for all"),
            value=draft.system_prompt,
            key=f"chat_prompt_{key}",
            height=100,
            on_change=_set_chat_prompt,
            args=(project, f"chat_prompt_{key}"),
        )


def _example(project: Project, shown: dict[str, Any]) -> None:
    lines = shown["lines"]
    with st.container(border=True):
        # side by side where there is room for both, one below the other where there is not
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{t('What the model learns from')}**", width="content")
            if len(lines) > 1:
                st.pagination(min(len(lines), 20), key=mapped.line_key(project), max_visible_pages=5)
        line = mapped.line(project, shown)
        answer = _by_parts(line["answer"], (shown["mapping"] or {}).get("answer", ()))
        for label, text in ((t("System prompt"), line["system"]), (t("Question"), line["question"]), (t("Answer"), answer)):
            if text:
                st.caption(label)
                st.text(text)
        with st.expander(t("The exact training line (row {row})", row=line["row"]), icon=":material/data_object:"):
            st.code(line["line"], language="json", wrap_lines=True)


def _by_parts(answer: str, columns: Sequence[str]) -> str:
    """An answer of several columns as a reader wants it, a line for each; the braces are for the training line below."""
    values = parse_answer(answer, AnswerShape("json", tuple(columns))) if len(columns) > 1 else None
    return (
        "\n".join(
            t("{name}: {value}", name=Raw(name), value=Raw(value if value.strip() else t("(blank)"))) for name, value in values.items()
        )
        if values
        else answer
    )


def _set_columns(project: Project, shown: dict[str, Any], base: str) -> None:
    question, answer = tuple(st.session_state[f"question_{base}"]), tuple(st.session_state[f"answer_{base}"])
    mapped.change(project, shown, lambda mapping: replace(mapping, question=question, answer=answer))


def _ask_the_rest(project: Project, shown: dict[str, Any], base: str) -> None:
    answer = tuple(st.session_state[f"answer_{base}"])
    columns = [ColumnProfile(**column | {"examples": tuple(column["examples"])}) for column in shown["source"]["columns"]]

    def make(mapping: Mapping) -> Mapping:
        besides = (mapping.conversation, mapping.order, mapping.weight, mapping.tools)
        return replace(mapping, question=the_rest(columns, answer, besides), answer=answer)

    mapped.change(project, shown, make)
    mapped.draw_anew(project)


def _set_prompt(project: Project, shown: dict[str, Any], key: str) -> None:
    text = st.session_state[key].strip()
    mapped.change(project, shown, lambda mapping: replace(mapping, system_prompt=text))


def _set_mode(project: Project, shown: dict[str, Any], key: str) -> None:
    mode = st.session_state[key]
    preparing.change(project, lambda draft: replace(draft, system_mode=mode, system_prompt=draft.system_prompt or shown["system_prompt"]))


def _set_chat_prompt(project: Project, key: str) -> None:
    text = st.session_state[key].strip()
    preparing.change(project, lambda draft: replace(draft, system_prompt=text))
