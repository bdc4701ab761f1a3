"""The review of free-text answers, row by row: the reading's picture, both answers with what differs marked, the reader's judgement."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from core.base.replies import Prediction
from core.base.types import Message
from core.compare.differences import ALIKE, Difference, Segment, difference
from core.compare.review import VERDICTS, judged, tally
from core.compare.text_rules import Kind, TextRule
from core.io.workspace import Dataset, Project
from pages.ui import long_text, picture, recalled, state, text_checks
from pages.ui.answers import said_nothing
from pages.ui.text import escape, t, tn


def place_of(project: Project, dataset: Dataset, model: str) -> str:
    """Where the judgements of one model on one data set are kept; they go with the project."""
    return f"review/{project.id}/{dataset.id}/{model}"


def judgements(place: str) -> dict[int, str]:
    """The judgements so far, by row."""
    return judged(state.workspace().get_setting(place))


def words() -> dict[str, str]:
    """The four judgements as the reader sees them."""
    return {"before": t("Before is better"), "after": t("After is better"), "both": t("Both are fine"), "neither": t("Neither is fine")}


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
    """Draw the review: how far it is, one row to judge, and the way to the next one.

    `predictions` holds each model's answers by its label, in order; of more than two, two are chosen to be read side by side, and are not
    judged: a judgement is of before and after. `rules` are those of the project, and what breaks one is marked. `practice` says that
    "before" was taught nothing; `earlier` holds, by row, what was said before the last question of a conversation.
    """
    labels = _two(tuple(predictions), key)
    if labels is None:
        return
    judging = len(predictions) == 2
    before, after = ({one.row: one for one in predictions[label]} for label in labels)
    rows = [row for row in before if row in after]
    if not rows:
        return
    st.header(t("Read and judge, row by row"), anchor=False)
    said = judgements(place)
    if judging:
        _tally({row: word for row, word in said.items() if row in before}, len(rows), practice)
    at = st.pagination(len(rows), key=f"review_{key}", persist_state="session", max_visible_pages=7)
    row = rows[at - 1]
    with st.container(border=True, key=f"row_{key}_{row}"):
        before_it(earlier.get(row, ()))
        _question(before[row], dataset, key=f"{key}_{row}")
        # beside an answer that says nothing, only what a person wrote can show what is different
        against = "written" if practice else _against(key) if after[row].expected else "other"
        _answers(before[row], after[row], labels, against, rules, key=f"{key}_{row}")
        if judging:
            _judge(row, said, place, key=f"{key}_{row}")
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


def _tally(said: dict[int, str], rows: int, practice: bool) -> None:
    counts = tally(said, rows)
    if not counts.judged:
        st.markdown(tn("{n} row to read. Nothing is judged yet.", "{n} rows to read. Nothing is judged yet.", rows))
    else:
        st.markdown(
            t(
                "You have judged {judged} of {total} rows: "
                "after better {after}, before better {before}, both fine {both}, neither {neither}.",
                judged=counts.judged,
                total=counts.total,
                after=counts.after,
                before=counts.before,
                both=counts.both,
                neither=counts.neither,
            )
        )
    st.caption(
        t("You can see which answer is which, so this is an opinion, not a proof. It is kept, and stands in the file that you download.")
    )
    if practice:
        st.caption(
            t("“Before” was taught nothing here, so “After is better” says little. Say “Neither is fine” where you would not follow it.")
        )


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


def _judge(row: int, said: dict[int, str], place: str, *, key: str) -> None:
    names = words()
    st.segmented_control(
        t("Your judgement of row {row}", row=row),
        VERDICTS,
        default=said.get(row),
        format_func=lambda word: names[word],
        key=f"judge_{key}",
        on_change=_keep,
        args=(row, place, f"judge_{key}"),
    )


def _keep(row: int, place: str, key: str) -> None:
    said = judgements(place)
    word = st.session_state[key]
    if word is None:
        said.pop(row, None)
    else:
        said[row] = word
    state.workspace().set_setting(place, {str(number_): kept for number_, kept in said.items()})
