"""The review of free-text answers, row by row: the reading's picture, both answers with what differs marked, a note."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from core.base.replies import Prediction
from core.base.types import Message
from core.compare.differences import ALIKE, Difference, Segment, difference
from core.compare.review import LONGEST_NOTE, notes
from core.compare.text_rules import Kind, TextRule
from core.io.workspace import Dataset, Project
from pages.ui import long_text, picture, recalled, state, text_checks
from pages.ui.answers import said_nothing
from pages.ui.text import escape, t, tn


def place_of(project: Project, dataset: Dataset, model: str) -> str:
    """Where the notes on one model's answers to one data set are kept, each row's under a key of its own; they go with the project."""
    return f"review/{project.id}/{dataset.id}/{model}"


def notes_of(place: str) -> dict[int, str]:
    """The notes so far, by row; what an older version let a reader judge is one, too."""
    words = {"before": t("Before is better"), "after": t("After is better"), "both": t("Both are fine"), "neither": t("Neither is fine")}
    return notes(state.workspace().settings_under(f"{place}/note/"), state.workspace().get_setting(place), words)


def show(
    predictions: Mapping[str, Sequence[Prediction]],
    dataset: Dataset,
    rules: Sequence[TextRule],
    *,
    place: str,
    key: str,
    practice: bool,
    earlier: Mapping[int, Sequence[Message]],
) -> None:
    """Draw the review: one row to read, what differs and breaks a rule marked, a note of one's own, and the way to the next one.

    `predictions` holds each model's answers by its label, in order; of more than two, two are chosen to be read side by side. `rules` are
    those of the project, and what breaks one is marked. `practice` says that "before" was taught nothing; `earlier` holds, by row, what was
    said before the last question of a conversation.
    """
    labels = _two(tuple(predictions), key)
    if labels is None:
        return
    before, after = ({one.row: one for one in predictions[label]} for label in labels)
    rows = [row for row in before if row in after]
    if not rows:
        return
    st.header(t("Read the answers, row by row"), anchor=False)
    noted = notes_of(place)
    told = tn("{n} row to read.", "{n} rows to read.", len(rows))
    mine = len(noted.keys() & set(rows))
    st.markdown(f"{told} {tn('{n} has a note of yours.', '{n} have a note of yours.', mine)}" if mine else told)
    st.caption(t("A note is kept at once, and stands in the report and in the file with every row."))
    st.caption(t("Here you see which answer is whose. Which one is better, the blind vote tells."))
    at = st.pagination(len(rows), key=f"review_{key}", persist_state="session", max_visible_pages=7)
    row = rows[at - 1]
    with st.container(border=True, key=f"row_{key}_{row}"):
        before_it(earlier.get(row, ()))
        _question(before[row], dataset, key=f"{key}_{row}")
        # beside an answer that says nothing, only what a person wrote can show what is different
        against = "written" if practice else _against(key) if after[row].expected else "other"
        _answers(before[row], after[row], labels, against, rules, key=f"{key}_{row}")
        st.text_area(
            t("Your note on row {row}", row=row),
            value=noted.get(row, ""),
            max_chars=LONGEST_NOTE,
            height=80,
            key=f"note_{key}_{row}",
            on_change=_keep,
            args=(f"{place}/note/{row}", f"note_{key}_{row}"),
        )
    if at < len(rows):
        st.button(t("Next row"), icon=":material/arrow_forward:", key=f"review_next_{key}", on_click=_turn, args=(f"review_{key}", at + 1))


def _two(labels: tuple[str, ...], key: str) -> tuple[str, str] | None:
    """The two models that are read side by side; None while there are not two."""
    if len(labels) > 2:
        chosen = st.multiselect(
            t("Which two to read side by side"),
            labels,
            default=[labels[0], labels[-1]],
            max_selections=2,
            key=f"two_{key}",
            persist_state="session",
        )
        labels = tuple(label for label in labels if label in chosen)
    return (labels[0], labels[1]) if len(labels) == 2 else None


def _turn(key: str, page: int) -> None:
    st.session_state[key] = page


def _against(key: str) -> str:
    names = {"other": t("the other answer"), "written": t("the written answer")}
    chosen = st.segmented_control(
        t("Mark what differs from"),
        list(names),
        default="other",
        required=True,
        format_func=lambda against: names[against],
        key=f"against_{key}",
        persist_state="session",
    )
    return str(chosen)


def before_it(turns: Sequence[Message]) -> None:
    """What was said before the question, folded away."""
    if turns:
        label = tn("What was said before: {n} turn", "What was said before: {n} turns", len(turns))
        with st.expander(label, icon=":material/forum:"):
            for turn in turns:
                st.caption(speaker(turn.role))
                st.text(long_text.cut(turn.content) or t("(blank)"))


def speaker(role: str) -> str:
    """Who says a turn, as a reader calls them."""
    names = {"user": t("Question:"), "assistant": t("Answer:")}
    return names.get(role) or t("{name}:", name=role)


def _question(one: Prediction, dataset: Dataset, *, key: str) -> None:
    st.markdown(f"**{t('Row {row}', row=one.row)}**")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        drawn = picture.draw(one.question, one.row, picture.histories(dataset), key=key)
    with right if drawn else left:
        if not picture.fields(one.question):
            long_text.show(one.question, key=f"question_{key}")
    if one.expected:
        st.caption(t("Written by a person, in the data:"))
        long_text.show(one.expected, key=f"expected_{key}")


def _answers(before: Prediction, after: Prediction, labels: tuple[str, str], against: str, rules: Sequence[TextRule], *, key: str) -> None:
    texts = [recalled.spoken(one.answer or "", one.notes) for one in (before, after)]
    compared_texts = [long_text.cut(text) for text in texts]  # what is not shown is not marked
    to_written = bool(after.expected) and against == "written"
    found = [difference(long_text.cut(after.expected), text) for text in compared_texts] if to_written else []
    if not found:
        both = difference(*compared_texts)
        found = [Difference(both.second, both.first, both.alike), both]
    sides = zip(st.columns(2), (before, after), labels, texts, found, strict=True)
    for at, (column, one, label, text, compared) in enumerate(sides):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{label}**")
            if one.answer is None:
                st.caption(escape(one.error))
                continue
            marks = compared.alike >= ALIKE and not compared.same
            with st.container(key=f"answer_{at}"):
                if not text.strip():
                    st.caption(said_nothing(text))
                elif marks:
                    long_text.show(text, key=f"{at}_{key}", draw=partial(_draw_marked, compared.second))
                else:
                    long_text.show(text, key=f"{at}_{key}")
            recalled.show(one.notes)
            # what the practice model recalled names the numbers of other readings itself
            told: tuple[Kind, ...] = ("numbers",) if "matched" in one.notes else ()
            if text.strip():
                text_checks.broken(text, one.question, rules, without=told)
            st.caption(_how_alike(compared, marks=marks, to_written=to_written))
            if marks:
                _in_words(compared)


def _in_words(compared: Difference) -> None:
    """The same differences without any marks: for whoever does not see them, or wants to see them by themselves."""
    here = [one.text.strip() for one in compared.second if one.differs]
    there = [one.text.strip() for one in compared.first if one.differs]
    with st.popover(t("The differences in words"), type="tertiary", icon=":material/notes:"):
        for title, texts in ((t("Only here:"), here), (t("Only there:"), there)):
            if texts:
                st.markdown(title)
                st.text("\n".join(texts))


def _how_alike(compared: Difference, *, marks: bool, to_written: bool) -> str:
    if compared.same:
        return t("The same as the written answer.") if to_written else t("The same as the other answer.")
    if marks:
        return (
            t("Bold on a coloured ground: what the written answer does not say.")
            if to_written
            else t("Bold on a coloured ground: what the other answer does not say.")
        )
    return (
        t("Next to nothing in common with the written answer, so no words are marked.")
        if to_written
        else t("Next to nothing in common with the other answer, so no words are marked.")
    )


def marked(pieces: Sequence[Segment]) -> str:
    """Markdown that shows a text as it is, its changed words bold on a coloured ground; the text itself is never rendered as markup."""
    shown = []
    for piece in pieces:
        lead, trail = piece.text[: len(piece.text) - len(piece.text.lstrip())], piece.text[len(piece.text.rstrip()) :]
        if not piece.text.strip():
            shown.append(_space(piece.text))
        elif piece.differs:
            shown.append(f"{_space(lead)}:orange-background[**{escape(piece.text.strip())}**]{_space(trail)}")
        else:
            shown.append(f"{_space(lead)}{escape(piece.text.strip())}{_space(trail)}")
    return "".join(shown)


def _draw_marked(pieces: Sequence[Segment], _: str) -> None:
    st.markdown(marked(pieces))


def _space(text: str) -> str:
    return "" if not text else "  \n" if "\n" in text else " "


def _keep(place: str, key: str) -> None:
    state.workspace().set_setting(place, st.session_state[key])
