"""Where answers are missing or worthless: written row by row, or drafted by a model and approved; only approved ones train."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from core.io.workspace import Project
from core.prepare.draft import Draft
from core.prepare.worksheet import Worksheet, Written
from pages.ui import drafting, picture, preparing, reading, state
from pages.ui.parts import page_of
from pages.ui.text import t, tn

ON_PAGE = 5
IMPATIENT = timedelta(seconds=1)  # within which a click is the second of a double click

Json = dict[str, Any]
Row = Sequence[Any]  # row, question, answer


def show(project: Project, shown: Json) -> None:
    """Draw the worksheet: open by itself where answers are missing, folded away where none are."""
    sheet = Draft.from_dict(project.draft).worksheet
    missing = shown["n_worthless"]
    wanted = bool(missing) or bool(sheet.answers)
    label = tn("Write the missing answers: {n} row", "Write the missing answers: {n} rows", missing) if missing else t("Write answers anew")
    # a key for each state: an expander that is kept would not open by itself when the instruction has been moved
    key = f"worksheet_{project.id}_{wanted}"
    # of a large file the list takes another pass over the data: it waits to be asked for
    first = wanted and preparing.small(project.source or "")
    with st.expander(label, icon=":material/edit_document:", expanded=first, on_change="rerun", key=key) as box:
        if not box.open:
            return
        st.markdown(
            t(
                "A model learns to answer from good answers, so each one has to be written by somebody who knows. Write it here, or let a "
                "model draft it and correct the draft. Only answers that you approve are trained."
            )
        )
        found = preparing.worksheet(project)
        if found is not None:
            _sheet(project, sheet, found)


def _sheet(project: Project, sheet: Worksheet, found: Json) -> None:
    names = {"missing": t("Rows without a usable answer"), "all": t("All rows")}
    key = f"sheet_scope_{project.id}{reading.table_of(project, Draft.from_dict(project.draft))}"  # another sheet has answers of its own
    st.segmented_control(
        t("Which rows to answer"),
        list(names),
        default=sheet.scope,
        required=True,
        format_func=names.__getitem__,
        key=key,
        on_change=_set_scope,
        args=(project, key),
    )
    rows: Sequence[Row] = found["rows"]
    if not rows:
        st.success(t("Every row has an answer."), icon=":material/check_circle:")
        return
    st.toggle(
        t("Train only rows with an approved answer"),
        value=sheet.on,
        key=f"sheet_on_{project.id}_{sheet.on}",
        on_change=_set_on,
        args=(project, not sheet.on),
        help=t("Rows of this list that are not approved yet are neither trained nor tested."),
    )
    drafts = drafting.show(project, [ask for ask in found["asks"] if ask[0] not in sheet.answers])
    _cards(project, sheet, rows, drafts)


@st.fragment
def _cards(project: Project, drawn: Worksheet, rows: Sequence[Row], drafts: Mapping[int, Written]) -> None:
    """The answers; `drawn` is the worksheet of the whole page's last run.

    Whoever writes must not have the fields move: one that moves while it is typed into loses its text, and a button its click. So this is
    a fragment that reruns alone, and what was approved stays where it is, until one goes on.
    """
    sheet = Draft.from_dict(state.workspace().project(project.id).draft).worksheet
    written = {**drafts, **sheet.answers}
    approved = sum(row[0] in sheet.approved for row in rows)
    st.progress(approved / len(rows), text=t("{done} of {total} answers approved", done=approved, total=len(rows)))
    names = {"open": t("Still to do"), "approved": t("Approved"), "all": t("All of them")}
    which = st.segmented_control(
        t("Show"),
        list(names),
        default="open",
        required=True,
        format_func=names.__getitem__,
        key=f"sheet_which_{project.id}",
        on_change=_go_on,
        args=(project,),
    )
    stay = _staying(project)
    wanted = [row for row in rows if which == "all" or row[0] in stay or (row[0] in sheet.approved) == (which == "approved")]
    if not wanted:
        st.success(t("Nothing left to do here."), icon=":material/check_circle:")
        return
    pages = -(-len(wanted) // ON_PAGE)
    at = page_of(pages, key=f"sheet_page_{project.id}_{which}")
    here = wanted[(at - 1) * ON_PAGE : at * ON_PAGE]
    for row in here:
        _card(project, sheet, row, written.get(row[0]))
    filled = {row[0]: written[row[0]] for row in here if row[0] in written and not written[row[0]].approved}
    with st.container(horizontal=True):
        ready = len(filled) > 1 and st.button(
            tn("Approve the {n} answer above", "Approve the {n} answers above", len(filled)),
            icon=":material/done_all:",
            key=f"sheet_approve_{project.id}",
            on_click=_approve_all,
            args=(project, filled),
        )
        gone_on = (stay or sheet.approved != drawn.approved) and st.button(
            t("Check again and go on"),
            icon=":material/arrow_forward:",
            key=f"sheet_go_on_{project.id}",
            on_click=_go_on,
            args=(project,),
            help=t("The checks above take in what you approved, and the next rows come up here."),
        )
    if ready or gone_on:
        st.rerun()


def _card(project: Project, sheet: Worksheet, row: Row, kept: Written | None) -> None:
    number, question, answer = row
    done = kept is not None and kept.approved
    with st.container(border=True, gap="xsmall", key=f"sheet_row_{project.id}_{number}"):
        badge = (
            f":green-badge[:material/check: {t('approved')}]"
            if done
            else f":blue-badge[:material/draft: {t('draft')}]"
            if kept
            else f":gray-badge[{t('to be written')}]"
        )
        st.markdown(f"**{t('Row {row}', row=number)}** {badge}")
        left, right = st.columns(2, gap="medium")
        with left:
            if not picture.fields(question):
                st.text(question)
            if sheet.scope == "all" and answer and not done:
                st.caption(t("The answer in the file:"))
                st.text(answer)
        with right:
            _answer(project, number, kept or Written(""))


def _answer(project: Project, row: int, kept: Written) -> None:
    key = _key(project, row, kept)
    st.text_area(t("Answer to row {row}", row=row), value=kept.text, key=key, height=140, on_change=_typed, args=(project, row, kept, key))
    if kept.by and not kept.approved:
        st.caption(t("Drafted by {model}. Read it before you approve it.", model=kept.by))
    if kept.approved:
        st.button(
            t("Take the approval back"),
            icon=":material/undo:",
            key=f"sheet_back_{project.id}_{row}",
            on_click=_take_back,
            args=(project, row, kept),
        )
    else:
        st.button(
            t("Approve"),
            icon=":material/check:",
            key=f"sheet_ok_{project.id}_{row}",
            on_click=_approve,
            args=(project, {row: kept}),
            help=t("This answer is then trained instead of the one in your file."),
        )


def _key(project: Project, row: int, kept: Written) -> str:
    # what is kept is part of the key: a draft that has come in shows, instead of the blank that the field had before
    return f"sheet_text_{project.id}_{row}_{hashlib.sha256(kept.text.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _typed(project: Project, row: int, kept: Written, key: str) -> None:
    """Keep what was typed at once, not yet approved: a refresh loses nothing."""
    _write(project, {row: replace(kept, text=st.session_state[key], approved=False)})


def _approve(project: Project, kept: Mapping[int, Written]) -> None:
    """Approve these answers, with the text that stands in their fields now."""
    texts = {row: st.session_state.get(_key(project, row, one), one.text) for row, one in kept.items()}
    now = Draft.from_dict(state.workspace().project(project.id).draft).worksheet.answers
    written = {row: replace(now.get(row, one), text=texts[row], approved=True) for row, one in kept.items() if texts[row].strip()}
    if not written:
        st.toast(t("Write an answer first."), icon=":material/edit:")
    _write(project, written)
    _staying(project).update(dict.fromkeys(written, state.now()))


def _approve_all(project: Project, kept: Mapping[int, Written]) -> None:
    _approve(project, kept)
    _go_on(project)


def _take_back(project: Project, row: int, kept: Written) -> None:
    since = _staying(project).get(row)
    # the button stands where "Approve" stood: the second click of a double click is no wish to take it back
    if since is None or state.now() - since >= IMPATIENT:
        _write(project, {row: replace(kept, approved=False)})
        _staying(project)[row] = state.now()


def _staying(project: Project) -> dict[int, datetime]:
    """The rows that have been decided since one went on, with when: they stay in the list."""
    kept: dict[int, datetime] = st.session_state.setdefault(f"sheet_stay_{project.id}", {})
    return kept


def _go_on(project: Project) -> None:
    _staying(project).clear()


def _write(project: Project, written: Mapping[int, Written]) -> None:
    def make(draft: Draft) -> Draft:
        sheet = draft.worksheet
        for row, one in written.items():
            sheet = sheet.write(row, one)
        return replace(draft, worksheet=sheet)

    preparing.change(project, make)


def _set_scope(project: Project, key: str) -> None:
    scope = st.session_state[key]
    preparing.change(project, lambda draft: replace(draft, worksheet=replace(draft.worksheet, scope=scope)))


def _set_on(project: Project, on: bool) -> None:
    preparing.change(project, lambda draft: replace(draft, worksheet=replace(draft.worksheet, on=on)))
